"""Restoring a backup of books on PostgreSQL into a new database: all of it, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import asyncpg

from pfh.adapters.backup.archive import Manifest, unpack
from pfh.adapters.backup.postgres_programs import PostgresProgramFailed, restore_database
from pfh.adapters.database.postgres_connection import PostgresConnection
from pfh.adapters.database.postgres_servers import RawConnection
from pfh.migrations.head import HEAD
from pfh.runtime.backup.copy_books import DUMP_MEMBER, Progress
from pfh.runtime.backup.copy_postgres import connect_to, postgres_place
from pfh.runtime.backup.facts import facts_of, require_equal
from pfh.runtime.backup.problems import BackupFailed, RestoreRefused
from pfh.runtime.backup.restored_books import RestoredBooks, prove_restored, restored_settings
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.settings import Settings

_KIND: Final = "postgres"
_JOBS: Final = 2
_EXISTS: Final = "SELECT 1 FROM pg_database WHERE datname = $1"
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


async def restore_to_database(  # noqa: PLR0913 -- each says something of its own
    settings: Settings,
    source: BinaryIO,
    key: bytes,
    name: str,
    folder: Path,
    progress: Progress,
) -> RestoredBooks:
    """Restore into a database of the server of the settings; it is made when it is missing.

    Args:
        settings: of an installation on PostgreSQL; its own database is not touched.
        source: the backup, read once.
        key: of the backup.
        name: of the new database.
        folder: a private one for the dump, with room for it.
        progress: hears of every step.

    Raises:
        RestoreRefused: the database has tables, or cannot be made, or the backup is of one file.
        BackupUnreadable, BackupFailed, RestoredBooksDiffer: a database that was made is gone again.
    """
    live = settings.database
    if not isinstance(live, PostgresSettings):
        raise RestoreRefused(
            "--to-database is for books on PostgreSQL, and POSTGRES_HOST is not set.",
            fix="Restore into a folder with --to-data-dir.",
        )
    progress("read the backup", 0, 1)
    manifest = await asyncio.to_thread(_unpack, source, key, folder)
    progress("read the backup", 1, 1)
    target = replace(live, database=name, read_places=())
    restored = restored_settings(settings, target)
    async with _new_database(live, target):
        progress("restore", 0, 1)
        try:
            await restore_database(postgres_place(target), folder / DUMP_MEMBER, jobs=_JOBS)
        except PostgresProgramFailed as error:
            raise BackupFailed(f"The dump could not be restored: {error}.") from error
        progress("restore", 1, 1)
        await _compare(target, manifest)
    if manifest.facts.revision != HEAD:
        from pfh.migrations import runner

        await asyncio.to_thread(runner.upgrade, target.migration_url)
    rebuild = settings.mongodb_uri is not None
    faults = await prove_restored(restored, rebuild=rebuild, progress=progress)
    return RestoredBooks(restored, manifest, faults)


async def drop_database(live: PostgresSettings, name: str) -> None:
    """Drop a database that a restore has made, whoever is still connected to it."""
    raw = await connect_to(live)
    try:
        await raw.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
    finally:
        await raw.close()


def quoted(name: str) -> str:
    """Return a name as SQL takes it for an identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _unpack(source: BinaryIO, key: bytes, folder: Path) -> Manifest:
    manifest = unpack(source, key, folder).manifest
    if manifest.kind != _KIND:
        raise RestoreRefused(
            "The backup is of books in one SQLite file.",
            fix="Restore it with --to-data-dir, then take the books along with `pfh move`.",
        )
    return manifest


@asynccontextmanager
async def _new_database(live: PostgresSettings, target: PostgresSettings) -> AsyncIterator[None]:
    """Make the database unless it is there and empty; what was made goes when the block fails."""
    made = await _made(live, target)
    try:
        yield
    except BaseException:
        if made:
            await asyncio.shield(drop_database(live, target.database))
        else:
            await asyncio.shield(_empty(target))
        raise


async def _made(live: PostgresSettings, target: PostgresSettings) -> bool:
    raw = await connect_to(live)
    try:
        if await raw.fetchval(_EXISTS, target.database) is None:
            await _create(raw, target)
            return True
    finally:
        await raw.close()
    raw = await connect_to(target)
    try:
        table = await raw.fetchval(_TABLES)
    finally:
        await raw.close()
    if table is not None:
        raise RestoreRefused(
            f"The database {target.database} has tables ({table}): a restore never goes over them.",
            fix="Name a new database, and exchange the two when the books are proven.",
        )
    return False


async def _create(raw: RawConnection, target: PostgresSettings) -> None:
    try:
        await raw.execute(f"CREATE DATABASE {quoted(target.database)} TEMPLATE template0")
    except asyncpg.InsufficientPrivilegeError as error:
        raise RestoreRefused(
            f"The role {target.user} may not make the database {target.database}.",
            fix="Let an administrator make it, owned by that role, then restore again.",
        ) from error


async def _empty(target: PostgresSettings) -> None:
    """Take half-restored tables out of a database that was there before."""
    raw = await connect_to(target)
    try:
        names = [str(row[0]) for row in await raw.fetch(_TABLES)]
        if names:
            await raw.execute(f"DROP TABLE {', '.join(map(quoted, names))} CASCADE")
    finally:
        await raw.close()


async def _compare(target: PostgresSettings, manifest: Manifest) -> None:
    raw = await connect_to(target)
    try:
        async with raw.transaction(isolation="repeatable_read", readonly=True):
            found = await facts_of(PostgresConnection(raw, may_write=False))  # type: ignore[arg-type]  # not of a pool
    finally:
        await raw.close()
    require_equal(manifest.facts, found)
