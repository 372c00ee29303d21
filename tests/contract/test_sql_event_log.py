"""The event log contract on the events table, on both dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.documents.sql import SqlDocuments
from pfh.adapters.event_log.beside_documents import EventLogBesideDocuments
from pfh.adapters.event_log.sql import SqlEventLog
from pfh.persistence.event_store import Draft, Origin, append
from pfh.ports.database import Connection, Database
from pfh.ports.documents import Documents
from pfh.ports.event_log import NO_EVENTS, EventLog, Written
from tests.contract.event_log_contract import Append, EventLogContract
from tests.heads import at

ORIGIN = Origin(actor_id=7, correlation_id="test", occurred_at=1_000_001)


class SqlEventLogContract(EventLogContract):
    @pytest.fixture
    def log(self, database: Database) -> EventLog:
        return SqlEventLog(database)

    @pytest.fixture
    def append(self, database: Database) -> Append:
        numbers = count(1)

        async def appended(household_id: int, events: int) -> None:
            drafts = [
                Draft(next(numbers), "ThingHappened", 1, 5, '{"amount":"1.10","word":"Ü"}')
                for _ in range(events)
            ]

            async def unit(connection: Connection) -> int:
                return await append(connection, household_id, ORIGIN, drafts)

            await database.write(unit)

        return appended

    @pytest.fixture
    def documents(self, database: Database) -> Documents:
        return SqlDocuments(database)


class TestSqlEventLogOnSqlite(SqlEventLogContract):
    @pytest.fixture
    async def database(self, migrated_sqlite_path: Path) -> AsyncIterator[Database]:
        database = open_sqlite(migrated_sqlite_path)
        yield database
        await database.close()


class TestSqlEventLogOnPostgres(SqlEventLogContract):
    @pytest.fixture
    async def database(self, migrated_postgres_url: str) -> AsyncIterator[Database]:
        database = await open_postgres(PostgresOptions(url=migrated_postgres_url))

        async def empty(connection: Connection) -> None:
            for table in ("events", "event_heads", "document_heads"):
                await connection.execute(f"DELETE FROM {table}")

        await database.write(empty)
        yield database
        await database.close()


class TestEventLogBesideDocuments(TestSqlEventLogOnSqlite):
    @pytest.fixture
    def log(self, database: Database, documents: Documents) -> EventLog:
        return EventLogBesideDocuments(database, documents)

    async def test_asks_once_for_all_who_are_ahead(
        self,
        log: EventLog,
        append: Append,
        documents: Documents,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        asked: list[dict[int, int]] = []
        ask = SqlEventLog.written_at

        async def counted(log: SqlEventLog, numbers: dict[int, int]) -> Mapping[int, Written]:
            asked.append(numbers)
            return await ask(log, numbers)

        monkeypatch.setattr(SqlEventLog, "written_at", counted)
        for household in (1, 2, 3):
            await append(household, 1)
            await documents.apply(household, before=NO_EVENTS, after=at(2), increments=())
        assert await log.behind("dashboard", limit=10) == [1, 2, 3]
        assert asked == [{1: 2, 2: 2, 3: 2}]


async def test_refuses_a_consumer_that_nobody_registered(migrated_sqlite_path: Path) -> None:
    database = open_sqlite(migrated_sqlite_path)
    for log in (
        SqlEventLog(database),
        EventLogBesideDocuments(database, SqlDocuments(database)),
    ):
        with pytest.raises(KeyError, match="nobody"):
            await log.behind("nobody", limit=1)
    await database.close()
