"""A connection is handed on from unit to unit, and goes through the pool once a second."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pfh.adapters.database import postgres_connections
from pfh.adapters.database.postgres_connections import Connections
from pfh.adapters.database.postgres_options import PostgresOptions
from pfh.ports.database import DatabaseTimeout
from tests.waiting import comes


class Wire:
    """A connection of the driver."""

    def __init__(self) -> None:
        """Begin open."""
        self.is_cut = False
        self.said: list[str] = []

    def is_closed(self) -> bool:
        """Tell whether it broke."""
        return self.is_cut

    async def execute(self, sql: str) -> None:
        """Note a statement."""
        self.said.append(sql)


class Pool:
    """The driver's pool, as far as it is used; `log` has what was asked of it."""

    def __init__(self, size: int) -> None:
        """Begin with so many free connections."""
        self.log: list[str] = []
        self.breaks = False
        self._size = size
        self._free: asyncio.LifoQueue[Wire] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(Wire())

    async def acquire(self) -> Wire:
        """Wait for a free one."""
        wire = await self._free.get()
        self.log.append("acquire")
        return wire

    async def release(self, wire: Wire) -> None:
        """Take one back; a broken one is replaced."""
        self.log.append("release")
        self._free.put_nowait(Wire() if wire.is_cut else wire)
        if self.breaks:
            raise OSError("it broke on its way back")

    async def expire_connections(self) -> None:
        """Note that what was acquired before is to be closed when it comes back."""
        self.log.append("expire")

    async def close(self) -> None:
        """Wait for every connection, and note the end."""
        await comes(lambda: self._free.qsize() == self._size, what="every connection at home")
        self.log.append("close")

    def get_size(self) -> int:
        """Return how many there are."""
        return self._size

    def get_idle_size(self) -> int:
        """Return how many are free."""
        return self._free.qsize()


def connections_of(pool: Any, **options: Any) -> Connections:  # noqa: ANN401 -- a stand-in, fields
    return Connections(pool, PostgresOptions(url="", pool_max=pool.get_size(), **options))


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the clock that the connections look at, in a list of one."""
    clock = [0.0]
    monkeypatch.setattr(postgres_connections, "monotonic", lambda: clock[0])
    return clock


async def test_hands_the_same_connection_on_without_asking_the_pool(second: list[float]) -> None:
    pool = Pool(3)
    connections = connections_of(pool)
    first = await connections.acquire()
    await connections.release(first)
    second[0] = 0.9
    assert await connections.acquire() is first
    assert connections.state().in_use == 1
    await connections.release(first)
    assert connections.state().in_use == 0
    assert pool.log == ["acquire"]


async def test_gives_it_back_after_a_second_of_work(second: list[float]) -> None:
    pool = Pool(1)
    connections = connections_of(pool)
    first = await connections.acquire()
    await connections.release(first)
    await connections.acquire()
    second[0] = 1.0
    await connections.release(first)
    assert pool.log == ["acquire", "release"]
    # What it gets then has a second of its own.
    assert await connections.acquire() is first
    await connections.release(first)
    assert pool.log == ["acquire", "release", "acquire"]


async def test_gives_it_back_when_nobody_has_wanted_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_connections, "_SPARE_SECONDS", 0.01)
    pool = Pool(2)
    connections = connections_of(pool)
    for wire in [await connections.acquire(), await connections.acquire()]:
        await connections.release(wire)
    await comes(lambda: pool.get_idle_size() == 2, what="both at rest in the pool")


@pytest.mark.usefixtures("second")
async def test_who_waits_for_one_gets_the_next_that_comes() -> None:
    pool = Pool(1)
    connections = connections_of(pool)
    first = await connections.acquire()
    waiting = asyncio.create_task(connections.acquire())
    await comes(lambda: connections.state().waiting == 1)
    await connections.release(first)
    # It does not rest meanwhile.
    assert pool.log == ["acquire", "release"]
    assert await waiting is first


@pytest.mark.usefixtures("second")
async def test_one_at_rest_keeps_nobody_waiting() -> None:
    connections = connections_of(Pool(1), acquire_seconds=0.01)
    first = await connections.acquire()
    with pytest.raises(DatabaseTimeout, match="POOL_TIMEOUT"):
        await connections.acquire()
    await connections.release(first)
    assert await connections.acquire() is first


@pytest.mark.usefixtures("second")
async def test_hands_on_none_that_broke() -> None:
    pool: Any = Pool(1)
    connections = connections_of(pool)
    broken: Any = await connections.acquire()
    await connections.release(broken)
    broken.is_cut = True
    assert await connections.acquire() is not broken
    assert pool.log == ["acquire", "release", "acquire"]


@pytest.mark.usefixtures("second")
async def test_none_of_before_is_used_after_it_expired() -> None:
    pool = Pool(3)
    connections = connections_of(pool)
    at_rest, at_work = await connections.acquire(), await connections.acquire()
    await connections.release(at_rest)
    await connections.expire()
    await comes(lambda: pool.log.count("release") == 1)
    await connections.release(at_work)
    assert pool.log.count("release") == 2
    assert "expire" in pool.log


@pytest.mark.usefixtures("second")
async def test_undoes_what_failed_and_gives_the_connection_to_the_pool() -> None:
    pool = Pool(1)
    connections = connections_of(pool)
    wire: Any = await connections.acquire()
    await connections.undo(wire)
    assert wire.said == ["ROLLBACK"]
    assert pool.log == ["acquire", "release"]


@pytest.mark.usefixtures("second")
async def test_closes_the_pool_with_every_connection_at_home() -> None:
    pool = Pool(2)
    connections = connections_of(pool)
    await connections.release(await connections.acquire())
    await connections.close()
    assert pool.log == ["acquire", "release", "close"]


@pytest.mark.usefixtures("second")
async def test_what_is_at_work_at_the_close_goes_to_the_pool_when_it_comes() -> None:
    pool = Pool(2)
    connections = connections_of(pool)
    at_rest, at_work = await connections.acquire(), await connections.acquire()
    await connections.release(at_rest)
    closing = asyncio.create_task(connections.close())
    await comes(lambda: pool.log.count("release") == 1)
    await connections.release(at_work)
    await closing
    assert pool.log[-2:] == ["release", "close"]


async def test_unit_does_not_fail_because_its_connection_breaks_on_its_way_back(
    second: list[float],
) -> None:
    pool = Pool(2)
    pool.breaks = True
    connections = connections_of(pool)
    at_rest, at_work = await connections.acquire(), await connections.acquire()
    await connections.release(at_rest)
    second[0] = 1.0
    await connections.release(at_work)
    await connections.undo(await connections.acquire())
    await connections.close()
    assert pool.log.count("release") == 2
    assert pool.log[-1] == "close"
