"""The sessions adapters."""
