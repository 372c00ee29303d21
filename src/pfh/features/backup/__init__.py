"""Backups and drills: what was made, what was proven, and when the next one is due."""
