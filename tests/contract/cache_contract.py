"""What every cache does, whatever keeps its values."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

import pytest

from pfh.ports.cache import Cache
from tests.heads import at


class Source:
    """A load that counts how often it is asked, and waits until it is let go."""

    def __init__(self, value: bytes = b"value", *, held: bool = False) -> None:
        self.value = value
        self.loads = 0
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        if not held:
            self.gate.set()

    async def __call__(self) -> bytes:
        self.loads += 1
        self.started.set()
        await self.gate.wait()
        return self.value


def failing(error: Exception) -> Callable[[], Awaitable[bytes]]:
    async def load() -> bytes:
        raise error

    return load


class CacheContract(ABC):
    """Run by a subclass for each adapter, which provides `cache`."""

    @abstractmethod
    @pytest.fixture
    def cache(self) -> Cache:
        """Return an empty cache."""

    async def test_loads_once_when_asked_again_with_the_same_version(self, cache: Cache) -> None:
        source = Source()
        for _ in range(3):
            assert await cache.get_or_load("user:1:summary", version=at(7), load=source) == b"value"
        assert source.loads == 1

    async def test_loads_anew_when_the_version_changes(self, cache: Cache) -> None:
        await cache.get_or_load("k", version=at(1), load=Source(b"old"))
        assert await cache.get_or_load("k", version=at(2), load=Source(b"new")) == b"new"

    async def test_older_version_never_replaces_a_newer_one(self, cache: Cache) -> None:
        await cache.get_or_load("k", version=at(2), load=Source(b"new"))
        assert await cache.get_or_load("k", version=at(1), load=Source(b"old")) == b"old"
        kept = Source(b"loaded again")
        assert await cache.get_or_load("k", version=at(2), load=kept) == b"new"
        assert kept.loads == 0

    async def test_same_number_of_another_history_is_another_version(self, cache: Cache) -> None:
        await cache.get_or_load("k", version=at(2), load=Source(b"lost"))
        other = at(2, "other")
        assert await cache.get_or_load("k", version=other, load=Source(b"now")) == b"now"
        assert await cache.get_or_load("k", version=at(2), load=Source(b"again")) == b"again"

    async def test_shares_one_load_when_many_ask_at_once(self, cache: Cache) -> None:
        source = Source(held=True)
        asking = [
            asyncio.create_task(cache.get_or_load("k", version=at(1), load=source))
            for _ in range(20)
        ]
        await asyncio.sleep(0)
        source.gate.set()
        assert await asyncio.gather(*asking) == [b"value"] * 20
        assert source.loads == 1

    async def test_others_get_the_value_when_the_first_caller_leaves(self, cache: Cache) -> None:
        source = Source(held=True)
        first = asyncio.create_task(cache.get_or_load("k", version=at(1), load=source))
        await asyncio.sleep(0)
        second = asyncio.create_task(cache.get_or_load("k", version=at(1), load=source))
        await asyncio.sleep(0)
        first.cancel()
        source.gate.set()
        assert await second == b"value"
        assert source.loads == 1

    async def test_raises_and_keeps_nothing_when_the_load_fails(self, cache: Cache) -> None:
        with pytest.raises(LookupError, match="gone"):
            await cache.get_or_load("k", version=at(1), load=failing(LookupError("gone")))
        assert await cache.get_or_load("k", version=at(1), load=Source(b"now")) == b"now"

    async def test_forgets_only_keys_with_the_prefix(self, cache: Cache) -> None:
        for key in ("dashboard:1:2026-11", "dashboard:1:2026-10", "dashboard:12:2026-11"):
            await cache.get_or_load(key, version=at(1), load=Source())
        assert await cache.forget("dashboard:1:") == 2
        gone, kept = Source(), Source()
        await cache.get_or_load("dashboard:1:2026-11", version=at(1), load=gone)
        await cache.get_or_load("dashboard:12:2026-11", version=at(1), load=kept)
        assert (gone.loads, kept.loads) == (1, 0)

    async def test_does_not_keep_a_load_that_was_forgotten_on_the_way(self, cache: Cache) -> None:
        source = Source(b"stale", held=True)
        asking = asyncio.create_task(cache.get_or_load("k", version=at(1), load=source))
        await asyncio.sleep(0)
        await cache.forget("k")
        source.gate.set()
        assert await asking == b"stale"
        assert await cache.get_or_load("k", version=at(1), load=Source(b"fresh")) == b"fresh"
