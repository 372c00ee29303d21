"""Adapters of the signal port."""
