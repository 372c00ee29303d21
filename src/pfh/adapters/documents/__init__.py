"""The documents adapters."""
