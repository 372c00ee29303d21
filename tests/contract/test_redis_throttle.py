"""The throttle contract on Redis, exactness between processes, and life without the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.redis.link import RedisLink, RedisOptions
from pfh.adapters.throttle.redis import RedisThrottle
from tests.contract.throttle_contract import ThrottleContract
from tests.servers.redis import RedisProcess, options_of


class TestRedisThrottle(ThrottleContract):
    @pytest.fixture
    async def throttle(
        self, redis_options: RedisOptions, clock: SettableClock
    ) -> AsyncIterator[RedisThrottle]:
        link = RedisLink(redis_options, "master")
        yield RedisThrottle(link, clock, server_time=False)
        await link.close()


async def test_limit_is_one_for_all_processes_by_the_servers_clock(
    redis_options: RedisOptions,
) -> None:
    links = [RedisLink(redis_options, "master") for _ in range(3)]
    # Clocks that are hours apart do not matter.
    clocks = [SettableClock() for _ in links]
    for number, clock in enumerate(clocks):
        clock.advance(7200 * number)
    nodes = [RedisThrottle(link, clock) for link, clock in zip(links, clocks, strict=True)]
    answers = await asyncio.gather(
        *(nodes[n % 3].hit("key", limit=10, window_seconds=60) for n in range(45))
    )
    assert answers.count(0) == 10
    assert all(0 <= answer <= 60 for answer in answers)
    await nodes[0].clear("key")
    assert await nodes[1].hit("key", limit=10, window_seconds=60) == 0
    for link in links:
        await link.close()


async def test_server_forgets_a_key_when_its_window_is_over(redis_options: RedisOptions) -> None:
    link = RedisLink(redis_options, "master")
    await RedisThrottle(link, SettableClock()).hit("key", limit=2, window_seconds=60)
    # It evicts nothing by itself: what never ran out would fill it.
    assert 0 < await link.client.pttl("throttle:key") <= 60_000
    await link.close()


async def test_each_process_counts_alone_when_redis_is_down(redis_process: RedisProcess) -> None:
    redis_process.start()
    link = RedisLink(options_of(redis_process.url), "master")
    throttle = RedisThrottle(link, SettableClock())
    assert await throttle.hit("key", limit=2, window_seconds=60) == 0
    redis_process.stop()
    # What it let through before still counts.
    assert await throttle.hit("key", limit=2, window_seconds=60) == 0
    assert await throttle.hit("key", limit=2, window_seconds=60) == 60
    await link.close()
