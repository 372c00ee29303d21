"""Making backups of an installation, restoring them, and proving that they can be restored."""
