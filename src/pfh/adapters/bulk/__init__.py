"""The bulk adapters."""
