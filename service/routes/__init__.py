"""What a browser sees: pages, forms and the few documents that other servers fetch. Use cases do the work."""
