"""The SQL of the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pfh.ports.database import Connection, Row

RecordKind: TypeAlias = Literal["backup", "drill"]
RecordState: TypeAlias = Literal["running", "done", "failed"]
_COLUMNS = """record_id, kind, state, started_at, ended_at, backup, taken_at, length, entries, rpo,
    rto, error"""
_INSERT = """
    INSERT INTO backup_records (record_id, kind, state, started_at, backup)
    VALUES ($1, $2, 'running', $3, $4)"""
_FINISH = """
    UPDATE backup_records SET state = $2, ended_at = $3, backup = $4, taken_at = $5, length = $6,
        entries = $7, rpo = $8, rto = $9, error = $10
    WHERE record_id = $1"""
_NEWEST = f"""
    SELECT {_COLUMNS} FROM backup_records WHERE kind = $1 AND state = $2
    ORDER BY started_at DESC LIMIT 1"""
_LIST = f"""
    SELECT {_COLUMNS} FROM backup_records WHERE kind = $1 ORDER BY started_at DESC LIMIT $2"""
_FORGET = "DELETE FROM backup_records WHERE started_at < $1"
# Whoever decides from these rows that a backup is due must be alone with them.
_ALONE = "LOCK TABLE backup_records IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRecord:
    """One backup or drill; instants and durations in microseconds, `length` in bytes.

    `taken_at` is the instant of the books in the backup, `rpo` how much of the newest work was not
    in it, `rto` how long it took until the restored books were proven.
    """

    record_id: int
    kind: RecordKind
    state: RecordState
    started_at: int
    ended_at: int | None = None
    backup: str = ""
    taken_at: int | None = None
    length: int | None = None
    entries: int | None = None
    rpo: int | None = None
    rto: int | None = None
    error: str | None = None


async def hold_records(connection: Connection) -> None:
    """Keep other processes from deciding at the same time; until the unit ends."""
    if connection.dialect == "postgres":
        await connection.execute(_ALONE)


async def insert_record(connection: Connection, record: BackupRecord) -> None:
    """Note that a backup or a drill begins."""
    await connection.execute(
        _INSERT, record.record_id, record.kind, record.started_at, record.backup
    )


async def finish_record(connection: Connection, record: BackupRecord) -> None:
    """Note how it ended."""
    await connection.execute(
        _FINISH,
        record.record_id,
        record.state,
        record.ended_at,
        record.backup,
        record.taken_at,
        record.length,
        record.entries,
        record.rpo,
        record.rto,
        record.error,
    )


async def newest_record(
    connection: Connection, kind: RecordKind, state: RecordState
) -> BackupRecord | None:
    """Return the one that began last, or None."""
    row = await connection.fetch_one(_NEWEST, kind, state)
    return None if row is None else _record(row)


async def list_records(
    connection: Connection, kind: RecordKind, *, limit: int
) -> Sequence[BackupRecord]:
    """Return the newest ones."""
    return [_record(row) for row in await connection.fetch_all(_LIST, kind, limit)]


async def forget_records(connection: Connection, *, before: int) -> int:
    """Delete the records of what began before an instant."""
    return await connection.execute(_FORGET, before)


def _record(row: Row) -> BackupRecord:
    return BackupRecord(**dict(zip(BackupRecord.__dataclass_fields__, row, strict=True)))
