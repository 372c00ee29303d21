"""The backup store port: where finished backups lie, outside of what they are a backup of."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol


class BackupStore(Protocol):
    """Keeps whole files by name; called in a thread of its own, for it waits.

    Names are made by the hub: `pfh-20261127T140300Z-1a2b3c4d.pfhbackup`. Every method may raise
    `BackupStoreUnavailable`.
    """

    @property
    def place(self) -> str:
        """Where it is, for people; holds no secret."""
        ...

    @property
    def renames(self) -> bool:
        """Whether `put` only names the draft, so that what was proven of it stays proven."""
        ...

    def draft_folder(self) -> Path:
        """Return the folder, made when it is missing, in which a file is written before `put`."""
        ...

    def put(self, name: str, draft: Path) -> None:
        """Take a whole file over, durably: from now on it is listed. The draft is gone then."""
        ...

    def names(self) -> Iterable[str]:
        """Return the names of whole files, in any order."""
        ...

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open one to be read once from its start; raises `BackupMissing`."""
        ...

    def delete(self, name: str) -> None:
        """Remove one; removing what is not there is fine."""
        ...


class BackupStoreUnavailable(Exception):
    """The store cannot be reached, refuses, or is full; the text says which."""


class BackupMissing(Exception):
    """There is no backup of that name."""
