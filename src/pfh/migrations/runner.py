"""Running the migrations on either dialect: up, status, down.

It is imported only by commands that need it, since Alembic and SQLAlchemy cost 0.3 s at import.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from pfh.migrations.metadata import metadata

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands: its revision, the newest, and those still to run, oldest first."""

    current: str | None
    head: str
    pending: tuple[tuple[str, str], ...]


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _with_connection(url: str, work: Callable[[sa.Connection], Result]) -> Result:
    """Run `work` on a connection that commits on success.

    `url` is `sqlite:///path` or `postgresql+asyncpg://…`.
    """
    if url.startswith("sqlite"):
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                # The driver begins no transaction for DDL by itself; we want all or nothing.
                result = work(connection)
                connection.commit()
                return result
        finally:
            engine.dispose()

    async def on_server() -> Result:
        server = create_async_engine(url)
        try:
            async with server.connect() as connection:
                result = await connection.run_sync(work)
                await connection.commit()
                return result
        finally:
            await server.dispose()

    return asyncio.run(on_server())


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to `revision`; each migration is one transaction."""
    _with_connection(url, lambda connection: command.upgrade(_config(connection), revision))


def rollback(url: str, revision: str = "-1") -> None:
    """Undo the last migration, or go back to `revision` (`base` empties the database)."""
    _with_connection(url, lambda connection: command.downgrade(_config(connection), revision))


def status(url: str) -> Status:
    """Say what is applied and what is pending; changes nothing."""

    def look(connection: sa.Connection) -> Status:
        script = ScriptDirectory.from_config(_config(connection))
        current = MigrationContext.configure(connection).get_current_revision()
        head = script.get_current_head() or ""
        pending = [
            (item.revision, (item.doc or "").splitlines()[0])
            for item in script.iterate_revisions(head, current)
            if item.revision != current
        ]
        return Status(current, head, tuple(reversed(pending)))

    return _with_connection(url, look)


def differences(url: str) -> list[object]:
    """List what the tables in the code have and the database lacks, or the other way round."""

    def compare(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    return _with_connection(url, compare)
