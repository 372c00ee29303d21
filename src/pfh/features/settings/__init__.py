"""The settings pages: a person's profile, their household, rates, sessions and the look."""
