"""What the application does for people, written against Protocols (ports.py): no HTTP, no database, no terminal."""
