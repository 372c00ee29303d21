"""The parking adapters."""
