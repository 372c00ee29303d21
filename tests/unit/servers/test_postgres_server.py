"""The test servers themselves: databases are fresh, clones carry what was prepared."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from tests.servers.postgres import PostgresDatabases


def _run(url: str, sql: str) -> list[asyncpg.Record]:
    async def execute() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    return asyncio.run(execute())


def test_database_is_empty_when_created(postgres_url: str) -> None:
    assert _run(postgres_url, "SELECT * FROM pg_tables WHERE schemaname = 'public'") == []


def test_clone_carries_the_template_once_when_prepared_twice(
    postgres_databases: PostgresDatabases,
) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        _run(url, "CREATE TABLE prepared AS SELECT 7 AS figure")

    first = postgres_databases.create_prepared("test", prepare)
    second = postgres_databases.create_prepared("test", prepare)
    try:
        _run(first, "DELETE FROM prepared")
        assert [tuple(row) for row in _run(second, "SELECT figure FROM prepared")] == [(7,)]
        assert len(prepared) <= 1
    finally:
        postgres_databases.drop(first)
        postgres_databases.drop(second)


def test_migrated_database_has_the_tables_of_the_ledger(migrated_postgres_url: str) -> None:
    assert _run(migrated_postgres_url, "SELECT * FROM postings") == []


def test_migrated_file_has_the_tables_of_the_ledger(migrated_sqlite_path: Path) -> None:
    connection = sqlite3.connect(migrated_sqlite_path)
    assert connection.execute("SELECT * FROM postings").fetchall() == []
    connection.close()
