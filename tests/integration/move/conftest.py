"""Rich books on SQLite, made once, and databases that sort as English people do."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import asyncpg
import pytest

from pfh.adapters.bulk import postgres
from tests.integration.move.rich_books import make_rich_books
from tests.servers.found import Server
from tests.servers.plugin import copy_migrated_sqlite
from tests.servers.run_directory import RunDirectory


@pytest.fixture(scope="session")
def rich_template(run_directory: RunDirectory) -> Path:
    """Return a folder with rich books that nobody changes, made once a run."""
    folder = run_directory.path / "rich-books"
    with run_directory.lock("rich-books"):
        if not folder.exists():
            part = run_directory.path / "rich-books.part"
            part.mkdir()
            copy_migrated_sqlite(run_directory, part / "pfh.sqlite")
            with ThreadPoolExecutor(1) as thread:
                thread.submit(lambda: asyncio.run(make_rich_books(part))).result()
            part.rename(folder)
    return folder


@pytest.fixture
def rich(rich_template: Path, tmp_path: Path) -> Path:
    """Return a folder of this test's own with rich books in it."""
    return Path(shutil.copytree(rich_template, tmp_path / "rich"))


@pytest.fixture
def new_database(postgres_server: Server) -> Iterator[Callable[[], str]]:
    """Return what makes an empty database whose locale is not that of SQLite; → its URL."""
    made: list[str] = []

    def run(sql: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(postgres_server.address)
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(execute())).result()

    def create() -> str:
        name = f"pfh_move_{token_hex(6)}"
        run(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        made.append(name)
        return f"{postgres_server.address.rpartition('/')[0]}/{name}"

    yield create
    for name in made:
        run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a hub that stays connected after a moment, not after ten seconds."""
    monkeypatch.setattr(postgres, "_LINGER_SECONDS", 2.0)
