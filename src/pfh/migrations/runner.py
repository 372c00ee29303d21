"""Running the migrations on either dialect: up, status, down; and their SQL for reviewers.

It is imported only by commands that need it, since Alembic and SQLAlchemy cost 0.3 s at import.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
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
from pfh.migrations.locks import patiently
from pfh.migrations.metadata import metadata
from pfh.migrations.patience import PATIENCE_SECONDS, Tell

Result = TypeVar("Result")
SCRIPTS: Final = Path(__file__).parent / "versions"
_FILE_SECONDS: Final = 2
# Two hubs that are started together migrate one after the other, and the second finds it done.
_TURN: Final = "SELECT pg_advisory_lock(5067243176294)"
# Beyond the patience that the one before may need for its locks.
_TURN_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands: its revision, the newest, and those still to run, oldest first."""

    current: str | None
    head: str
    pending: tuple[tuple[str, str], ...]


def _config(connection: sa.Connection | None, output: StringIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(SCRIPTS))
    # Else a blank in the path of the installation would make two places of it.
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def _say_nothing(_line: str) -> None:
    pass


def _with_connection(
    url: str,
    work: Callable[[sa.Connection], Result],
    *,
    alone: bool = False,
    patience: float = PATIENCE_SECONDS,
    tell: Tell = _say_nothing,
) -> Result:
    """Run `work` on a connection, `alone` after all others that asked to be.

    On a server it is tried again for `patience` seconds while others hold what it must lock.
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
                    seconds = round(patience) + _TURN_SECONDS
                    await connection.execute(sa.text(f"SET lock_timeout = '{seconds}s'"))
                    # The turn is the session's: it outlasts each migration's commit.
                    await connection.execute(sa.text(_TURN))
                return await patiently(connection, work, patience, tell)
        finally:
            await server.dispose()

    return asyncio.run(on_server())


def _on_file(url: str, work: Callable[[sa.Connection], Result]) -> Result:
    engine = sa.create_engine(url, connect_args={"timeout": _FILE_SECONDS})
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


def upgrade(
    url: str,
    revision: str = "head",
    *,
    patience: float = PATIENCE_SECONDS,
    tell: Tell = _say_nothing,
) -> None:
    """Bring a database to `revision`, or by `+1`; each migration is one transaction.

    Raises:
        LockNotGranted: a table was held for `patience` seconds; `tell` got a line at each try.
    """
    _must_be_repeatable(revision)
    _with_connection(
        url,
        lambda connection: command.upgrade(_config(connection), revision),
        alone=True,
        patience=patience,
        tell=tell,
    )


def rollback(
    url: str,
    revision: str = "-1",
    *,
    patience: float = PATIENCE_SECONDS,
    tell: Tell = _say_nothing,
) -> None:
    """Undo the last migration, or go back to `revision` (`base` empties the database).

    Raises:
        LockNotGranted: as `upgrade`.
    """
    _must_be_repeatable(revision)
    _with_connection(
        url,
        lambda connection: command.downgrade(_config(connection), revision),
        alone=True,
        patience=patience,
        tell=tell,
    )


def _must_be_repeatable(revision: str) -> None:
    # Two steps of which one is done would be two more when they are tried again.
    if revision[:1] in {"+", "-"} and revision[1:] != "1":
        raise ValueError(f"{revision} steps: go one step, or name the revision to arrive at")


def sql_of(revision: str) -> str:
    """Return what one migration runs on PostgreSQL, upwards; needs no server."""
    output = StringIO()
    config = _config(None, output)
    script = ScriptDirectory.from_config(config).get_revision(revision)
    # Ours are one line, never a merge of two.
    command.upgrade(config, f"{script.down_revision or 'base'}:{revision}", sql=True)
    return output.getvalue()


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
