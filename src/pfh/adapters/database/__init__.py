"""The database adapters."""
