"""What the adapters on Redis (or Valkey) share."""
