"""Making one backup: copy, seal, read it back, hand it over, and let older ones go.

A backup is listed only after it was read from its first byte to its last, with its key, and what
was read had the digests of what was copied.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from pfh.adapters.backup.archive import FORMAT, Manifest, pack, unpack
from pfh.features.backup import api as backups
from pfh.features.backup.api import BackupRecord
from pfh.observability.failpoints import reached
from pfh.observability.logging import get_logger
from pfh.ports.backup_store import BackupStore
from pfh.ports.services import Services
from pfh.runtime.backup.copy_books import CopiedBooks, Progress, copy_books
from pfh.runtime.backup.place import (
    backup_key,
    backup_store,
    disk_told,
    private_folder,
    told_plainly,
    words_of,
)
from pfh.runtime.backup.problems import BackupFailed
from pfh.runtime.build import VERSION
from pfh.runtime.settings import Settings

_LOGGER: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that is in the store; `length` is its bytes, `removed` those that it supersedes."""

    name: str
    place: str
    length: int
    manifest: Manifest
    removed: tuple[str, ...]


async def make_backup(
    settings: Settings,
    services: Services,
    progress: Progress,
    *,
    record: BackupRecord | None = None,
) -> MadeBackup:
    """Make a backup and record how it ended.

    Args:
        settings: where the books are and where the backups go.
        services: of the same installation.
        progress: hears of every step.
        record: one that was begun already.

    Raises:
        Problem, DatabaseError: nothing is in the store then, and nothing was removed.
    """
    store, key = backup_store(settings), backup_key(settings)
    record = record or await backups.begin_record(services, "backup")
    watched = _Stoppable(progress)
    try:
        made = await _make(settings, services, store, key, watched)
    except BaseException as error:
        watched.stop()
        _LOGGER.failure("backup_failed", error)
        failed = replace(record, state="failed", error=words_of(error))
        await asyncio.shield(backups.finish_record(services, failed))
        raise
    await backups.finish_record(
        services,
        replace(
            record,
            state="done",
            backup=made.name,
            taken_at=made.manifest.taken_at,
            length=made.length,
            entries=made.manifest.facts.entries,
        ),
    )
    _LOGGER.info(
        "backup_made",
        backup_name=made.name,
        length_bytes=made.length,
        removed_count=len(made.removed),
    )
    return made


async def _make(
    settings: Settings, services: Services, store: BackupStore, key: bytes, progress: Progress
) -> MadeBackup:
    with told_plainly():
        parent = await asyncio.to_thread(store.draft_folder)
        # What can be read without the key never leaves the disk of the books.
        with (
            disk_told(parent),
            private_folder(settings.data_dir) as folder,
            private_folder(parent) as drafts,
        ):
            copied = await copy_books(settings, services, folder, progress)
            sealed = drafts / "sealed"
            manifest = await asyncio.to_thread(_seal, sealed, key, copied, progress)
            reached("backup.sealed")
            length = sealed.stat().st_size
            name = backups.backup_name(manifest.taken_at)
            if store.renames:
                with sealed.open("rb") as file:
                    await asyncio.to_thread(_prove, file, key, manifest, length, progress)
            reached("backup.proven")
            await asyncio.to_thread(store.put, name, sealed)
            if not store.renames:
                with _removed_unless_whole(store, name), store.open(name) as file:
                    await asyncio.to_thread(_prove, file, key, manifest, length, progress)
        removed = await asyncio.to_thread(_let_go, settings, store)
    return MadeBackup(name, store.place, length, manifest, removed)


def _seal(sealed: Path, key: bytes, copied: CopiedBooks, progress: Progress) -> Manifest:
    draft = Manifest(
        format=FORMAT,
        kind=copied.kind,
        program=VERSION,
        taken_at=copied.taken_at,
        facts=copied.facts,
        members={},
        missing_objects=copied.missing_objects,
    )
    counted = _Counted("seal", sum(path.stat().st_size for path in copied.members.values()))
    descriptor = os.open(sealed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        manifest = pack(file, key, copied.members, draft, lambda size: counted(size, progress))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _prove(file: BinaryIO, key: bytes, manifest: Manifest, length: int, progress: Progress) -> None:
    """Read a backup to its end; it must hold exactly what was put into it."""
    counted = _Counted("read it back", length)
    found = unpack(file, key, None, lambda size: counted(size, progress)).manifest
    if found != manifest:
        raise BackupFailed("The backup does not hold what was put into it.")


@contextmanager
def _removed_unless_whole(store: BackupStore, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.delete(name)
        raise


def _let_go(settings: Settings, store: BackupStore) -> tuple[str, ...]:
    chosen = settings.backup
    removed = backups.superseded(
        store.names(),
        daily=chosen.keep_daily,
        weekly=chosen.keep_weekly,
        monthly=chosen.keep_monthly,
    )
    for name in removed:
        store.delete(name)
    return tuple(removed)


class _Stoppable:
    """A progress that ends the threads that report to it, which nobody could cancel otherwise."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def __call__(self, step: str, done: int, total: int) -> None:
        if self._stopped:
            message = "the backup was given up"
            raise InterruptedError(message)
        self._progress(step, done, total)


class _Counted:
    """Adds steps up for a progress that wants to know how far it is."""

    def __init__(self, step: str, total: int) -> None:
        self._step = step
        self._total = total
        self._done = 0

    def __call__(self, count: int, progress: Progress) -> None:
        self._done += count
        progress(self._step, self._done, self._total)
