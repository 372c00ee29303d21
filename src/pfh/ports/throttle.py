"""The throttle port: how often something may be tried."""

from __future__ import annotations

from typing import Protocol


class Throttle(Protocol):
    """Counts attempts in sliding windows, exactly, for all processes that share the backend."""

    async def hit(self, key: str, *, limit: int, window_seconds: int) -> int:
        """Count one attempt; return 0 when allowed, else the seconds until the next may succeed."""
        ...

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key (after a success)."""
        ...
