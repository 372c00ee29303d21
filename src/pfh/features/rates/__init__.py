"""The rates feature."""
