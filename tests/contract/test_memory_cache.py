"""The cache contract in memory, and its bound."""

from __future__ import annotations

import pytest

from pfh.adapters.cache.memory import MemoryCache
from tests.contract.cache_contract import CacheContract, Source
from tests.heads import at


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def cache(self) -> MemoryCache:
        return MemoryCache()


async def _is_kept(cache: MemoryCache, key: str) -> bool:
    source = Source(b"x" * 40)
    await cache.get_or_load(key, version=at(1), load=source)
    return source.loads == 0


async def test_drops_what_was_not_used_for_longest_when_full() -> None:
    cache = MemoryCache(bytes_max=130)
    for key in ("a", "b", "c"):
        await cache.get_or_load(key, version=at(1), load=Source(b"x" * 40))
    assert await _is_kept(cache, "a")
    await cache.get_or_load("d", version=at(1), load=Source(b"x" * 40))
    assert await _is_kept(cache, "a")
    assert not await _is_kept(cache, "b")


async def test_answers_but_does_not_keep_what_is_larger_than_everything() -> None:
    cache = MemoryCache(bytes_max=10)
    source = Source(b"x" * 100)
    for _ in range(2):
        assert await cache.get_or_load("k", version=at(1), load=source) == b"x" * 100
    assert source.loads == 2
