"""Copying every table in batches, each with a mark of how far it came.

A mark is stored in the transaction of its batch, so a move that is killed at any moment goes on
after the last batch that is there, and no row is copied twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

import msgspec

from pfh.ports.bulk import BulkReader, BulkRow, BulkWriter, Key, TableShape
from pfh.runtime.move.progress import Progress
from pfh.runtime.move.tables import moved_tables

PIECE_ROWS: Final = 500
BATCH_ROWS: Final = 10_000
# The texts of a batch together, whatever its rows: a finding or a stored answer may be long.
BATCH_BYTES: Final = 8 << 20


class Mark(msgspec.Struct, frozen=True):
    """How far a table came: rows, the last key (bytes as hexadecimal), and whether that is all."""

    rows: int = 0
    key: tuple[int | str, ...] | None = None
    done: bool = False


async def copy_tables(reader: BulkReader, writer: BulkWriter, progress: Progress) -> int:
    """Copy what the marks say is missing; returns the number of rows copied now.

    Raises:
        TextNotStorable: a text of the source that the target cannot keep.
    """
    marks = await writer.marks() or {}
    copied = 0
    for table in moved_tables():
        mark = decode_mark(marks.get(table.name))
        if not mark.done:
            progress.begin(table.name, total=await reader.count(table), done=mark.rows)
            copied += await _copy(reader, writer, table, mark, progress)
    return copied


async def _copy(
    reader: BulkReader, writer: BulkWriter, table: TableShape, mark: Mark, progress: Progress
) -> int:
    begun = mark.rows
    pieces = reader.rows(table, after=_key(table, mark), limit=PIECE_ROWS)
    async with contextlib.aclosing(_ahead(_batches(table, pieces))) as batches:
        async for batch in batches:
            mark = Mark(mark.rows + len(batch), _plain(table.key_of(batch[-1])))
            await writer.append(table, batch, encode_mark(mark))
            progress.advance(len(batch))
    await writer.mark(table.name, encode_mark(msgspec.structs.replace(mark, done=True)))
    return mark.rows - begun


async def _batches(
    table: TableShape, pieces: AsyncIterator[list[BulkRow]]
) -> AsyncIterator[list[BulkRow]]:
    """Join pieces until a batch has enough rows or bytes."""
    long = [n for n, kind in enumerate(table.kinds) if kind in {"text", "octets"}]
    batch: list[BulkRow] = []
    size = 0
    async for piece in pieces:
        batch += piece
        size += sum(len(row[n] or "") for row in piece for n in long)  # type: ignore[arg-type,misc]
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def _ahead(batches: AsyncIterator[list[BulkRow]]) -> AsyncGenerator[list[BulkRow], None]:
    """Read the next batch while the last one is written: two servers work at a time."""

    async def step() -> list[BulkRow]:
        return await anext(batches, [])

    following = asyncio.create_task(step())
    try:
        while batch := await following:
            following = asyncio.create_task(step())
            yield batch
    finally:
        # A thread may be reading for it: the connection is free once it is through.
        with contextlib.suppress(Exception):
            await following


def encode_mark(mark: Mark) -> str:
    """Write a mark as the text that is stored."""
    return msgspec.json.encode(mark).decode()


def decode_mark(text: str | None) -> Mark:
    """Read a stored mark; None is a table that was not begun."""
    return Mark() if text is None else msgspec.json.decode(text, type=Mark)


def _plain(key: Key) -> tuple[int | str, ...]:
    return tuple(part.hex() if isinstance(part, bytes) else part for part in key)


def _key(table: TableShape, mark: Mark) -> Key | None:
    if mark.key is None:
        return None
    kinds = [table.kinds[position] for position in table.key]
    return tuple(
        bytes.fromhex(str(part)) if kind == "octets" else part
        for kind, part in zip(kinds, mark.key, strict=True)
    )
