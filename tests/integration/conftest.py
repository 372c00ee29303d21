"""What the tests of every feature begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.ports.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def books(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """Return a migrated database of either dialect, without any rows."""
    database: Database
    if request.param == "sqlite":
        database = open_sqlite(request.getfixturevalue("migrated_sqlite_path"))
    else:
        url = request.getfixturevalue("migrated_postgres_url")
        database = await open_postgres(PostgresOptions(url=url))
    yield database
    await database.close()
