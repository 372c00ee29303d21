"""An installation with books, on SQLite and on PostgreSQL, and a folder for its backups."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pfh.features.demo.api import create_demo_household
from pfh.migrations import runner
from pfh.ports.database import Connection
from pfh.ports.services import Services
from pfh.runtime.backup.drill import Drill, run_drill
from pfh.runtime.backup.make_backup import MadeBackup, make_backup
from pfh.runtime.backup.place import opened_backup, private_folder
from pfh.runtime.backup.restore_database import restore_to_database
from pfh.runtime.backup.restore_folder import restore_folder
from pfh.runtime.backup.restored_books import RestoredBooks
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, load_settings
from tests.environment import environment_of

KEY = "a key for the tests of backups"


def silent(step: str, done: int, total: int) -> None:
    """Hear nothing."""


@dataclass
class Installation:
    """A hub's settings and services, without the web."""

    settings: Settings
    services: Services
    folder: Path
    drop: Callable[[str], None] | None = None

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        assert self.settings.backup.folder is not None
        return self.settings.backup.folder

    async def back_up(self) -> MadeBackup:
        """Make a backup."""
        return await make_backup(self.settings, self.services, silent)

    async def drill(self) -> Drill:
        """Run a drill."""
        return await run_drill(self.settings, self.services, silent)

    async def restore(self, wanted: str, name: str, key: str = KEY) -> RestoredBooks:
        """Restore into a new folder or database of this name."""
        with opened_backup(self.settings, wanted) as source:
            if self.drop is None:
                target = self.folder / name
                return await restore_folder(self.settings, source, key.encode(), target, silent)
            with private_folder(self.folder) as drafts:
                return await restore_to_database(
                    self.settings, source, key.encode(), name, drafts, silent
                )

    async def value(self, sql: str) -> object:
        """Return the first value of a query."""

        async def unit(connection: Connection) -> object:
            return await connection.fetch_value(sql)

        return await self.services.database.read(unit)

    def with_settings(self, **changes: object) -> Installation:
        """Return the same installation with other settings of backups."""
        backup = replace(self.settings.backup, **changes)  # type: ignore[arg-type]  # by name
        return replace(self, settings=replace(self.settings, backup=backup))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def installation(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Installation]:
    """Return an installation whose books are those of the demo."""
    if request.param == "sqlite":
        async with embedded(request, tmp_path) as made:
            yield made
        return
    databases = request.getfixturevalue("postgres_databases")
    server = databases.create_prepared("demo_for_backups", fill_postgres)
    environment = {**folder_environment(tmp_path), **environment_of(server)}
    settings = load_settings(environment)
    async with open_services(settings) as services:
        yield Installation(settings, services, tmp_path, databases.drop)
    databases.drop(server)


@asynccontextmanager
async def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Installation]:
    """Give the installation on SQLite."""
    filled = request.getfixturevalue("filled_folder")
    settings = load_settings(folder_environment(tmp_path))
    shutil.copytree(filled, settings.data_dir)
    async with open_services(settings) as services:
        yield Installation(settings, services, tmp_path)


@pytest.fixture
async def family(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Installation]:
    """Return the installation on SQLite alone."""
    async with embedded(request, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with the demo, to be copied; nobody has it open."""
    folder = tmp_path_factory.mktemp("backup") / "data"
    settings = load_settings({"PFH_DATA_DIR": str(folder)})
    folder.mkdir()
    runner.upgrade(settings.database.migration_url)
    with ThreadPoolExecutor(1) as thread:
        # The loop of the test that asks first is running in this one.
        thread.submit(asyncio.run, _fill(settings)).result()
    return folder


def fill_postgres(url: str) -> None:
    """Make the tables and the demo in a database."""
    runner.upgrade(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    asyncio.run(_fill(load_settings(environment_of(url))))


async def _fill(settings: Settings) -> None:
    async with open_services(settings, exclusive=False) as services:
        await create_demo_household(services)


def folder_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a hub below a folder."""
    return {
        "PFH_DATA_DIR": str(folder / "data"),
        "PFH_BACKUP_DIR": str(folder / "backups"),
        "PFH_BACKUP_KEY": KEY,
    }
