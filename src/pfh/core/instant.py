"""Instants as people and programs read them: one text for every answer of the hub."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

MICROSECONDS_PER_SECOND: Final = 1_000_000


def instant_text(instant: int) -> str:
    """Return an instant in microseconds since 1970 as RFC 3339 in UTC, cut to the second.

    Example: 1_700_000_000_000_000 → "2023-11-14T22:13:20Z".
    """
    return _second_text(instant // MICROSECONDS_PER_SECOND)


# Entries of one import share their second, and so do answers of one moment; formatting it was a
# sixth of the cost of a list.
@lru_cache(maxsize=4096)
def _second_text(second: int) -> str:
    moment = datetime.fromtimestamp(second, UTC)
    return f"{moment.replace(tzinfo=None).isoformat()}Z"
