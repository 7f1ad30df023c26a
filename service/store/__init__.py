"""What the application itself keeps: small things on disk, never a chart."""
