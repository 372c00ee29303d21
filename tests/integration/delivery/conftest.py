"""A database of events on PostgreSQL, its outbox, and a writer of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.database.postgres import PostgresDatabase, PostgresOptions, open_postgres
from pfh.adapters.documents.sql import SqlDocuments
from pfh.adapters.event_log.sql import SqlEventLog
from pfh.adapters.outbox.sql import SqlOutbox
from pfh.persistence.event_store import Draft, Origin, append
from pfh.ports.database import Connection

ORIGIN = Origin(
    actor_id=7, correlation_id="request-1", occurred_at=1_000_001, traceparent="00-trace"
)
ENTRY = (
    '{"date":"2026-11-03","transactionType":"expense","postings":['
    '{"accountId":1,"accountClass":"asset","amountMinor":-5,"commodity":"EUR"},'
    '{"accountId":2,"accountClass":"expense","amountMinor":5,"commodity":"EUR"}]}'
)


@dataclass
class Site:
    """One PostgreSQL database, and what carries its events."""

    url: str
    database: PostgresDatabase
    outbox: SqlOutbox
    clock: SettableClock
    event_ids: count[int] = field(default_factory=lambda: count(1))

    @property
    def log(self) -> SqlEventLog:
        return SqlEventLog(self.database)

    @property
    def documents(self) -> SqlDocuments:
        return SqlDocuments(self.database)

    async def write(
        self,
        household: int,
        events: int = 1,
        *,
        payload: str = ENTRY,
        appended: asyncio.Event | None = None,
        before_commit: asyncio.Event | None = None,
        fails: bool = False,
    ) -> None:
        """Append events in one transaction, which may wait before its end, or fail there."""
        drafts = [Draft(next(self.event_ids), "EntryPosted", 1, 5, payload) for _ in range(events)]

        async def unit(connection: Connection) -> None:
            await append(connection, household, ORIGIN, drafts)
            if appended is not None:
                appended.set()
            if before_commit is not None:
                await before_commit.wait()
            if fails:
                raise ZeroDivisionError

        await self.database.write(unit)

    async def lose(self, household: int, last: int) -> None:
        """Take away all events after a number, as books that were restored lack them."""

        async def unit(connection: Connection) -> None:
            of_household = (household, last)
            for sql in (
                (
                    "DELETE FROM outbox WHERE position IN (SELECT position FROM events"
                    " WHERE household_id = $1 AND household_seq > $2)"
                ),
                "DELETE FROM events WHERE household_id = $1 AND household_seq > $2",
                (
                    "UPDATE event_heads SET household_seq = $2, hash = (SELECT hash FROM events"
                    " WHERE household_id = $1 AND household_seq = $2) WHERE household_id = $1"
                ),
            ):
                await connection.execute(sql, *of_household)

        await self.database.write(unit)

    async def waiting(self) -> list[tuple[int, int]]:
        """Return household and number of what waits, in the order of the relay."""
        found = await self.outbox.waiting(limit=1_000)
        return [(one.event.household_id, one.event.household_seq) for one in found]

    async def count(self, table: str) -> int:
        async def unit(connection: Connection) -> int:
            return int(await connection.fetch_value(f"SELECT COUNT(*) FROM {table}"))

        return await self.database.read(unit)


TABLES: Sequence[str] = (
    "events", "event_heads", "document_heads", "monthly_summaries", "daily_category_spend",
    "balance_history", "relays", "outbox", "outbox_quarantine", "parked_households",
)  # fmt: skip


@pytest.fixture
async def site(migrated_postgres_url: str) -> AsyncIterator[Site]:
    database = await open_postgres(PostgresOptions(url=migrated_postgres_url))
    clock = SettableClock()
    yield Site(migrated_postgres_url, database, SqlOutbox(database, clock), clock)
    await database.close()
