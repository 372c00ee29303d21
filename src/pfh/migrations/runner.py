"""Running the migrations on either dialect: up, status, down.

It is imported only by commands that need it, since Alembic and SQLAlchemy cost 0.3 s at import.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from pfh.adapters.database.postgres_servers import PostgresServers, RawConnection
from pfh.migrations.metadata import metadata

Result = TypeVar("Result")
SCRIPTS: Final = Path(__file__).parent / "versions"
# A migration that cannot get its lock gives up, because every request would queue behind it.
LOCK_SECONDS: Final = 2
# Two hubs that are started together migrate one after the other, and the second finds it done.
_TURN: Final = "SELECT pg_advisory_lock(5067243176294)"
_TURN_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands: its revision, the newest, and those still to run, oldest first."""

    current: str | None
    head: str
    pending: tuple[tuple[str, str], ...]


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(SCRIPTS))
    # Else a blank in the path of the installation would make two places of it.
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def _with_connection(
    url: str, work: Callable[[sa.Connection], Result], *, alone: bool = False
) -> Result:
    """Run `work` on a connection, `alone` after all others that asked to be.

    `url` is `sqlite:///path` or `postgresql+asyncpg://…`, which may name several hosts.
    """
    if url.startswith("sqlite"):
        return _on_file(url, work)

    async def on_server() -> Result:
        servers = PostgresServers(url, "primary")

        async def connect() -> RawConnection:
            return await servers.connect(server_settings={"application_name": "pfh-migrate"})

        server = create_async_engine("postgresql+asyncpg://", async_creator=connect)
        try:
            async with server.connect() as connection:
                if alone:
                    await connection.execute(sa.text(f"SET lock_timeout = '{_TURN_SECONDS}s'"))
                    await connection.execute(sa.text(_TURN))
                await connection.execute(sa.text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
                # The limit and the turn are the session's: they outlast each migration's commit.
                await connection.commit()
                result = await connection.run_sync(work)
                await connection.commit()
                return result
        finally:
            await server.dispose()

    return asyncio.run(on_server())


def _on_file(url: str, work: Callable[[sa.Connection], Result]) -> Result:
    engine = sa.create_engine(url, connect_args={"timeout": LOCK_SECONDS})
    # Python's driver begins a transaction before INSERT and its kin, never before CREATE TABLE, so
    # a migration that fails would leave half of itself. We begin it ourselves.
    sa.event.listen(engine, "connect", _leave_transactions_to_us)
    sa.event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            result = work(connection)
            connection.commit()
            return result
    finally:
        engine.dispose()


def _leave_transactions_to_us(raw: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own
    raw.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to `revision`; each migration is one transaction."""
    _with_connection(
        url, lambda connection: command.upgrade(_config(connection), revision), alone=True
    )


def rollback(url: str, revision: str = "-1") -> None:
    """Undo the last migration, or go back to `revision` (`base` empties the database)."""
    _with_connection(
        url, lambda connection: command.downgrade(_config(connection), revision), alone=True
    )


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
