"""The circuit breaker: a server that fails again and again is left alone for a while.

It exists so that an outage of somebody else costs one attempt now and then, instead of a timeout
for each request, and so that a server that comes back is not met by everything at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Final

FAILURES_MAX: Final = 5
OPEN_SECONDS: Final = 30.0
# However long a server asks to be left alone, it is asked again within the hour.
PAUSE_SECONDS_MAX: Final = 3_600.0


class State(Enum):
    """The values are those of the metric `dependency_breaker_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class CircuitBreaker:
    """Counts failures in a row; for one server in one process, on the event loop alone.

    closed: everything passes. After `failures_max` failures in a row it opens. open: nothing passes
    for `open_seconds`. half-open: one call passes; its success closes the breaker, its failure
    opens it again.
    """

    def __init__(
        self,
        *,
        failures_max: int = FAILURES_MAX,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start closed; `clock` returns seconds that never go back."""
        self._failures_max = failures_max
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._open_until: float | None = None
        self._is_trying = False

    @property
    def state(self) -> State:
        """The state at this moment."""
        if self._open_until is None:
            return State.CLOSED
        if self._is_trying or self._clock() >= self._open_until:
            return State.HALF_OPEN
        return State.OPEN

    def admit(self) -> float:
        """Let a call pass and return 0, or return the seconds until one may pass (at least 1).

        Whoever got 0 reports what came of it: `succeeded`, `failed` or `abandoned`.
        """
        if self._open_until is None:
            return 0.0
        wait = self._open_until - self._clock()
        if wait > 0:
            return max(wait, 1.0)
        if self._is_trying:
            return 1.0
        self._is_trying = True
        return 0.0

    def succeeded(self) -> None:
        """The server did its work, whether or not it liked the request."""
        self._failures = 0
        self._open_until = None
        self._is_trying = False

    def failed(self, *, pause_seconds: float | None = None) -> None:
        """The server did not do its work; with `pause_seconds` it asked to be left alone."""
        self._failures += 1
        was_trying, self._is_trying = self._is_trying, False
        if pause_seconds is not None:
            self._open_until = self._clock() + min(max(pause_seconds, 0.0), PAUSE_SECONDS_MAX)
        elif was_trying or self._failures >= self._failures_max:
            self._open_until = self._clock() + self._open_seconds

    def abandoned(self) -> None:
        """The call was given up by the caller and says nothing about the server."""
        self._is_trying = False
