"""The objects adapters."""
