"""The object port in a folder: one file an object, whole or not there.

It exists for the embedded hub. Files are written beside their place and renamed, so a reader never
sees half of one and a crash leaves only a draft that the next start may delete.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final

from pfh.adapters.objects.keys import checked_key
from pfh.ports.objects import ObjectMissing, ObjectTooLarge

CHUNK_BYTES: Final = 256 * 1024
_DRAFT_PREFIX: Final = ".draft-"


class DirectoryObjects:
    """Keeps objects under `root`, which is made when the first one is stored."""

    __slots__ = ("_root",)

    def __init__(self, root: Path) -> None:
        """Take the folder; nothing is touched yet."""
        self._root = root

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, size_max: int) -> int:
        """Store a stream durably under a key, replacing what was there; see the port."""
        target = self._path(key)
        draft = target.with_name(f"{_DRAFT_PREFIX}{secrets.token_hex(8)}")
        file = await asyncio.to_thread(_open_draft, draft)
        try:
            size = await _fill(file, chunks, size_max)
            await asyncio.to_thread(_finish, file, draft, target)
        except BaseException:
            file.close()
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()
            raise
        return size

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """Stream an object in chunks of 256 KiB; see the port."""
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise ObjectMissing(key) from error
        try:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        """Remove the file, if any; empty folders stay."""
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            await asyncio.to_thread(path.unlink)

    async def presigned(self, key: str, *, seconds: int) -> str | None:
        """Return None: a folder has no address of its own."""
        del seconds
        checked_key(key)
        return None

    def _path(self, key: str) -> Path:
        """Return the place of a key."""
        return self._root.joinpath(*checked_key(key).split("/"))


def _open_draft(draft: Path) -> BinaryIO:
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


async def _fill(file: BinaryIO, chunks: AsyncIterator[bytes], size_max: int) -> int:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > size_max:
            raise ObjectTooLarge(f"more than {size_max} bytes")
        await asyncio.to_thread(file.write, chunk)
    return size


def _finish(file: BinaryIO, draft: Path, target: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    draft.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        # The name is durable only when the folder is.
        os.fsync(folder)
    finally:
        os.close(folder)
