"""What the tests of every feature begin with, and passwords that cost next to nothing to hash."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

import argon2
import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.adapters.database.sqlite import open_sqlite
from pfh.features.identity import passwords
from pfh.ports.database import Database

_AS_DEPLOYED: Final = passwords._hasher


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash with the least memory: the sign-ups of these tests took a minute of a core."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: quick)
        yield


@pytest.fixture
def costly_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the program does, for tests of what a hash costs."""
    monkeypatch.setattr(passwords, "_hasher", _AS_DEPLOYED)


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
