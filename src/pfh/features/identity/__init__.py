"""The identity feature."""
