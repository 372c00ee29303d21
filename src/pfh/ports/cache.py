"""The cache port: answers that may be forgotten at any time and are never the truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol


class Cache(Protocol):
    """Keeps encoded answers under a key and a version.

    Losing everything at any moment costs time only. A key is
    `dashboard:{household}:{period}:{view}`; the runbook's `user:{id}:summary` is the view `summary`
    of that person's households.
    """

    async def get_or_load(
        self, key: str, *, version: int, load: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Return the value stored for exactly this version, else load it once and store it.

        Concurrent callers with the same key and version share one `load` (single flight); an older
        version never replaces a newer one; a failing `load` is not stored and its error is raised.
        """
        ...

    async def forget(self, prefix: str) -> int:
        """Drop every key that starts with `prefix` and return how many."""
        ...
