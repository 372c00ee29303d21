"""The drill: the newest backup is restored into a new place and proven, and both are thrown away.

A backup that was never restored is a hope. What the drill measures is recorded in the books, so
that every process tells it and an alert can speak up when it was too long ago.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from pfh.features.backup import api as backups
from pfh.observability.logging import get_logger
from pfh.ports.backup_store import BackupStore
from pfh.ports.database import Connection
from pfh.ports.services import Services
from pfh.runtime.backup.copy_books import Progress
from pfh.runtime.backup.facts import newest_event_at
from pfh.runtime.backup.place import (
    LATEST,
    backup_key,
    backup_store,
    chosen_backup,
    disk_told,
    private_folder,
    told_plainly,
    words_of,
)
from pfh.runtime.backup.problems import RestoredBooksDiffer
from pfh.runtime.backup.restore_folder import restore_folder
from pfh.runtime.backup.restored_books import RestoredBooks
from pfh.runtime.backup_settings import BackupSettings
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.settings import Settings

_LOGGER: Final = get_logger(__name__)
_MICROSECONDS: Final = 1_000_000
# The newest log that is in the archive; NULL where nothing is archived, or the last try failed.
_ARCHIVED_AT: Final = """
    SELECT (EXTRACT(EPOCH FROM last_archived_time) * 1000000)::bigint FROM pg_stat_archiver
    WHERE current_setting('archive_mode') <> 'off'
        AND (last_failed_time IS NULL OR last_failed_time < last_archived_time)"""


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill has measured; times in microseconds."""

    backup: str
    entries: int
    taken_at: int
    rpo: int
    rto: int


async def run_drill(
    settings: Settings, services: Services, progress: Progress, *, wanted: str = LATEST
) -> Drill:
    """Restore a backup into a throwaway place, prove it, and record what it took.

    Raises:
        Problem, DatabaseError: the drill failed, and that is recorded.
    """
    store, key = backup_store(settings), backup_key(settings)
    record = await backups.begin_record(services, "drill")
    begun = time.monotonic()
    name = ""
    try:
        with told_plainly():
            name = await asyncio.to_thread(chosen_backup, store, wanted)
            restored = await _restore(settings, store, name, key, progress)
        rto = int((time.monotonic() - begun) * _MICROSECONDS)
        taken_at = restored.manifest.taken_at
        rpo = await _work_lost(services, taken_at)
    except BaseException as error:
        _LOGGER.failure("backup_drill_failed", error, backup_name=name)
        failed = replace(record, state="failed", backup=name, error=words_of(error))
        await asyncio.shield(backups.finish_record(services, failed))
        raise
    entries = restored.manifest.facts.entries
    done = replace(
        record, state="done", backup=name, taken_at=taken_at, entries=entries, rpo=rpo, rto=rto
    )
    await backups.finish_record(services, done)
    _LOGGER.info("backup_drill_done", backup_name=name, entry_count=entries)
    return Drill(name, entries, taken_at, rpo, rto)


async def _restore(
    settings: Settings, store: BackupStore, name: str, key: bytes, progress: Progress
) -> RestoredBooks:
    parent = await asyncio.to_thread(_drill_folder, settings)
    with disk_told(parent), private_folder(parent) as folder, store.open(name) as source:
        restored = await _restore_into(settings, source, key, folder, progress)
    if restored.faults:
        raise RestoredBooksDiffer(f"The restored books have a fault: {restored.faults[0]}.")
    return restored


async def _restore_into(
    settings: Settings, source: BinaryIO, key: bytes, folder: Path, progress: Progress
) -> RestoredBooks:
    if not isinstance(settings.database, PostgresSettings):
        return await restore_folder(settings, source, key, folder / "restored", progress)
    from pfh.runtime.backup.restore_database import drop_database, restore_to_database

    name = f"pfh_drill_{secrets.token_hex(8)}"
    database = _as_drill_role(settings.database, settings.backup)
    settings = replace(settings, database=database)
    try:
        return await restore_to_database(settings, source, key, name, folder, progress)
    finally:
        await asyncio.shield(drop_database(database, name))


def _as_drill_role(live: PostgresSettings, backup: BackupSettings) -> PostgresSettings:
    """Return the server as the role of drills sees it, when there is one."""
    if backup.drill_user is None:
        return live
    return replace(live, user=backup.drill_user, password=backup.drill_password or "")


def _drill_folder(settings: Settings) -> Path:
    # Apart from the drafts of the backups, so that the hub may make one meanwhile.
    folder = settings.data_dir / "drill"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def _work_lost(services: Services, taken_at: int) -> int:
    """Return for how long work was done that no backup and no archive has; 0 when none was."""

    async def unit(connection: Connection) -> int:
        saved = taken_at
        if connection.dialect == "postgres":
            saved = max(saved, await connection.fetch_value(_ARCHIVED_AT) or 0)
        newest = await newest_event_at(connection)
        return services.clock.now() - saved if newest > saved else 0

    return await services.database.read(unit)
