"""Backups: the sealed file, the stores that keep it, and the copies of either database."""
