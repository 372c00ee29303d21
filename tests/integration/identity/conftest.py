"""One hub for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.ports.database import Database
from tests.integration.identity.hub import Hub, make_hub


@pytest.fixture
async def hub(books: Database, tmp_path: Path) -> Hub:
    """Return a hub with nobody in it."""
    return make_hub(books, tmp_path, exclusive=books.dialect == "sqlite")
