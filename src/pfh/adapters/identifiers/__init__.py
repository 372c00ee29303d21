"""The identifiers adapters."""
