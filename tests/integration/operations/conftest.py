"""A hub that is operated, on SQLite and on PostgreSQL; Ann administers it, Bob does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pfh.features.identity.api import make_admin_token
from pfh.ports.actor import Operator
from tests.integration.hostile.house import House, open_house
from tests.servers.plugin import copy_migrated_sqlite, migrate_postgres
from tests.servers.postgres import PostgresDatabases
from tests.servers.run_directory import RunDirectory

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest_asyncio.fixture(params=BOTH)
async def house(
    request: pytest.FixtureRequest, run_directory: RunDirectory, tmp_path: Path
) -> AsyncIterator[House]:
    """Return a hub with two people."""
    if request.param == "sqlite":
        copy_migrated_sqlite(run_directory, tmp_path / "pfh.sqlite")
        async with open_house(tmp_path) as opened:
            yield opened
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    url = databases.create_prepared("migrated", migrate_postgres)
    async with open_house(tmp_path, url) as opened:
        yield opened
    databases.drop(url)


@pytest.fixture
def admin(house: House) -> dict[str, str]:
    """Return the headers of a token of `pfh token admin`."""
    return token_headers(house)


def token_headers(house: House, lifetime_seconds: int = 300) -> dict[str, str]:
    """Return the headers of a new token for administrators."""
    by = Operator(name="os:ann on test", address="command line", correlation_id="c")
    token = make_admin_token(house.services, by, lifetime_seconds=lifetime_seconds)
    return {"authorization": f"Bearer {token}"}
