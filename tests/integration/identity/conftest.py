"""One hub for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.ports.database import Database
from tests.integration.identity.hub import Hub, make_hub


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def hub(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hub]:
    """Return a hub with nobody in it."""
    database: Database
    if request.param == "sqlite":
        database = open_sqlite(request.getfixturevalue("migrated_sqlite_path"))
    else:
        url = request.getfixturevalue("migrated_postgres_url")
        database = await open_postgres(PostgresOptions(url=url))
    yield make_hub(database, tmp_path, exclusive=request.param == "sqlite")
    await database.close()
