"""The backup store in a bucket, below a prefix.

An object appears when its last part is there, so a backup that was cut off is never listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError

from pfh.adapters.objects.s3 import PART_BYTES, S3Options, connect
from pfh.ports.backup_store import BackupMissing, BackupStoreUnavailable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from pfh.ports.backup_store import BackupStore


class S3Backups:
    """Keeps backups in one bucket under a prefix."""

    def __init__(self, options: S3Options, prefix: str, drafts: Path) -> None:
        """Take where the bucket is, and a local folder for what is not whole yet."""
        self._store = connect(options)
        self._prefix = prefix.strip("/")
        self._drafts = drafts
        self._bucket = options.bucket

    @property
    def place(self) -> str:
        """The bucket and the prefix."""
        return f"s3://{self._bucket}/{self._prefix}"

    @property
    def renames(self) -> bool:
        """Never: the file goes over the network."""
        return False

    def draft_folder(self) -> Path:
        """Return the local folder."""
        self._drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._drafts

    def put(self, name: str, draft: Path) -> None:
        """Send the file in parts and remove the draft."""
        with self._told(), draft.open("rb") as file:
            obstore.put(self._store, self._key(name), file, chunk_size=PART_BYTES)
        draft.unlink()

    def names(self) -> list[str]:
        """Return the names of all objects right below the prefix."""
        with self._told():
            found = obstore.list_with_delimiter(self._store, self._prefix)
            return [item["path"].rpartition("/")[2] for item in found["objects"]]

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Stream the object."""
        try:
            answer = obstore.get(self._store, self._key(name))
        except FileNotFoundError as error:
            raise BackupMissing(f"there is no backup {name} in {self.place}") from error
        except BaseError as error:
            raise self._unavailable(error) from error
        with self._told():
            pieces = (bytes(piece) for piece in answer.stream(min_chunk_size=PART_BYTES))
            yield cast("BinaryIO", BufferedReader(_Pieces(pieces), PART_BYTES))

    def delete(self, name: str) -> None:
        """Remove the object, if it is there."""
        try:
            obstore.delete(self._store, self._key(name))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise self._unavailable(error) from error

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BaseError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: BaseError) -> BackupStoreUnavailable:
        return BackupStoreUnavailable(f"{self.place}: {str(error).partition(chr(10))[0]}")


class _Pieces(RawIOBase):
    """Pieces of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        into = memoryview(buffer).cast("B")
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


if TYPE_CHECKING:

    def _keeps_the_contract(store: S3Backups) -> BackupStore:
        return store
