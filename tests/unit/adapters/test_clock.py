"""The clocks tell instants in microseconds and days in their zone."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfoNotFoundError

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.clock.system import SystemClock


def test_now_is_the_present_in_microseconds_when_the_clock_is_the_system() -> None:
    before = time.time_ns() // 1000
    now = SystemClock().now()
    assert before <= now <= time.time_ns() // 1000


def test_today_differs_when_the_zones_lie_a_day_apart() -> None:
    # UTC+14 and UTC-12 never share a date.
    assert SystemClock("Etc/GMT-14").today() > SystemClock("Etc/GMT+12").today()


def test_construction_fails_when_the_zone_is_unknown() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        SystemClock("Atlantis/Capital")


def test_settable_clock_moves_only_when_it_is_told() -> None:
    clock = SettableClock("2026-12-31T23:59:59.5Z")
    assert clock.now() == 1_798_761_599_500_000
    assert clock.today() == "2026-12-31"
    clock.advance(0.5)
    assert (clock.now(), clock.today()) == (1_798_761_600_000_000, "2027-01-01")
    clock.move_to("2024-02-29T00:00:00+01:00")
    assert clock.today() == "2024-02-28"


def test_settable_clock_refuses_when_the_instant_has_no_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        SettableClock("2026-12-31T23:59:59")
