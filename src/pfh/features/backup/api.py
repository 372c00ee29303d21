"""What others may ask of backups: their records, their names, and how the hub stands."""

from __future__ import annotations

from pfh.features.backup.consumers import run as make_backups
from pfh.features.backup.keep_records import (
    BackupStanding,
    backup_standing,
    begin_due_backup,
    begin_record,
    finish_record,
    forget_backup_records,
    last_backup,
    last_drill,
    list_records,
    show_backups,
)
from pfh.features.backup.retention import (
    SUFFIX,
    backup_name,
    newest_first,
    superseded,
    taken_at_of,
)
from pfh.features.backup.store import BackupRecord, RecordKind
from pfh.features.backup.warn_administrators import warn_administrators

__all__ = (
    "SUFFIX",
    "BackupRecord",
    "BackupStanding",
    "RecordKind",
    "backup_name",
    "backup_standing",
    "begin_due_backup",
    "begin_record",
    "finish_record",
    "forget_backup_records",
    "last_backup",
    "last_drill",
    "list_records",
    "make_backups",
    "newest_first",
    "show_backups",
    "superseded",
    "taken_at_of",
    "warn_administrators",
)
