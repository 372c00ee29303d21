"""Comparing two books row by row: every column of every row of every moved table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pfh.ports.bulk import BulkReader, BulkRow, TableShape
from pfh.ports.database import Connection
from pfh.runtime.move.progress import Progress

Item = TypeVar("Item")
End = TypeVar("End")
_PIECE_ROWS: Final = 2_000
_SUMS: Final = {
    "postings": "SELECT commodity, SUM(amount_minor), COUNT(*) FROM postings GROUP BY commodity",
    "balances": "SELECT commodity, SUM(amount_minor), SUM(posting_count) FROM balances"
    " GROUP BY commodity",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was compared: what either side says, and where they differ, if they do."""

    name: str
    source: str
    target: str
    faults: tuple[str, ...] = ()


async def compare_table(
    source: BulkReader, target: BulkReader, table: TableShape, progress: Progress
) -> Line:
    """Compare all rows of a table; at most the first row that differs is told."""
    progress.begin(f"compare {table.name}", total=await source.count(table))
    fault = await _first_difference(source, target, table, progress)
    ours, theirs = await source.count(table), await target.count(table)
    return Line(table.name, f"{ours:,}", f"{theirs:,}", (fault,) if fault else ())


async def _first_difference(
    source: BulkReader, target: BulkReader, table: TableShape, progress: Progress
) -> str | None:
    ours = source.rows(table, after=None, limit=_PIECE_ROWS)
    theirs = target.rows(table, after=None, limit=_PIECE_ROWS)
    try:
        while True:
            # A thread reads the file while a server answers.
            left, right = await next_of_both(ours, theirs, [])
            if left != right:
                return _difference(table, left, right)
            if not left:
                return None
            progress.advance(len(left))
    finally:
        await _closed(ours)
        await _closed(theirs)


async def next_of_both(
    ours: AsyncIterator[Item], theirs: AsyncIterator[Item], end: End
) -> tuple[Item | End, Item | End]:
    """Take a step on both sides at a time; `end` stands for an iterator that is through.

    When one fails, the other's step is waited for, so that it can be closed.
    """

    async def step(items: AsyncIterator[Item]) -> Item | End:
        return await anext(items, end)

    found = await asyncio.gather(step(ours), step(theirs), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    left, right = found
    return left, right  # type: ignore[return-value]  # neither is an exception


async def _closed(rows: AsyncIterator[list[BulkRow]]) -> None:
    close = getattr(rows, "aclose", None)
    if close is not None:
        await close()


def _difference(table: TableShape, left: Sequence[BulkRow], right: Sequence[BulkRow]) -> str:
    """Name the first row that is not the same on both sides; texts and bytes are not shown."""
    for ours, theirs in zip(left, right, strict=False):
        if ours == theirs:
            continue
        mine, other = table.key_of(ours), table.key_of(theirs)
        if mine < other:
            return f"{table.name}: the row {table.named(ours)} is missing at the target"
        if other < mine:
            return f"{table.name}: the row {table.named(theirs)} is not at the source"
        words = "; ".join(_changed(table, ours, theirs))
        return f"{table.name}: the row {table.named(ours)} differs: {words}"
    if len(left) > len(right):
        return f"{table.name}: the row {table.named(left[len(right)])} is missing at the target"
    return f"{table.name}: the row {table.named(right[len(left)])} is not at the source"


def _changed(table: TableShape, ours: BulkRow, theirs: BulkRow) -> list[str]:
    return [
        f"{column} is {mine!s} at the source and {other!s} at the target"
        if kind in {"integer", "date"}
        else f"{column} is not the same"
        for column, kind, mine, other in zip(table.columns, table.kinds, ours, theirs, strict=True)
        if mine != other
    ]


async def compare_sums(source: BulkReader, target: BulkReader) -> list[Line]:
    """Add up the postings and the kept balances of each commodity on both sides."""
    lines = []
    for name, sql in _SUMS.items():
        ours, theirs = await _sums(source, sql), await _sums(target, sql)
        for code in sorted({*ours, *theirs}):
            mine, other = ours.get(code, "none"), theirs.get(code, "none")
            fault = () if mine == other else (f"Σ of {name} in {code} differs",)
            lines.append(Line(f"Σ {name} {code}", mine, other, fault))
    return lines


async def _sums(reader: BulkReader, sql: str) -> dict[str, str]:
    async def unit(connection: Connection) -> dict[str, str]:
        rows = await connection.fetch_all(sql)
        return {str(code): f"{int(total):,} ({int(count):,})" for code, total, count in rows}

    return await reader.database.read(unit)
