"""Empty databases of both dialects, as the address that the migrations take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import PostgresDatabases


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database, as `runner` takes it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'books of a family.sqlite'}"
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    made = databases.create()
    yield made.replace("postgresql:", "postgresql+asyncpg:", 1)
    databases.drop(made)
