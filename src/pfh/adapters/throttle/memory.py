"""Counting attempts in the memory of the one process there is.

A restart forgets the counts; who can restart the hub at will needs no guessing of passwords.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pfh.ports.clock import Clock

if TYPE_CHECKING:
    from pfh.ports.throttle import Throttle

_MICROSECONDS: Final = 1_000_000
_KEYS_MAX: Final = 100_000
_SWEEP_EVERY: Final = 1_000


@dataclass(slots=True)
class _Window:
    """The instants of the attempts that count, oldest first, and how long each counts."""

    attempts: deque[int]
    length: int


class MemoryThrottle:
    """Sliding windows, exact to the microsecond.

    A refused attempt does not count: who keeps trying is let in again as early as who waits, so
    a program that hammers cannot hold the door shut for ever.

    Args:
        clock: the present; when it steps back, attempts of the future stop counting.
        keys_max: more keys than this drop the key that was first used longest ago.
    """

    def __init__(self, clock: Clock, *, keys_max: int = _KEYS_MAX) -> None:
        """Start with no attempts."""
        self._clock = clock
        self._keys_max = keys_max
        self._windows: dict[str, _Window] = {}
        self._until_sweep = _SWEEP_EVERY

    async def hit(self, key: str, *, limit: int, window_seconds: int) -> int:
        """Count one attempt; return 0 when allowed, else the seconds until the next may succeed.

        Example: limit 2, window 60: attempts at 0 s and 10 s are allowed; one at 15 s gets 45, one
        at 60 s is allowed.
        """
        now = self._clock.now()
        self._sweep(now)
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(deque(), 0)
        window.length = window_seconds * _MICROSECONDS
        _expire(window, now)
        if len(window.attempts) < limit:
            window.attempts.append(now)
            return 0
        first = window.attempts[len(window.attempts) - limit]
        return max(1, -(-(first + window.length - now) // _MICROSECONDS))

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key."""
        self._windows.pop(key, None)

    def _sweep(self, now: int) -> None:
        self._until_sweep -= 1
        if self._until_sweep > 0 and len(self._windows) < self._keys_max:
            return
        self._until_sweep = _SWEEP_EVERY
        for key, window in list(self._windows.items()):
            _expire(window, now)
            if not window.attempts:
                del self._windows[key]
        while len(self._windows) >= self._keys_max:
            # A flood of made-up keys must not fill the memory.
            del self._windows[next(iter(self._windows))]


def _expire(window: _Window, now: int) -> None:
    attempts = window.attempts
    while attempts and (attempts[0] + window.length <= now or attempts[0] > now):
        attempts.popleft()


if TYPE_CHECKING:

    def _keeps_the_contract(throttle: MemoryThrottle) -> Throttle:
        return throttle
