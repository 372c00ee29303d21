"""The files of a move: uploads that imports still need, and the key that signs tokens."""

from __future__ import annotations

import hmac
import sys
from collections.abc import AsyncIterator
from hashlib import sha256

from pfh.ports.bulk import BulkReader, BulkWriter, TableShape
from pfh.ports.objects import ObjectMissing, Objects
from pfh.runtime.embedded import SECRET_KEY_FILE, store_secret_key
from pfh.runtime.move.copy_tables import PIECE_ROWS
from pfh.runtime.move.progress import Progress
from pfh.runtime.move.tables import OBJECT_COLUMN, tables_with_objects
from pfh.runtime.settings import Settings

_FILES_MARK = "files of {}"


async def object_keys(reader: BulkReader, table: TableShape) -> AsyncIterator[str]:
    """Yield the keys of the files that a table names, in the order of its rows."""
    place = table.columns.index(OBJECT_COLUMN)
    async for rows in reader.rows(table, after=None, limit=PIECE_ROWS):
        for row in rows:
            if row[place]:
                yield str(row[place])


def share_files(source: Settings, target: Settings) -> bool:
    """Say whether both keep their files at one place, so that nothing is to be copied."""
    if source.servers.s3 is None or target.servers.s3 is None:
        both = source.servers.s3 is target.servers.s3
        return both and source.data_dir.resolve() == target.data_dir.resolve()
    return (source.servers.s3.endpoint, source.servers.s3.bucket) == (
        target.servers.s3.endpoint,
        target.servers.s3.bucket,
    )


async def copy_files(
    reader: BulkReader,
    writer: BulkWriter,
    stores: tuple[Objects, Objects],
    progress: Progress,
) -> None:
    """Copy every file that a row names from the first store to the second.

    A file that the source has lost before is told and left out. Cut off, it begins with the table
    again: a file is replaced by itself.

    Raises:
        ObjectsUnavailable: a store cannot be reached.
    """
    source, target = stores
    marks = await writer.marks() or {}
    for table in tables_with_objects():
        name = _FILES_MARK.format(table.name)
        if name in marks:
            continue
        keys = [key async for key in object_keys(reader, table)]
        progress.begin(name, total=len(keys))
        for key in keys:
            try:
                await target.put(key, source.get(key), size_max=sys.maxsize)
            except ObjectMissing:
                progress.say(f"{table.name}: the file {key} is missing at the source already")
            progress.advance(1)
        await writer.mark(name, "done")


async def compare_files(
    reader: BulkReader, stores: tuple[Objects, Objects]
) -> tuple[int, list[str]]:
    """Return how many files there are, and a sentence for each that is not the same."""
    source, target = stores
    count, faults = 0, []
    for table in tables_with_objects():
        async for key in object_keys(reader, table):
            count += 1
            if await _digest(source, key) != await _digest(target, key):
                faults.append(f"{table.name}: the file {key} differs")
    return count, faults


async def _digest(store: Objects, key: str) -> bytes | None:
    found = sha256()
    try:
        async for chunk in store.get(key):
            found.update(chunk)
    except ObjectMissing:
        return None
    return found.digest()


def move_token_key(source: Settings, target: Settings) -> str:
    """Give the target the key that signs tokens, if it has none of its own; returns what is true.

    A key that the operator sets is not written anywhere: it is set at the target, too, or not.
    """
    path = target.data_dir / SECRET_KEY_FILE
    kept = source.data_dir / SECRET_KEY_FILE
    mine = source.secret_key or (kept.read_bytes().strip() if kept.exists() else None)
    if mine is None:
        return "The source has no key yet that signs tokens; the target makes its own."
    if target.secret_key is None and not path.exists() and source.secret_key is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        store_secret_key(path, mine)
    theirs = target.secret_key or (path.read_bytes().strip() if path.exists() else b"")
    if hmac.compare_digest(mine, theirs):
        return "Sessions go on: the target signs tokens with the same key."
    return "The target signs tokens with another key: access tokens end, refresh tokens stay good."
