"""Opening the place of the backups that the settings name."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pfh.core.errors import Problem
from pfh.features.backup import api as backups
from pfh.ports.backup_store import BackupMissing, BackupStore, BackupStoreUnavailable
from pfh.runtime.backup.problems import (
    BackupNotConfigured,
    BackupNotFound,
    BackupRunning,
    BackupUnavailable,
)

if TYPE_CHECKING:
    from pfh.runtime.settings import Settings

DRAFTS: Final = ".pfh-drafts"
LATEST: Final = "latest"
_LOCK: Final = ".lock"


def backup_key(settings: Settings) -> bytes:
    """Return the key of the backups, or raise `BackupNotConfigured`."""
    if settings.backup.key is None:
        raise BackupNotConfigured(
            "PFH_BACKUP_KEY is missing: nobody can read a backup without its key.",
            fix="Name the file that holds it in PFH_BACKUP_KEY_FILE.",
        )
    return settings.backup.key


def backup_store(settings: Settings) -> BackupStore:
    """Return the store of the settings, or raise `BackupNotConfigured`."""
    chosen = settings.backup
    if chosen.s3_prefix is not None and settings.servers.s3 is not None:
        from pfh.adapters.backup.s3_store import S3Backups
        from pfh.runtime.server_options import s3_options

        drafts = settings.data_dir / "backup"
        return S3Backups(s3_options(settings.servers.s3), chosen.s3_prefix, drafts)
    if chosen.folder is not None:
        from pfh.adapters.backup.directory_store import DirectoryBackups

        return DirectoryBackups(chosen.folder)
    raise BackupNotConfigured(
        "There is no place for backups yet.",
        fix="Set PFH_BACKUP_DIR to a folder on another disk, and PFH_BACKUP_KEY_FILE to its key.",
    )


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what a store raises into a problem with words for a person."""
    try:
        yield
    except BackupStoreUnavailable as error:
        raise BackupUnavailable(
            f"The backups cannot be reached: {error}.", fix="Repair that, then try again."
        ) from error
    except BackupMissing as error:
        raise BackupNotFound(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


@contextmanager
def disk_told(folder: Path) -> Iterator[None]:
    """Turn a disk that is full or refuses into a problem with words for a person."""
    try:
        yield
    except OSError as error:
        raise BackupUnavailable(
            f"{folder} cannot be written: {error.strerror or error}.",
            fix="A backup needs room for the books and for their sealed copy.",
        ) from error


def words_of(error: BaseException) -> str:
    """Return what is recorded of a failure: a problem's own words, else the error's kind, too."""
    if isinstance(error, Problem):
        return error.detail
    return f"{type(error).__name__}: {error}".removesuffix(": ")


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """Hold the drafts of a folder, and give a new private one that is removed at the end.

    What a process that was killed has left there is removed first: it is nobody's any more.

    Raises:
        BackupRunning: another process has drafts there.
    """
    drafts = parent / DRAFTS
    drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(drafts / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRunning(
                f"Another process makes a backup or a drill in {parent}.",
                fix="Wait until it is done.",
            ) from None
        for left in drafts.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
        made = drafts / secrets.token_hex(8)
        made.mkdir(mode=0o700)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
    finally:
        os.close(descriptor)


def chosen_backup(store: BackupStore, wanted: str) -> str:
    """Return the name of a backup in a store: the one that is wanted, or the newest for `latest`.

    Raises:
        BackupNotFound: there is none.
    """
    names = backups.newest_first(store.names())
    if wanted == LATEST and names:
        return names[0]
    if wanted in names:
        return wanted
    what = "no backup" if wanted == LATEST else f"no backup {wanted}"
    raise BackupNotFound(f"There is {what} in {store.place}.", fix="`pfh backup list` shows them.")


@contextmanager
def opened_backup(settings: Settings, wanted: str) -> Iterator[BinaryIO]:
    """Open a backup by its path, else by its name in the store, else the `latest` one."""
    path = Path(wanted).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            yield file
        return
    if os.sep in wanted:
        raise BackupNotFound(f"There is no file {path}.")
    with told_plainly():
        store = backup_store(settings)
        with store.open(chosen_backup(store, wanted)) as file:
            yield file
