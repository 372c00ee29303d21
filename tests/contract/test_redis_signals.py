"""The signals contract on Redis, and signals between processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pfh.adapters.redis.link import RedisLink, RedisOptions
from pfh.adapters.signals.redis import RedisSignals, open_signals
from tests.contract.signals_contract import SignalsContract
from tests.servers.redis import RedisProcess, options_of
from tests.waiting import PATIENCE_SECONDS, eventually


@asynccontextmanager
async def opened(options: RedisOptions) -> AsyncIterator[RedisSignals]:
    link = RedisLink(options, "master")
    try:
        async with open_signals(link) as signals:
            yield signals
    finally:
        await link.close()


class TestRedisSignals(SignalsContract):
    @pytest.fixture
    async def signals(self, redis_options: RedisOptions) -> AsyncIterator[RedisSignals]:
        async with opened(redis_options) as signals:
            await asyncio.wait_for(signals.listening.wait(), PATIENCE_SECONDS)
            yield signals

    async def test_signal_reaches_another_process(
        self, signals: RedisSignals, redis_options: RedisOptions
    ) -> None:
        async with opened(redis_options) as other:
            await asyncio.wait_for(other.listening.wait(), PATIENCE_SECONDS)
            waiting = asyncio.create_task(other.wait("work", seconds=2 * PATIENCE_SECONDS))
            await asyncio.sleep(0)
            signals.give("work")
            assert await asyncio.wait_for(waiting, PATIENCE_SECONDS)
            # It does not come back as a second one.
            assert await signals.wait("work", seconds=PATIENCE_SECONDS)
            assert not await signals.wait("work", seconds=0.1)


async def test_signals_work_within_the_process_and_come_back_when_redis_does(
    redis_process: RedisProcess,
) -> None:
    async with opened(options_of(redis_process.url)) as one:
        one.give("work")
        assert await one.wait("work", seconds=PATIENCE_SECONDS)
        redis_process.start()
        await asyncio.wait_for(one.listening.wait(), PATIENCE_SECONDS)
        async with opened(options_of(redis_process.url)) as other:
            await asyncio.wait_for(other.listening.wait(), PATIENCE_SECONDS)

            async def is_heard() -> bool:
                # A server that failed a moment ago is not asked at once.
                other.give("work")
                return await one.wait("work", seconds=0.2)

            await eventually(is_heard)
