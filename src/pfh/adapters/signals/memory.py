"""The signal port within one process and event loop."""

from __future__ import annotations

import asyncio


class MemorySignals:
    """One event a name; the waiter that wakes takes the signal."""

    __slots__ = ("_events",)

    def __init__(self) -> None:
        """Start with no signal given."""
        self._events: dict[str, asyncio.Event] = {}

    def give(self, name: str) -> None:
        """Wake the waiters; see the port."""
        self._events.setdefault(name, asyncio.Event()).set()

    async def wait(self, name: str, *, seconds: float) -> bool:
        """Wait for the signal; see the port."""
        event = self._events.setdefault(name, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        event.clear()
        return True
