"""The application: commands, use cases and the adapters to the outside world, joined together."""
