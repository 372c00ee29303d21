"""An event loop whose clock jumps to the next thing that happens.

Ten thousand runs of minutes each take a minute, and a run is the same for the same seed: nothing in
it depends on the machine's time.
"""

from __future__ import annotations

import asyncio
from asyncio import base_events
from typing import Any


class NothingHappens(Exception):
    """Every task waits for something that no timer will bring."""


class _Jump:
    """Stands in the place of the selector: waiting is moving the clock."""

    def __init__(self, loop: JumpingLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """Let `timeout` seconds pass; there are no files to wait for."""
        if timeout is None:
            raise NothingHappens
        self._loop.now += timeout
        return []


class JumpingLoop(base_events.BaseEventLoop):
    """A loop without files, threads or signals."""

    def __init__(self) -> None:
        """Begin at second 0."""
        super().__init__()
        self.now = 0.0
        self._selector = _Jump(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self.now

    def _process_events(self, _events: list[Any]) -> None:
        return

    def _write_to_self(self) -> None:
        return

    def forget_timers(self) -> None:
        """Drop what is left of a run that is over."""
        self._scheduled.clear()  # type: ignore[attr-defined]  # BaseEventLoop's own heap.
        self._ready.clear()  # type: ignore[attr-defined]  # as above
        self._timer_cancelled_count = 0


async def end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for them, whatever they end with."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
