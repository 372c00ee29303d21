"""Hubs for hostile requests, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.hostile.house import House, furnished_house
from tests.servers.plugin import copy_migrated_sqlite, migrate_postgres
from tests.servers.postgres import PostgresDatabases
from tests.servers.run_directory import RunDirectory

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BOTH)
async def house(
    request: pytest.FixtureRequest,
    run_directory: RunDirectory,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    """Return a hub that the tests of a module share; two households, furnished alike."""
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        copy_migrated_sqlite(run_directory, folder / "pfh.sqlite")
        async with furnished_house(folder) as opened:
            yield opened
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    url = databases.create_prepared("migrated", migrate_postgres)
    async with furnished_house(folder, url) as opened:
        yield opened
    databases.drop(url)
