"""The cache adapters."""
