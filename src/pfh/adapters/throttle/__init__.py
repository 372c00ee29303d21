"""The throttle adapters."""
