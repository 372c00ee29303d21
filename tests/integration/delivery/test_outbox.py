"""What waits for a relay: exactly the committed events, in the order of each household."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.outbox.sql import SqlOutbox
from pfh.persistence.event_store import Draft, append
from pfh.ports.database import Connection
from tests.integration.delivery.conftest import ORIGIN, Site
from tests.waiting import eventually


async def test_nothing_waits_when_no_relay_is_registered(site: Site) -> None:
    await site.write(1, 3)
    assert await site.count("outbox") == 0
    assert await site.count("events") == 3


async def test_every_event_waits_when_a_relay_is_registered(site: Site) -> None:
    assert await site.outbox.register("kafka")
    assert not await site.outbox.register("kafka")
    await site.write(1, 3)
    await site.write(2)
    assert await site.waiting() == [(1, 1), (1, 2), (1, 3), (2, 1)]
    (first, *_) = await site.outbox.waiting(limit=1)
    assert first.traceparent == ORIGIN.traceparent
    assert first.event.correlation_id == ORIGIN.correlation_id
    assert first.event == (await site.log.read(1, after_seq=0, limit=1))[0]


async def test_nothing_of_a_transaction_waits_when_it_fails(site: Site) -> None:
    await site.outbox.register("kafka")
    try:
        await site.write(1, 2, fails=True)
    except ZeroDivisionError:
        await site.write(1)
    assert await site.waiting() == [(1, 1)]


async def test_an_event_waits_when_it_commits_after_a_later_one_was_published(site: Site) -> None:
    await site.outbox.register("kafka")
    appended, released = asyncio.Event(), asyncio.Event()
    slow = asyncio.create_task(site.write(1, 2, appended=appended, before_commit=released))
    await appended.wait()
    await site.write(2)
    (early,) = await site.outbox.waiting(limit=10)
    await site.outbox.published([early.event.position])
    released.set()
    await slow
    late = await site.outbox.waiting(limit=10)
    assert [one.event.household_seq for one in late] == [1, 2]
    assert late[0].event.position < early.event.position, "a cursor would have passed it"


async def test_one_household_waits_when_its_event_is_refused(site: Site) -> None:
    await site.outbox.register("kafka")
    await site.write(1, 2)
    await site.write(2)
    (refused, *_) = await site.outbox.waiting(limit=10)
    await site.outbox.quarantine(refused.event, "too large")
    await site.write(1)
    assert await site.waiting() == [(2, 1)]
    ((event, error, _),) = await site.outbox.quarantined()
    assert (event, error) == (refused.event, "too large")
    assert (await site.outbox.backlog()).quarantined_households == 1
    assert await site.outbox.release(1)
    assert await site.waiting() == [(1, 1), (1, 2), (2, 1), (1, 3)]


async def test_no_event_is_read_that_does_not_wait(site: Site) -> None:
    for _ in range(6):
        await site.write(1, 2_000)
    await site.outbox.register("kafka")
    before = await reads_of_events(site)
    relay = await open_postgres(PostgresOptions(url=site.url))
    outbox = SqlOutbox(relay, site.clock)
    for _ in range(10):
        await site.write(1)
        (waiting,) = await outbox.waiting(limit=1_000)
        await outbox.published([waiting.event.position])
    # A server process tells what it read when it ends, if not before.
    await relay.close()

    async def told() -> bool:
        return sum(await reads_of_events(site)) >= sum(before) + 10

    await eventually(told, what="what the relay read")
    assert (await reads_of_events(site))[1] == before[1], "the whole table was read"


async def reads_of_events(site: Site) -> tuple[int, int]:
    """Return how often the table was read by an index, and how often as a whole."""

    async def unit(connection: Connection) -> tuple[int, int]:
        row = await connection.fetch_one(
            "SELECT idx_scan, seq_scan FROM pg_stat_user_tables WHERE relname = 'events'"
        )
        assert row is not None
        return int(row[0]), int(row[1])

    return await site.database.read(unit)


async def test_tells_how_much_waits_and_since_when(site: Site) -> None:
    await site.outbox.register("kafka")
    assert await site.outbox.backlog() == (0, None, 0)
    await site.write(1, 3)
    assert await site.outbox.backlog() == (3, ORIGIN.occurred_at, 0)


async def test_nothing_waits_any_more_when_the_last_relay_leaves(site: Site) -> None:
    await site.outbox.register("kafka")
    await site.outbox.register("another")
    await site.write(1)
    await site.outbox.unregister("kafka")
    assert await site.count("outbox") == 1
    await site.outbox.unregister("another")
    await site.write(1)
    assert await site.count("outbox") == 0


async def test_embedded_books_grow_no_outbox(migrated_sqlite_path: Path) -> None:
    database = open_sqlite(migrated_sqlite_path)
    outbox = SqlOutbox(database, SettableClock())
    await outbox.register("kafka")

    async def unit(connection: Connection) -> None:
        await append(connection, 1, ORIGIN, [Draft(1, "EntryPosted", 1, 5, "{}")])

    await database.write(unit)
    assert await outbox.waiting(limit=10) == []
    await database.close()
