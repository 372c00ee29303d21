"""The cache contract on Redis, sharing between processes, and life without the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from pfh.adapters.cache.redis import CacheTimes, RedisCache
from pfh.adapters.redis.link import RedisLink, RedisOptions, connect
from tests.contract.cache_contract import CacheContract, Source
from tests.heads import at
from tests.servers.redis import RedisProcess, options_of
from tests.waiting import PATIENCE_SECONDS, eventually

# Nobody is late on a machine that stands still for seconds.
PATIENT = CacheTimes(lock=2 * PATIENCE_SECONDS, wait=PATIENCE_SECONDS / 4)


class TestRedisCache(CacheContract):
    @pytest.fixture
    async def cache(self, redis_options: RedisOptions) -> AsyncIterator[RedisCache]:
        link = RedisLink(redis_options, "cache")
        yield RedisCache(link, times=PATIENT)
        await link.close()

    @pytest.fixture
    async def other(self, redis_options: RedisOptions) -> AsyncIterator[RedisCache]:
        """Return the cache as another process has it."""
        link = RedisLink(redis_options, "cache")
        yield RedisCache(link, times=PATIENT)
        await link.close()

    async def test_processes_share_one_load(self, cache: RedisCache, other: RedisCache) -> None:
        source = Source(held=True)
        asking = [
            asyncio.create_task(one.get_or_load("k", version=at(3), load=source))
            for one in (cache, other) * 10
        ]
        await source.started.wait()
        source.gate.set()
        assert await asyncio.gather(*asking) == [b"value"] * 20
        assert source.loads == 1

    async def test_other_process_loads_itself_when_the_first_takes_too_long(
        self, cache: RedisCache, redis_options: RedisOptions
    ) -> None:
        slow, quick = Source(held=True), Source(b"quick")
        link = RedisLink(redis_options, "cache")
        other = RedisCache(link, times=CacheTimes(wait=0.1))
        first = asyncio.create_task(cache.get_or_load("k", version=at(3), load=slow))
        await slow.started.wait()
        assert await other.get_or_load("k", version=at(3), load=quick) == b"quick"
        slow.gate.set()
        assert await first == b"value"
        await link.close()

    async def test_forgetting_in_one_process_keeps_the_load_of_another_from_being_stored(
        self, cache: RedisCache, other: RedisCache
    ) -> None:
        source = Source(b"stale", held=True)
        asking = asyncio.create_task(cache.get_or_load("k", version=at(1), load=source))
        await source.started.wait()
        await other.forget("k")
        source.gate.set()
        assert await asking == b"stale"
        assert await other.get_or_load("k", version=at(1), load=Source(b"fresh")) == b"fresh"

    async def test_who_took_too_long_neither_stores_nor_frees_the_lock_of_the_next(
        self, cache: RedisCache, other: RedisCache, redis_options: RedisOptions
    ) -> None:
        slow, next_one = Source(b"slow", held=True), Source(b"next", held=True)
        first = asyncio.create_task(cache.get_or_load("k", version=at(3), load=slow))
        await slow.started.wait()
        async with connect(redis_options) as client:
            (lock,) = await client.keys("lock:*")
            # Its time is over.
            await client.delete(lock)
            second = asyncio.create_task(other.get_or_load("k", version=at(3), load=next_one))
            await next_one.started.wait()
            slow.gate.set()
            assert await first == b"slow"
            assert await client.exists(lock)
        next_one.gate.set()
        assert await second == b"next"
        assert await cache.get_or_load("k", version=at(3), load=Source()) == b"next"

    async def test_failed_load_does_not_free_the_lock_of_the_next(
        self, cache: RedisCache, redis_options: RedisOptions
    ) -> None:
        async with connect(redis_options) as client:

            async def fail_late() -> bytes:
                (lock,) = await client.keys("lock:*")
                await client.set(lock, "another's")
                raise LookupError("gone")

            with pytest.raises(LookupError):
                await cache.get_or_load("k", version=at(3), load=fail_late)
            assert await client.keys("lock:*")

    async def test_prefix_is_no_pattern(self, cache: RedisCache) -> None:
        for key in ("a*:1", "ab:1", "a[b]:1"):
            await cache.get_or_load(key, version=at(1), load=Source())
        assert await cache.forget("a*") == 1
        assert await cache.forget("a[b]") == 1


async def test_value_past_its_time_is_given_once_more_while_one_makes_it_anew(
    redis_options: RedisOptions,
) -> None:
    link = RedisLink(redis_options, "cache")
    await RedisCache(link, times=CacheTimes(fresh=0)).get_or_load(
        "k", version=at(1), load=Source(b"old")
    )
    cache = RedisCache(link, times=PATIENT)
    new = Source(b"new", held=True)
    answers = [await cache.get_or_load("k", version=at(1), load=new) for _ in range(5)]
    assert answers == [b"old"] * 5
    new.gate.set()

    async def is_new() -> bool:
        return await cache.get_or_load("k", version=at(1), load=new) == b"new"

    await eventually(is_new)
    assert await cache.get_or_load("k", version=at(1), load=Source(b"newer")) == b"new"
    assert new.loads == 1
    await link.close()


async def test_everything_runs_out_and_not_all_at_once(redis_options: RedisOptions) -> None:
    link = RedisLink(redis_options, "cache")
    cache = RedisCache(link, times=CacheTimes(fresh=1_000, kept=10_000, lock=100))
    held = Source(held=True)
    for number in range(20):
        await cache.get_or_load(f"k{number}", version=at(1), load=Source())
    loading = asyncio.create_task(cache.get_or_load("held", version=at(1), load=held))
    await held.started.wait()
    (lock,) = await link.client.keys("lock:*")
    assert 0 < await link.client.pttl(lock) <= 100_000
    left = [await link.client.pttl(f"k{number}") for number in range(20)]
    stored = [await link.client.get(f"k{number}") for number in range(20)]
    instants = [int(one.split(b" ", 2)[1]) for one in stored if isinstance(one, bytes)]
    fresh = [one - time.time() * 1000 for one in instants]
    assert len(fresh) == 20
    for lives, usual in ((left, 10_000_000), (fresh, 1_000_000)):
        # Reading them takes a moment; twenty equal ones would differ by no more than that.
        assert all(usual * 0.7 < one <= usual * 1.2 for one in lives), lives
        assert max(lives) - min(lives) > usual / 10
    held.gate.set()
    await loading
    await link.close()


async def test_loads_are_shared_and_bounded_when_redis_is_down(redis_process: RedisProcess) -> None:
    link = RedisLink(options_of(redis_process.url), "cache")
    cache = RedisCache(link)
    running, most = 0, 0

    async def load() -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return b"value"

    answers = await asyncio.gather(
        *(cache.get_or_load(f"k{n % 50}", version=at(1), load=load) for n in range(200))
    )
    assert answers == [b"value"] * 200
    assert 0 < most <= 16
    assert await cache.forget("k") == 0
    await link.close()


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
async def test_answers_when_the_memory_is_full(redis_process: RedisProcess, policy: str) -> None:
    redis_process.arguments = ("--maxmemory", "3mb", "--maxmemory-policy", policy)
    redis_process.start()
    link = RedisLink(options_of(redis_process.url), "cache")
    cache = RedisCache(link)
    for number in range(100):
        value = b"%d" % number * 20_000
        assert await cache.get_or_load(f"k{number}", version=at(1), load=Source(value)) == value
    await link.close()


async def test_loads_anew_when_everything_was_flushed_or_is_garbage(
    redis_process: RedisProcess,
) -> None:
    redis_process.start()
    link = RedisLink(options_of(redis_process.url), "cache")
    cache = RedisCache(link)
    await cache.get_or_load("k", version=at(1), load=Source(b"one"))
    with redis_process.client() as client:
        client.flushall()
        assert await cache.get_or_load("k", version=at(1), load=Source(b"two")) == b"two"
        client.set("k", b"not a value of ours")
    assert await cache.get_or_load("k", version=at(1), load=Source(b"three")) == b"three"
    redis_process.stop()
    assert await cache.get_or_load("k", version=at(1), load=Source(b"four")) == b"four"
    redis_process.start()
    counted = Source(b"five")

    async def is_kept() -> bool:
        # A server that failed a moment ago is not asked at once.
        before = counted.loads
        assert await cache.get_or_load("k", version=at(2), load=counted) == b"five"
        return counted.loads == before

    await eventually(is_kept)
    await link.close()
