"""Restoring a backup of an embedded hub into a new data folder: all of it, or nothing."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from pfh.adapters.backup.archive import Manifest, unpack
from pfh.adapters.database.sqlite_snapshot import read_sqlite_copy, sqlite_faults
from pfh.migrations.head import HEAD
from pfh.runtime.backup.copy_books import SQLITE_MEMBER, Progress
from pfh.runtime.backup.facts import facts_of, require_equal
from pfh.runtime.backup.place import disk_told
from pfh.runtime.backup.problems import RestoredBooksDiffer, RestoreRefused
from pfh.runtime.backup.restored_books import RestoredBooks, prove_restored, restored_settings
from pfh.runtime.settings import Settings, SqliteSettings

_KIND: Final = "sqlite"


async def restore_folder(
    settings: Settings, source: BinaryIO, key: bytes, target: Path, progress: Progress
) -> RestoredBooks:
    """Restore into a folder that is new or empty; then prove the books.

    Args:
        settings: of the program that restores; its own books are not touched.
        source: the backup, read once; its length is known when it is a file.
        key: of the backup.
        target: the new data folder.
        progress: hears of every step.

    Raises:
        RestoreRefused: there is something in the folder, or the backup is not of an embedded hub.
        BackupUnreadable, RestoredBooksDiffer: nothing is left behind.
    """
    _require_empty(target)
    with disk_told(target.parent), _appearing_whole(target) as draft:
        manifest = await asyncio.to_thread(_unpack, source, key, draft, progress)
    database = SqliteSettings(path=target / SQLITE_MEMBER)
    restored = replace(restored_settings(settings, database), data_dir=target)
    if manifest.facts.revision != HEAD:
        from pfh.migrations import runner

        await asyncio.to_thread(runner.upgrade, database.migration_url)
    faults = await prove_restored(restored, rebuild=False, progress=progress)
    return RestoredBooks(restored, manifest, faults)


def _unpack(source: BinaryIO, key: bytes, draft: Path, progress: Progress) -> Manifest:
    done, total = 0, _length(source)

    def advance(size: int) -> None:
        nonlocal done
        done += size
        progress("read the backup", done, max(done, total))

    manifest = unpack(source, key, draft, advance).manifest
    if manifest.kind != _KIND:
        raise RestoreRefused(
            "The backup is of books on PostgreSQL.",
            fix="Restore it with `pfh restore … --to-database NAME`, POSTGRES_HOST being set.",
        )
    progress("compare", 0, 1)
    faults = sqlite_faults(draft / SQLITE_MEMBER)
    if faults:
        raise RestoredBooksDiffer(f"The restored books are damaged: {faults[0]}.")
    require_equal(manifest.facts, read_sqlite_copy(draft / SQLITE_MEMBER, facts_of))
    progress("compare", 1, 1)
    return manifest


def _length(source: BinaryIO) -> int:
    try:
        return os.fstat(source.fileno()).st_size
    except OSError:
        return 0


def _require_empty(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RestoreRefused(
            f"{target} is not empty: a restore never goes over what is there.",
            fix="Name a new folder, and exchange the two when the books are proven.",
        )


@contextmanager
def _appearing_whole(target: Path) -> Iterator[Path]:
    """Give a private folder beside the target, which becomes the target when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restore-{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700)
    try:
        yield draft
        _settle(draft)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _settle(draft: Path) -> None:
    """Make every file and every name in a folder durable."""
    for path in (*draft.rglob("*"), draft, draft.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
