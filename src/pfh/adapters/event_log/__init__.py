"""The event log adapters."""
