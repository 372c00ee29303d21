"""What the tables and stores of every feature share: column types, event store, idempotency."""
