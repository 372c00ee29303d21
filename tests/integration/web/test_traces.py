"""What a unit of work asks of its servers, as spans: both databases, and Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from pfh.adapters.cache.redis import RedisCache
from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.redis.link import RedisLink, RedisOptions
from pfh.observability.opentelemetry_spans import open_tracer
from pfh.observability.spans import TRACING, inside, start_span
from pfh.ports.database import Connection, Database
from tests.heads import at
from tests.servers.otlp import Collector, collector

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SECRET = "dinner with Ann"


@pytest.fixture
def traced() -> Iterator[tuple[Collector, Callable[[], None]]]:
    """Return a collector, and what sends it everything."""
    with collector() as sink:
        TRACING.tracer, close = open_tracer(sink.url, "pfh-test", "1")
        yield sink, close
        TRACING.tracer = None
        close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Database]]:
    """Return each database, by the name that traces give it."""
    opened: Database
    if request.param == "sqlite":
        opened = open_sqlite(request.getfixturevalue("migrated_sqlite_path"))
    else:
        opened = await open_postgres(
            PostgresOptions(url=request.getfixturevalue("migrated_postgres_url"))
        )
    yield request.param, opened
    await opened.close()


async def test_statements_of_units_are_spans_of_the_request_without_values(
    database: tuple[str, Database], traced: tuple[Collector, Callable[[], None]]
) -> None:
    (system, books), (sink, send) = database, traced

    async def write(connection: Connection) -> None:
        await connection.execute("DELETE FROM relays WHERE name = $1", SECRET)

    async def read(connection: Connection) -> None:
        await connection.fetch_all("SELECT name FROM relays WHERE name = $1", SECRET)
        await connection.fetch_value("SELECT COUNT(*) FROM outbox")

    # Nobody's: loops that look for work would else begin a trace with each look.
    await books.read(read)
    request = start_span("GET", "server", {}, parent=CALLER)
    assert request is not None
    with inside(request):
        await books.write(write)
        await books.read(read)
        await books.look_up("SELECT user_id FROM users WHERE user_id = $1", 1)
    send()
    calls = [one for one in sink.spans() if one.kind == "client"]
    assert {one.attributes["db.system.name"] for one in calls} == {system}
    [top] = [one.span_id for one in sink.spans() if one.kind == "server"]
    assert {one.parent_id for one in calls} == {top}
    names = [one.name for one in calls if one.name not in {"BEGIN", "COMMIT"}]
    assert names == ["DELETE relays", "SELECT relays", "SELECT outbox", "SELECT users"]
    assert not [body for body in sink.bodies if SECRET.encode() in body]


@pytest.mark.redis
async def test_the_shared_cache_is_a_part_of_the_trace(
    redis_options: RedisOptions, traced: tuple[Collector, Callable[[], None]]
) -> None:
    sink, send = traced
    link = RedisLink(redis_options, "cache")

    async def load() -> bytes:
        return SECRET.encode()

    with inside(start_span("GET", "server", {}, parent=CALLER)):
        assert await RedisCache(link).get_or_load("k", version=at(1), load=load) == SECRET.encode()
    await link.close()
    send()
    calls = [one for one in sink.spans("4bf92f3577b34da6a3ce929d0e0e4736") if one.kind == "client"]
    assert calls
    assert {one.attributes["db.system.name"] for one in calls} == {"redis"}
    assert not [body for body in sink.bodies if SECRET.encode() in body]


@pytest.mark.postgres
async def test_statement_of_many_is_a_span_of_each(
    migrated_postgres_url: str, traced: tuple[Collector, Callable[[], None]]
) -> None:
    sink, send = traced
    books = await open_postgres(PostgresOptions(url=migrated_postgres_url))

    async def ask(number: int) -> None:
        request = start_span(f"GET {number}", "server", {}, parent=CALLER)
        with inside(request):
            await books.look_up("SELECT user_id FROM users WHERE user_id = $1", number)

    await asyncio.gather(*(ask(number) for number in range(20)))
    await books.close()
    send()
    tops = sorted(one.span_id for one in sink.spans() if one.kind == "server")
    calls = [one for one in sink.spans() if one.kind == "client"]
    assert sorted(one.parent_id for one in calls) == tops
    assert {one.name for one in calls} == {"SELECT users"}
