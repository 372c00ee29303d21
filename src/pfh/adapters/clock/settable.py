"""A clock that stands still until it is moved, for tests and for generated data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_MICROSECONDS_PER_SECOND: Final = 1_000_000


class SettableClock:
    """Tells the instant that it was set to; its days are UTC days.

    Args:
        start: an RFC 3339 instant with its offset, such as `2026-11-23T09:00:00Z`.
    """

    __slots__ = ("_now",)

    def __init__(self, start: str = "2026-01-15T12:00:00Z") -> None:
        """Stand at `start`; raises ValueError when it has no offset."""
        self._now = _microseconds(start)

    def now(self) -> int:
        """Return the instant in microseconds since 1970-01-01T00:00:00Z."""
        return self._now

    def today(self) -> str:
        """Return the date of the instant in UTC, `YYYY-MM-DD`."""
        return (
            datetime.fromtimestamp(self._now // _MICROSECONDS_PER_SECOND, tz=UTC).date().isoformat()
        )

    def advance(self, seconds: float) -> None:
        """Move by a number of seconds, also backwards."""
        self._now += round(seconds * _MICROSECONDS_PER_SECOND)

    def move_to(self, instant: str) -> None:
        """Stand at another RFC 3339 instant."""
        self._now = _microseconds(instant)


def _microseconds(instant: str) -> int:
    moment = datetime.fromisoformat(instant)
    if moment.tzinfo is None:
        message = f"{instant} has no offset from UTC"
        raise ValueError(message)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _MICROSECONDS_PER_SECOND + since.microseconds
