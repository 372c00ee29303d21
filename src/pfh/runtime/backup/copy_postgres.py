"""Copying the books of a PostgreSQL server: dump and facts of one snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pfh.adapters.backup.postgres_programs import (
    PostgresPlace,
    PostgresProgramFailed,
    dump_database,
    dump_globals,
    listed_tables,
)
from pfh.adapters.database.postgres_connection import PostgresConnection, prepare_connection
from pfh.adapters.database.postgres_servers import FAILURES, PostgresServers, RawConnection
from pfh.ports.database import DatabaseUnavailable, Result, Unit
from pfh.runtime.backup.problems import BackupFailed
from pfh.runtime.postgres_settings import PostgresSettings

_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
# The session waits, in its transaction, for as long as the dump takes.
_SESSION: Final = {
    "application_name": "pfh-backup",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "jit": "off",
}


def postgres_place(database: PostgresSettings) -> PostgresPlace:
    """Return the settings as the client programs take them."""
    return PostgresPlace(
        places=database.places,
        database=database.database,
        user=database.user,
        password=database.password,
        tls=database.tls,
        ca_file=database.ca_file,
    )


async def connect_to(database: PostgresSettings) -> RawConnection:
    """Connect to the server that takes the writes, for longer than a request may.

    Raises:
        DatabaseUnavailable: none answers.
    """
    try:
        raw = await PostgresServers(database.url, "primary").connect(
            timeout=10, server_settings=_SESSION
        )
        await prepare_connection(raw)
    except FAILURES as error:
        raise DatabaseUnavailable(f"{database.address}: {error}") from error
    return raw


async def copy_postgres(
    database: PostgresSettings, members: dict[str, Path], unit: Unit[Result]
) -> Result:
    """Dump the database and the roles, and return what `unit` says of the very same snapshot.

    Raises:
        BackupFailed: a program failed, or a table is not in the dump.
    """
    dump, roles = members.values()
    place = postgres_place(database)
    raw = await connect_to(database)
    try:
        async with raw.transaction(isolation="repeatable_read", readonly=True):
            snapshot = str(await raw.fetchval("SELECT pg_export_snapshot()"))
            await dump_database(place, dump, snapshot=snapshot)
            tables = {str(row[0]) for row in await raw.fetch(_TABLES)}
            result = await unit(PostgresConnection(raw, may_write=False))  # type: ignore[arg-type]  # not of a pool
        await dump_globals(place, roles)
        lacking = sorted(tables - await listed_tables(place, dump))
    except PostgresProgramFailed as error:
        raise BackupFailed(f"The database could not be dumped: {error}.") from error
    except FAILURES as error:
        raise DatabaseUnavailable(f"{database.address}: {error}") from error
    finally:
        await raw.close()
    if lacking:
        raise BackupFailed(f"The dump lacks the table {lacking[0]}.")
    return result
