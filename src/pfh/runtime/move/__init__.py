"""Moving a whole installation to another one, and proving that both are equal."""
