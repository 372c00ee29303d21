"""How long a migration waits for others, known without importing Alembic or SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

# Gets a line for people whenever a lock was not granted.
Tell: TypeAlias = Callable[[str], None]
# For how long requests may queue behind a migration that waits.
LOCK_SECONDS: Final = 1
PATIENCE_SECONDS: Final = 60.0
LONGEST_PATIENCE_SECONDS: Final = 86_400.0


class LockNotGranted(Exception):
    """A table was held by somebody else for as long as we were patient; says by whom."""
