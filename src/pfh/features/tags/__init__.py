"""The tags feature."""
