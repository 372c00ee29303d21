"""The leadership adapters."""
