"""The throttle contract in memory, and its bound."""

from __future__ import annotations

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.throttle.memory import MemoryThrottle
from pfh.ports.throttle import Throttle
from tests.contract.throttle_contract import ThrottleContract


class TestMemoryThrottle(ThrottleContract):
    @pytest.fixture
    def throttle(self, clock: SettableClock) -> Throttle:
        return MemoryThrottle(clock)


async def test_memory_stays_bounded_when_keys_are_made_up() -> None:
    throttle = MemoryThrottle(SettableClock(), keys_max=100)
    for number in range(1_000):
        await throttle.hit(str(number), limit=1, window_seconds=60)
    assert len(throttle._windows) == 100
    assert await throttle.hit("999", limit=1, window_seconds=60) == 60


async def test_memory_is_given_back_when_the_windows_have_passed() -> None:
    clock = SettableClock()
    throttle = MemoryThrottle(clock)
    for number in range(1_500):
        await throttle.hit(str(number), limit=1, window_seconds=60)
    clock.advance(61)
    for _ in range(1_000):
        await throttle.hit("last", limit=1, window_seconds=60)
    assert len(throttle._windows) == 1


async def test_attempts_of_the_future_stop_counting_when_the_clock_steps_back() -> None:
    clock = SettableClock()
    throttle = MemoryThrottle(clock)
    await throttle.hit("key", limit=1, window_seconds=60)
    clock.advance(-86_400)
    assert await throttle.hit("key", limit=1, window_seconds=60) == 0
