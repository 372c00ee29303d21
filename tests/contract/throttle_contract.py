"""What every throttle must do, whatever keeps its counts."""

from __future__ import annotations

import asyncio

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.ports.throttle import Throttle


class ThrottleContract:
    @pytest.fixture
    def clock(self) -> SettableClock:
        return SettableClock()

    @pytest.fixture
    def throttle(self, clock: SettableClock) -> Throttle:
        raise NotImplementedError

    async def test_hit_is_allowed_until_the_limit_and_again_when_the_window_slid(
        self, throttle: Throttle, clock: SettableClock
    ) -> None:
        assert await throttle.hit("key", limit=2, window_seconds=60) == 0
        clock.advance(10)
        assert await throttle.hit("key", limit=2, window_seconds=60) == 0
        clock.advance(5)
        assert await throttle.hit("key", limit=2, window_seconds=60) == 45
        clock.advance(44.5)
        assert await throttle.hit("key", limit=2, window_seconds=60) == 1
        clock.advance(0.5)
        assert await throttle.hit("key", limit=2, window_seconds=60) == 0
        assert await throttle.hit("key", limit=2, window_seconds=60) == 10

    async def test_refused_attempts_do_not_count_when_somebody_hammers(
        self, throttle: Throttle, clock: SettableClock
    ) -> None:
        assert await throttle.hit("key", limit=1, window_seconds=60) == 0
        for _ in range(59):
            clock.advance(1)
            assert await throttle.hit("key", limit=1, window_seconds=60) > 0
        clock.advance(1)
        assert await throttle.hit("key", limit=1, window_seconds=60) == 0

    async def test_keys_do_not_touch_each_other(self, throttle: Throttle) -> None:
        assert await throttle.hit("one", limit=1, window_seconds=60) == 0
        assert await throttle.hit("two", limit=1, window_seconds=60) == 0
        assert await throttle.hit("one", limit=1, window_seconds=60) == 60

    async def test_clear_forgets_one_key(self, throttle: Throttle) -> None:
        for key in ("one", "two"):
            await throttle.hit(key, limit=1, window_seconds=60)
        await throttle.clear("one")
        await throttle.clear("never seen")
        assert await throttle.hit("one", limit=1, window_seconds=60) == 0
        assert await throttle.hit("two", limit=1, window_seconds=60) == 60

    async def test_exactly_the_limit_passes_when_many_ask_at_once(self, throttle: Throttle) -> None:
        answers = await asyncio.gather(
            *(throttle.hit("key", limit=7, window_seconds=60) for _ in range(50))
        )
        assert sorted(answers)[:8] == [0] * 7 + [60]
