"""Proving an address and choosing a new password, both with a code from a letter."""
