"""What can go wrong with a backup or a restore, and how to repair it."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class BackupNotConfigured(Problem):
    """No place of backups is set, or no key."""

    code = "backup_not_configured"
    kind = Kind.CONFLICT


class BackupUnavailable(Problem):
    """The place of the backups cannot be reached, refuses or is full."""

    code = "backup_place_unavailable"
    kind = Kind.UNAVAILABLE


class BackupRunning(Problem):
    """Another process makes a backup at the same place."""

    code = "backup_running"
    kind = Kind.CONFLICT


class BackupNotFound(Problem):
    """There is no such backup, or none at all."""

    code = "backup_not_found"
    kind = Kind.NOT_FOUND


class BackupFailed(Problem):
    """The books could not be copied, or the copy is not sound."""

    code = "backup_failed"


class RestoreRefused(Problem):
    """There is something at the place of the restore, or the backup is of another kind of books."""

    code = "restore_refused"
    kind = Kind.CONFLICT


class RestoredBooksDiffer(Problem):
    """What was restored is not what the manifest of the backup tells."""

    code = "restored_books_differ"
