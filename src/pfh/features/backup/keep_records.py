"""Keeping the records of backups and drills, and telling the newest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pfh.features.backup import store
from pfh.features.backup.store import BackupRecord, RecordKind
from pfh.observability import backup_metrics as metrics
from pfh.ports.database import Connection, Database, DatabaseError
from pfh.ports.services import Services

RECORDS_KEPT_DAYS: Final = 400
ERROR_CHARACTERS_MAX: Final = 500
# A process that died with a backup leaves its record running: after so long nobody waits for it.
RUNNING_HOURS_MAX: Final = 6
_MICROSECONDS_PER_SECOND: Final = 1_000_000
_MICROSECONDS_PER_HOUR: Final = 3_600 * _MICROSECONDS_PER_SECOND
_RETRY_HOURS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStanding:
    """The newest backup and drill that succeeded, and those that failed; None when never."""

    last_backup: BackupRecord | None
    last_failed_backup: BackupRecord | None
    last_drill: BackupRecord | None
    last_failed_drill: BackupRecord | None


async def begin_record(services: Services, kind: RecordKind) -> BackupRecord:
    """Note that a backup or a drill begins, and return its record."""
    record = _new(services, kind)
    await services.database.write(lambda connection: store.insert_record(connection, record))
    return record


async def begin_due_backup(services: Services, *, every_hours: int) -> BackupRecord | None:
    """Return the record of a backup that this process is to make now, None when none is due.

    Of several processes one gets it. A backup that failed is tried again after an hour.
    """
    record = _new(services, "backup")

    async def unit(connection: Connection) -> BackupRecord | None:
        await store.hold_records(connection)
        for state, hours in (
            ("done", every_hours),
            ("running", RUNNING_HOURS_MAX),
            ("failed", min(every_hours, _RETRY_HOURS)),
        ):
            found = await store.newest_record(connection, "backup", state)  # type: ignore[arg-type]
            since = record.started_at - hours * _MICROSECONDS_PER_HOUR
            if found is not None and found.started_at > since:
                return None
        await store.insert_record(connection, record)
        return record

    return await services.database.write(unit)


async def finish_record(services: Services, record: BackupRecord) -> None:
    """Note how a backup or a drill ended; the record tells it, apart from the instant."""
    error = None if record.error is None else record.error[:ERROR_CHARACTERS_MAX]
    ended = replace(record, ended_at=services.clock.now(), error=error)
    await services.database.write(lambda connection: store.finish_record(connection, ended))


async def list_records(
    services: Services, kind: RecordKind, *, limit: int
) -> Sequence[BackupRecord]:
    """Return the newest backups or drills, the newest first."""
    return await services.database.read(
        lambda connection: store.list_records(connection, kind, limit=limit)
    )


async def backup_standing(database: Database) -> BackupStanding:
    """Return the newest of each kind."""
    return await database.read(read_standing)


async def read_standing(connection: Connection) -> BackupStanding:
    """Return the newest of each kind; a unit of work."""
    return BackupStanding(
        last_backup=await store.newest_record(connection, "backup", "done"),
        last_failed_backup=await store.newest_record(connection, "backup", "failed"),
        last_drill=await store.newest_record(connection, "drill", "done"),
        last_failed_drill=await store.newest_record(connection, "drill", "failed"),
    )


async def last_backup(services: Services) -> BackupRecord | None:
    """Return the newest backup that was made and verified."""
    return (await backup_standing(services.database)).last_backup


async def last_drill(services: Services) -> BackupRecord | None:
    """Return the newest drill that succeeded."""
    return (await backup_standing(services.database)).last_drill


async def show_backups(database: Database) -> None:
    """Set the gauges from the records, so that every process tells the same.

    Without the books they stay as they were: the other metrics are wanted all the more then.
    """
    try:
        standing = await backup_standing(database)
    except DatabaseError:
        return
    for gauge, record in (
        (metrics.BACKUP_LAST_SUCCESS, standing.last_backup),
        (metrics.BACKUP_LAST_FAILURE, standing.last_failed_backup),
        (metrics.BACKUP_LAST_DRILL, standing.last_drill),
        (metrics.BACKUP_LAST_DRILL_FAILURE, standing.last_failed_drill),
    ):
        gauge.set(0 if record is None else (record.ended_at or 0) / _MICROSECONDS_PER_SECOND)
    if standing.last_backup is not None:
        metrics.BACKUP_SIZE.set(standing.last_backup.length or 0)
    if standing.last_drill is not None:
        metrics.BACKUP_DRILL_RTO.set((standing.last_drill.rto or 0) / _MICROSECONDS_PER_SECOND)
        metrics.BACKUP_RPO.set((standing.last_drill.rpo or 0) / _MICROSECONDS_PER_SECOND)


async def forget_backup_records(services: Services) -> int:
    """Delete records that are more than a year old and return how many."""
    before = services.clock.now() - RECORDS_KEPT_DAYS * 24 * _MICROSECONDS_PER_HOUR
    return await services.database.write(
        lambda connection: store.forget_records(connection, before=before)
    )


def _new(services: Services, kind: RecordKind) -> BackupRecord:
    return BackupRecord(
        record_id=services.identifiers.next(),
        kind=kind,
        state="running",
        started_at=services.clock.now(),
    )
