"""Identifiers made of time, node and counter, so that new rows land together in every index.

A random key costs three times as much at a million rows; a number from the database costs a round
trip before the insert and cannot be known by the caller. Layout, from the high bit: 41 bits of
milliseconds since 2024-01-01T00:00:00Z (enough until 2093), 10 bits of node, 12 bits of counter.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

EPOCH_MILLISECONDS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z
NODE_BITS: Final = 10
COUNTER_BITS: Final = 12
NODES: Final = 1 << NODE_BITS
_SHIFT: Final = NODE_BITS + COUNTER_BITS
_COUNTER_MASK: Final = (1 << COUNTER_BITS) - 1
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000


class TimeOrderedIdentifiers:
    """Hands out increasing numbers; safe to share between threads.

    Args:
        node: 0 ≤ node < 1024, different for every process that writes to one database; None
            draws one. Two processes that share a node can only meet a duplicate key, which the
            database refuses.
        nanoseconds: the wall clock; another one in tests.

    A clock that steps back, or more than 4,096 numbers in a millisecond, makes the numbers run
    ahead of the clock instead of making anybody wait.
    """

    __slots__ = ("_last", "_lock", "_millisecond", "_nanoseconds", "_node")

    def __init__(
        self, node: int | None = None, *, nanoseconds: Callable[[], int] = time.time_ns
    ) -> None:
        """Take the node; raises ValueError when it does not fit its bits."""
        chosen = secrets.randbelow(NODES) if node is None else node
        if not 0 <= chosen < NODES:
            message = f"node must be 0 to {NODES - 1}, not {chosen}"
            raise ValueError(message)
        self._node = chosen << COUNTER_BITS
        self._nanoseconds = nanoseconds
        self._lock = threading.Lock()
        self._millisecond = 0
        # Millisecond and counter as one number, so that the counter overflows into the next.
        self._last = 0

    def next(self) -> int:
        """Return the next number.

        Example: node 5, the second number of 2024-01-01T00:00:00.001Z → (1 << 22) | (5 << 12) | 1
        = 4214785.
        """
        return self.take(1)[0]

    def take(self, count: int) -> Sequence[int]:
        """Return that many numbers at one look at the clock: a batch of rows needs thousands.

        Example: the last number was counter 4094 of millisecond 7; three more are counter 4095 of
        it, then 0 and 1 of millisecond 8, whatever the clock says.
        """
        with self._lock:
            present = self._nanoseconds() // _NANOSECONDS_PER_MILLISECOND - EPOCH_MILLISECONDS
            if present > self._millisecond:
                self._last = (present << COUNTER_BITS) - 1
                self._millisecond = present
            first = self._last + 1
            self._last += count
            self._millisecond = self._last >> COUNTER_BITS
        node = self._node
        return [
            (number >> COUNTER_BITS << _SHIFT) | node | (number & _COUNTER_MASK)
            for number in range(first, first + count)
        ]


def instant_of(identifier: int) -> int:
    """Return when an identifier was made, in microseconds since 1970, to the millisecond."""
    return ((identifier >> _SHIFT) + EPOCH_MILLISECONDS) * 1000
