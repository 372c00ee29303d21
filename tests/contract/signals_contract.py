"""What all signals do, whatever carries them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import pytest

from pfh.ports.signals import Signals
from tests.waiting import PATIENCE_SECONDS


class SignalsContract(ABC):
    """Run by a subclass for each adapter, which provides `signals`."""

    @abstractmethod
    @pytest.fixture
    def signals(self) -> Signals:
        """Return signals of which none was given."""

    async def test_wait_ends_at_once_when_the_signal_is_given(self, signals: Signals) -> None:
        waiting = asyncio.create_task(signals.wait("work", seconds=2 * PATIENCE_SECONDS))
        await asyncio.sleep(0.01)
        signals.give("work")
        assert await asyncio.wait_for(waiting, PATIENCE_SECONDS)

    async def test_wait_tells_when_the_time_is_over(self, signals: Signals) -> None:
        assert not await signals.wait("work", seconds=0.02)

    async def test_signal_is_kept_for_the_next_wait_when_nobody_waits(
        self, signals: Signals
    ) -> None:
        signals.give("work")
        signals.give("work")
        assert await signals.wait("work", seconds=PATIENCE_SECONDS)
        assert not await signals.wait("work", seconds=0.02)

    async def test_every_waiter_of_the_name_wakes(self, signals: Signals) -> None:
        waiting = [
            asyncio.create_task(signals.wait("work", seconds=2 * PATIENCE_SECONDS))
            for _ in range(3)
        ]
        await asyncio.sleep(0.01)
        signals.give("work")
        assert await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_SECONDS) == [True] * 3

    async def test_names_do_not_touch_each_other(self, signals: Signals) -> None:
        signals.give("other")
        assert not await signals.wait("work", seconds=0.02)
