"""What every call to somebody else's server shares: a limit of time, a breaker, metrics."""
