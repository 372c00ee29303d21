"""The bulk port on a PostgreSQL database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pfh.adapters.bulk import postgres
from pfh.adapters.bulk.postgres import open_reader
from pfh.adapters.bulk.postgres_writer import open_writer
from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.migrations import runner
from pfh.migrations.head import HEAD
from pfh.ports.bulk import BooksInUse, BulkRow, TextNotStorable
from pfh.runtime.move.tables import all_tables, moved_tables
from tests.contract.bulk_contract import HOUSEHOLD, TABLES, BulkContract, Subject
from tests.servers.plugin import migrate_postgres
from tests.servers.postgres import PostgresDatabases


@pytest.mark.postgres
class TestPostgresBulk(BulkContract):
    @pytest.fixture
    def url(self, postgres_databases: PostgresDatabases) -> Any:  # noqa: ANN401 -- yields
        made = postgres_databases.create_prepared("migrated", migrate_postgres)
        yield made
        postgres_databases.drop(made)

    @pytest.fixture
    async def subject(self, url: str) -> AsyncIterator[Subject]:
        options = PostgresOptions(url=url, application_name="a test", lock_seconds=0.2)
        reader, writer = await open_reader(options), await open_writer(options)
        await writer.begin({"source": "s"})
        database = await open_postgres(options)
        yield Subject(reader, writer, database)
        await database.close()
        await reader.close()
        await writer.close()

    @pytest.fixture(autouse=True)
    def without_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "_LINGER_SECONDS", 0.3)

    def held(self, subject: Subject) -> Any:  # noqa: ANN401 -- a context manager
        return _beside_our_own_writer(subject)

    async def test_nul_in_a_text_is_refused_with_the_name_of_its_row(
        self, subject: Subject
    ) -> None:
        rows: list[BulkRow] = [HOUSEHOLD, (8, "with \x00", "EUR", 1)]
        with pytest.raises(TextNotStorable, match="name of the row household_id=8") as caught:
            await subject.writer.append(TABLES["households"], rows, "mark")
        assert "with" not in caught.value.detail.replace("row", "")
        assert await subject.reader.count(TABLES["households"]) == 0

    async def test_schema_is_the_same_after_it_was_sealed(self, subject: Subject, url: str) -> None:
        await subject.writer.seal(all_tables())
        await subject.writer.release(HEAD)
        assert _differences(url) == []

    async def test_neither_side_is_held_while_a_hub_is_connected(self, url: str) -> None:
        reader, writer = (
            await open_reader(PostgresOptions(url=url)),
            await open_writer(PostgresOptions(url=url)),
        )
        await writer.close()
        hub = await open_postgres(PostgresOptions(url=url, pool_min=1))
        with pytest.raises(BooksInUse, match=r"1 connection.* of a hub .* pfh from 127.0.0.1"):
            async with reader.hold(moved_tables()):
                raise AssertionError("held")
        await hub.close()
        async with reader.hold(moved_tables()):
            assert await reader.count(TABLES["households"]) == 0
        await reader.close()


def _differences(url: str) -> list[object]:
    address = url.replace("postgresql:", "postgresql+asyncpg:", 1)
    # The runner has an event loop of its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(runner.differences, address).result()


@asynccontextmanager
async def _beside_our_own_writer(subject: Subject) -> AsyncIterator[None]:
    """Hold the reader; the subject's writer, which looks like another move, is closed before."""
    await subject.writer.close()  # type: ignore[attr-defined]  # the adapter has it
    async with subject.reader.hold(moved_tables()):
        yield
