"""The payees feature."""
