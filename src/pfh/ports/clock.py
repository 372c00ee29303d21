"""The clock port: the only source of the present, so that tests can choose it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the present instant and date."""

    def now(self) -> int:
        """Return the instant in microseconds since 1970-01-01T00:00:00Z."""
        ...

    def today(self) -> str:
        """Return today's date as `YYYY-MM-DD` in the hub's time zone."""
        ...
