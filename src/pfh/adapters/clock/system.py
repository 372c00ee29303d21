"""The machine's clock, and the hub's time zone for what a person calls today."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo


class SystemClock:
    """Reads the machine's clock.

    Args:
        time_zone: an IANA name such as `Europe/Lisbon`; None takes the machine's own zone. An
            unknown name raises `zoneinfo.ZoneInfoNotFoundError`.
    """

    __slots__ = ("_zone",)

    def __init__(self, time_zone: str | None = None) -> None:
        """Load the zone once; its rules are kept in memory."""
        self._zone = None if time_zone is None else ZoneInfo(time_zone)

    def now(self) -> int:
        """Return the instant in microseconds since 1970-01-01T00:00:00Z."""
        return time.time_ns() // 1000

    def today(self) -> str:
        """Return today's date as `YYYY-MM-DD` in the zone."""
        return datetime.now(self._zone).date().isoformat() if self._zone else _local_today()


def _local_today() -> str:
    return time.strftime("%Y-%m-%d")
