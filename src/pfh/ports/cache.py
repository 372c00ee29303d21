"""The cache port: answers that may be forgotten at any time and are never the truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from pfh.ports.event_log import Head


class Cache(Protocol):
    """Keeps encoded answers under a key and a version.

    Losing everything at any moment costs time only. A key is
    `dashboard:{household}:{period}:{view}`; the runbook's `user:{id}:summary` is the view `summary`
    of that person's households.
    """

    async def get_or_load(
        self, key: str, *, version: Head, load: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Return the value stored for exactly this version, else load it once and store it.

        A version is how far the events are that the value tells of: the same number with another
        hash is of another history, and another version. Concurrent callers with the same key and
        version share one `load` (single flight); an older number never replaces a newer one; a
        failing `load` is not stored and its error is raised.
        """
        ...

    async def forget(self, prefix: str) -> int:
        """Drop every key that starts with `prefix` and return how many."""
        ...
