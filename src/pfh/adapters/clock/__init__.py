"""The clock adapters."""
