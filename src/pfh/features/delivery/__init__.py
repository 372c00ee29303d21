"""Carrying events from the books to consumers in other processes (docs/specs/events.md §8, §9)."""
