"""The bulk port on a SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.bulk.sqlite import SqliteBulkReader, SqliteBulkWriter
from pfh.adapters.database.sqlite import SqliteOptions, open_sqlite
from pfh.ports.bulk import BooksInUse
from pfh.runtime.move.tables import moved_tables
from tests.contract.bulk_contract import BulkContract, Subject


class TestSqliteBulk(BulkContract):
    @pytest.fixture
    async def subject(self, migrated_sqlite_path: Path) -> AsyncIterator[Subject]:
        reader, writer = (
            SqliteBulkReader(migrated_sqlite_path),
            SqliteBulkWriter(migrated_sqlite_path),
        )
        await writer.begin({"source": "s"})
        database = open_sqlite(migrated_sqlite_path, SqliteOptions(busy_seconds=0.1))
        yield Subject(reader, writer, database)
        await database.close()
        await reader.close()
        await writer.close()

    async def test_cannot_be_held_while_another_program_writes(
        self, migrated_sqlite_path: Path
    ) -> None:
        first, second = (SqliteBulkReader(migrated_sqlite_path, busy_seconds=0.1) for _ in range(2))
        async with first.hold(moved_tables()):
            with pytest.raises(BooksInUse):
                async with second.hold(moved_tables()):
                    raise AssertionError("both hold it")
        await first.close()
        await second.close()
