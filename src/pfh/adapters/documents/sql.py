"""The document port in tables of the same database: read models of the embedded hub.

It exists so that a dashboard reads a few rows of counters, whatever the length of the history. The
head moves in the transaction of the counters, so an event counts exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from pfh.adapters.documents.merging import check_range, merged
from pfh.ports.database import Connection, Database, Row, Value
from pfh.ports.documents import Collection, Document, Increment, Range
from pfh.ports.event_log import NO_EVENTS, Head

_COLLECTIONS: Final[tuple[Collection, ...]] = (
    "monthly_summaries",
    "daily_category_spend",
    "balance_history",
)
_INTO: Final = {
    name: f"""
        INSERT INTO {name}
            (household_id, period, subject_id, commodity, first_minor, second_minor, count)"""
    for name in _COLLECTIONS
}
_OR_ADD: Final = {
    name: f"""
        ON CONFLICT (household_id, period, subject_id, commodity) DO UPDATE SET
            first_minor = {name}.first_minor + excluded.first_minor,
            second_minor = {name}.second_minor + excluded.second_minor,
            count = {name}.count + excluded.count"""
    for name in _COLLECTIONS
}
_ADD: Final = {
    name: f"{_INTO[name]} VALUES ($1, $2, $3, $4, $5, $6, $7) {_OR_ADD[name]}"
    for name in _COLLECTIONS
}
_READ: Final = {
    name: f"""
        SELECT period, subject_id, commodity, first_minor, second_minor, count
        FROM {name}
        WHERE household_id = $1 AND period BETWEEN $2 AND $3
        ORDER BY period, subject_id, commodity"""  # noqa: S608 -- as above
    for name in _COLLECTIONS
}
_FORGET: Final = [
    f"DELETE FROM {name} WHERE household_id = $1"  # noqa: S608 -- as above
    for name in (*_COLLECTIONS, "document_heads")
]
_HEAD: Final = "SELECT household_seq, hash FROM document_heads WHERE household_id = $1"
_HEADS: Final = """
    SELECT household_id, household_seq, hash FROM document_heads
    WHERE household_id = ANY($1::bigint[])"""
# Of two consumers that apply the same events, one changes the row and the other none.
_FIRST_HEAD: Final = """
    INSERT INTO document_heads (household_id, household_seq, hash) VALUES ($1, $2, $3)
    ON CONFLICT (household_id) DO NOTHING"""
_MOVE_HEAD: Final = """
    UPDATE document_heads SET household_seq = $4, hash = $5
    WHERE household_id = $1 AND household_seq = $2 AND hash = $3"""
_TAKE_HEAD: Final = """
    UPDATE document_heads SET household_seq = household_seq
    WHERE household_id = $1 AND household_seq = $2 AND hash = $3"""


class SqlDocuments:
    """Counters in SQL, in the transaction of their head."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        """Write to this database."""
        self._database = database

    async def apply(
        self,
        household_id: int,
        *,
        before: Head,
        after: Head,
        increments: Sequence[Increment],
    ) -> bool:
        """Add the increments if they are the next; see the port."""
        check_range(before, after)
        rows = _merged(household_id, increments)
        if self._database.dialect == "postgres" and before != NO_EVENTS:
            text = _all_at_once(tuple(rows))
            lists = [column for values in rows.values() for column in _columns(values)]
            row = await self._database.write_one(text, household_id, *before, *after, *lists)
            return row is not None and bool(row[0])

        async def unit(connection: Connection) -> bool:
            moved = await connection.execute(_MOVE_HEAD, household_id, *before, *after)
            if not moved and before == NO_EVENTS:
                moved = await connection.execute(_FIRST_HEAD, household_id, *after)
            if not moved:
                return False
            for name, values in rows.items():
                await connection.execute_many(_ADD[name], values)
            return True

        return await self._database.write(unit)

    async def read(
        self, household_id: int, ranges: Sequence[Range]
    ) -> tuple[Head, list[list[Document]]]:
        """Return the head and the documents of some ranges from one snapshot; see the port."""

        async def unit(connection: Connection) -> tuple[Head, list[list[Document]]]:
            head = _head_of(await connection.fetch_one(_HEAD, household_id))
            found = []
            for one in ranges:
                rows = await connection.fetch_all(
                    _READ[one.collection], household_id, one.first, one.last
                )
                found.append([Document(*row) for row in rows])
            return head, found

        return await self._database.read(unit)

    async def head(self, household_id: int) -> Head:
        """Return what was applied last; see the port."""
        return _head_of(await self._database.look_up(_HEAD, household_id))

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """Return the heads of several households; see the port."""
        rows = await self._database.look_up_all(_HEADS, list(household_ids))
        return {int(row[0]): Head(int(row[1]), bytes(row[2])) for row in rows}

    async def forget(self, household_id: int, *, at: Head | None = None) -> None:
        """Drop the documents and the head of a household; see the port."""

        async def unit(connection: Connection) -> None:
            # Taken first: a rival that moves the head waits, or has moved it and is seen.
            if at is not None and not await connection.execute(_TAKE_HEAD, household_id, *at):
                return
            for sql in _FORGET:
                await connection.execute(sql, household_id)

        await self._database.write(unit)


def _head_of(row: Row | None) -> Head:
    return NO_EVENTS if row is None else Head(int(row[0]), bytes(row[1]))


@lru_cache
def _all_at_once(names: tuple[Collection, ...]) -> str:
    """Return one statement for PostgreSQL that moves the head and adds to some collections.

    It answers how many heads it moved; with none it adds nothing. The arguments are those of
    `_MOVE_HEAD`, then the six columns of each collection as lists.
    """
    parts = [f"WITH moved AS ({_MOVE_HEAD} RETURNING household_id)"]
    for name, at in zip(names, range(6, 6 + 6 * len(names), 6), strict=True):
        columns = f"${at}::text[], ${at + 1}::bigint[], ${at + 2}::text[]"
        sums = ", ".join(f"${number}::bigint[]" for number in range(at + 3, at + 6))
        lists = f"unnest({columns}, {sums}) AS added"
        select = f"SELECT moved.household_id, added.* FROM moved, {lists}"  # noqa: S608 -- numbers of parameters
        parts.append(f"added_{name} AS ({_INTO[name]} {select} {_OR_ADD[name]})")
    return f"{', '.join(parts)} SELECT count(*) FROM moved"  # noqa: S608 -- as above


def _columns(rows: Sequence[Sequence[Value]]) -> list[Any]:
    """Turn rows into lists by column, without the household."""
    _, *columns = zip(*rows, strict=True)
    return [list(column) for column in columns]


def _merged(
    household_id: int, increments: Sequence[Increment]
) -> dict[Collection, list[Sequence[Value]]]:
    """Arrange the sums by table, in the order of the keys.

    Two writers that take rows in the same order cannot wait for each other in a circle.
    """
    rows: dict[Collection, list[Sequence[Value]]] = {}
    for one in merged(increments):
        values = (one.period, one.subject_id, one.commodity, one.first_minor, one.second_minor)
        rows.setdefault(one.collection, []).append((household_id, *values, one.count))
    return rows
