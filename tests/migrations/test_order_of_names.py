"""Names come in one order on both databases, whatever the locale of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from pfh.migrations import runner
from tests.migrations.databases import execute, rows
from tests.servers.found import Server

NAMES = ["zoo", "äpfel", "10", "2", "épicerie", "_new", "apfel", "a-b", "ab", "a b", "ß", "straße"]
DATABASE = "pfh_icu_order"
HOUSEHOLD = """
    INSERT INTO households (household_id, name, base_commodity, created_at)
    VALUES (1, 'The Oaks', 'EUR', 1)"""
TABLES = {
    "payees": "INSERT INTO payees (payee_id, household_id, name, name_key, created_at)"
    " VALUES ({0}, 1, '{1}', '{1}', 1)",
    "tags": "INSERT INTO tags (tag_id, household_id, name, name_key, created_at)"
    " VALUES ({0}, 1, '{1}', '{1}', 1)",
    "accounts": "INSERT INTO accounts (account_id, household_id, account_class, account_type, name,"
    " name_key, sort_order, version, created_at)"
    " VALUES ({0}, 1, 'expense', 'category', '{1}', '{1}', 0, 1, 1)",
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def localised_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database; that of PostgreSQL sorts as English people do."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'pfh.sqlite'}"
        return
    server: Server = request.getfixturevalue("postgres_server")

    def run(sql: str) -> None:
        async def execute_there() -> None:
            connection = await asyncpg.connect(server.address)
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(execute_there())

    run(f'DROP DATABASE IF EXISTS "{DATABASE}"')
    run(f"CREATE DATABASE \"{DATABASE}\" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
    base = server.address.rpartition("/")[0].replace("postgresql:", "postgresql+asyncpg:", 1)
    yield f"{base}/{DATABASE}"
    run(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_orders_names_by_code_point_when_the_server_has_a_locale(localised_url: str) -> None:
    runner.upgrade(localised_url)
    execute(localised_url, HOUSEHOLD)
    for table, insert in TABLES.items():
        for number, name in enumerate(NAMES):
            execute(localised_url, insert.format(number, name))
        found = rows(localised_url, f"SELECT name FROM {table} ORDER BY name_key")
        assert [name for (name,) in found] == sorted(NAMES)
    assert runner.differences(localised_url) == []
