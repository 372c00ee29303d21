"""The runbook: its text, its checker, and both together on native servers."""
