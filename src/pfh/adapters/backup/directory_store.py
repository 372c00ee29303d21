"""The backup store in a folder: another disk, or one that a machine elsewhere shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pfh.ports.backup_store import BackupMissing, BackupStoreUnavailable

if TYPE_CHECKING:
    from pfh.ports.backup_store import BackupStore


class DirectoryBackups:
    """Keeps backups in one folder, beside whatever else is there."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first backup is."""
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder's path."""
        return str(self._folder)

    @property
    def renames(self) -> bool:
        """Always: a draft lies on the same disk."""
        return True

    def draft_folder(self) -> Path:
        """Return the folder itself, so that a draft needs a new name and no second copy."""
        with _told(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    def put(self, name: str, draft: Path) -> None:
        """Give the draft its name; the name is durable when this returns."""
        with _told(self._folder):
            descriptor = os.open(draft, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            draft.rename(self._folder / name)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def names(self) -> list[str]:
        """Return the names of all files in the folder."""
        if not self._folder.exists():
            return []
        with _told(self._folder):
            return [path.name for path in self._folder.iterdir() if path.is_file()]

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open the file."""
        try:
            file = (self._folder / name).open("rb")
        except FileNotFoundError as error:
            raise BackupMissing(f"there is no backup {name} in {self._folder}") from error
        except OSError as error:
            raise _unavailable(self._folder, error) from error
        with file:
            yield file

    def delete(self, name: str) -> None:
        """Remove the file, if it is there."""
        with _told(self._folder):
            (self._folder / name).unlink(missing_ok=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unavailable(folder, error) from error


def _unavailable(folder: Path, error: OSError) -> BackupStoreUnavailable:
    return BackupStoreUnavailable(f"the folder of the backups {folder}: {error.strerror}")


if TYPE_CHECKING:

    def _keeps_the_contract(store: DirectoryBackups) -> BackupStore:
        return store
