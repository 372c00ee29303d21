"""Filling a PostgreSQL database with whole tables, by COPY.

It exists because COPY takes a tenth of the time of single rows. Foreign keys are put aside while it
runs, since a row may come before the one it points at; making them again checks every row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg
import msgspec

from pfh.adapters.bulk import texts
from pfh.adapters.bulk.postgres import as_dates, connect, refuse_other_hubs
from pfh.adapters.database.postgres_connection import DRIVER_ERRORS
from pfh.adapters.database.postgres_errors import translate
from pfh.adapters.database.postgres_options import PostgresOptions
from pfh.ports.bulk import MOVING, BooksInUse, BulkRow, TableShape, TextNotStorable

if TYPE_CHECKING:
    from pfh.ports.bulk import BulkWriter

    RawConnection: TypeAlias = asyncpg.Connection[asyncpg.Record]

# One move at a time; the lock is the connection's, so a killed move leaves none behind.
_TURN: Final = "SELECT pg_try_advisory_lock(5067243176295)"
_HAS_MARKS: Final = "SELECT to_regclass('move_marks') IS NOT NULL"
_REFERENCES_MARK: Final = "foreign keys"
_REFERENCES: Final = """
    SELECT r.relname, c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
    WHERE c.contype = 'f' AND r.relnamespace = ANY(current_schemas(false)::regnamespace[])
    ORDER BY r.relname, c.conname"""
_NUL: Final = "\x00"


class PostgresBulkWriter:
    """Fills one database on one connection."""

    def __init__(self, raw: RawConnection) -> None:
        """Take an open connection over; use `open_writer`."""
        self._raw = raw

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Be the only move to this database, which no hub has open; see the port."""
        await refuse_other_hubs(self._raw)
        if not await self._raw.fetchval(_TURN):
            raise BooksInUse(
                "Another move fills this database just now.", fix="Let it end, or stop it first."
            )
        yield

    async def begin(self, marks: Mapping[str, str]) -> None:
        """Mark the database as one that is being filled, and put its foreign keys aside."""
        async with self._raw.transaction():
            references = [tuple(row) for row in await self._raw.fetch(_REFERENCES)]
            await self._raw.execute(texts.CREATE_MARKS)
            noted = {**marks, _REFERENCES_MARK: msgspec.json.encode(references).decode()}
            await self._raw.executemany(texts.SET_MARK, noted.items())
            await self._put_aside(references)
            await self._raw.execute(texts.SET_REVISION, MOVING)

    async def _put_aside(self, references: Sequence[Sequence[str]]) -> None:
        for name, constraint, _ in references:
            await self._raw.execute(
                f"ALTER TABLE {texts.quoted(name)}"
                f" DROP CONSTRAINT IF EXISTS {texts.quoted(constraint)}"
            )

    async def marks(self) -> dict[str, str] | None:
        """Return the marks of a move that was begun; None when there was none."""
        if not await self._raw.fetchval(_HAS_MARKS):
            return None
        return {str(row[0]): str(row[1]) for row in await self._raw.fetch(texts.READ_MARKS)}

    async def append(self, table: TableShape, rows: Sequence[BulkRow], mark: str) -> None:
        """Store rows with the mark of their table; see the port."""
        try:
            async with self._raw.transaction():
                await self._raw.copy_records_to_table(
                    table.name, records=as_dates(table, rows), columns=table.columns
                )
                await self._raw.execute(texts.SET_MARK, table.name, mark)
        except asyncpg.CharacterNotInRepertoireError as error:
            raise _not_storable(table, rows) from error
        except DRIVER_ERRORS as error:
            raise translate(error, is_closed=self._raw.is_closed()) from error

    async def mark(self, name: str, text: str) -> None:
        """Store a mark alone."""
        await self._raw.execute(texts.SET_MARK, name, text)

    async def clear(self, tables: Sequence[TableShape], marks: Mapping[str, str]) -> None:
        """Empty the tables, and have these marks alone; the foreign keys stay noted and aside."""
        noted = (await self.marks() or {}).get(_REFERENCES_MARK, "[]")
        async with self._raw.transaction():
            await self._put_aside(msgspec.json.decode(noted))
            names = ", ".join(texts.quoted(table.name) for table in tables)
            await self._raw.execute(f"TRUNCATE {names}")
            await self._raw.execute(f"{texts.CLEAR_MARKS} WHERE name <> $1", _REFERENCES_MARK)
            await self._raw.executemany(texts.SET_MARK, marks.items())

    async def seal(self, tables: Sequence[TableShape]) -> list[str]:
        """Make the foreign keys again, which checks every row; set the counters; see the port."""
        noted = (await self.marks() or {}).get(_REFERENCES_MARK, "[]")
        faults = []
        for name, constraint, definition in msgspec.json.decode(noted):
            fault = await self._make_again(name, constraint, definition)
            faults += [fault] if fault else []
        for table in tables:
            if table.counter is not None:
                await self._count_on(table.name, table.counter)
        # Without statistics the first reports would take the slowest way to every table.
        await self._raw.execute(
            f"ANALYZE {', '.join(texts.quoted(table.name) for table in tables)}"
        )
        return faults

    async def _make_again(self, name: str, constraint: str, definition: str) -> str | None:
        made = "SELECT 1 FROM pg_constraint WHERE conname = $1 AND conrelid = to_regclass($2)"
        if await self._raw.fetchval(made, constraint, texts.quoted(name)):
            return None
        try:
            await self._raw.execute(
                f"ALTER TABLE {texts.quoted(name)} ADD CONSTRAINT {texts.quoted(constraint)}"
                f" {definition}"
            )
        except asyncpg.ForeignKeyViolationError as error:
            return f"{name}: a row points at none ({constraint}: {error.detail})"
        return None

    async def _count_on(self, name: str, column: str) -> None:
        await self._raw.execute(
            f"SELECT setval(pg_get_serial_sequence('{texts.quoted(name)}', '{column}'),"  # noqa: S608 -- the schema's names
            f" COALESCE(MAX({texts.quoted(column)}), 0) + 1, false) FROM {texts.quoted(name)}"
        )

    async def release(self, revision: str) -> None:
        """Forget the marks: from now on the database is served."""
        async with self._raw.transaction():
            await self._raw.execute(texts.DROP_MARKS)
            await self._raw.execute(texts.SET_REVISION, revision)

    async def close(self) -> None:
        """Close the connection."""
        await self._raw.close()


async def open_writer(options: PostgresOptions) -> PostgresBulkWriter:
    """Connect; raises `DatabaseUnavailable`."""
    return PostgresBulkWriter(await connect(options))


def _not_storable(table: TableShape, rows: Sequence[BulkRow]) -> TextNotStorable:
    for row in rows:
        for column, value in zip(table.columns, row, strict=True):
            if isinstance(value, str) and _NUL in value:
                return TextNotStorable(
                    f"{table.name}: {column} of the row {table.named(row)} holds a NUL, which"
                    " PostgreSQL cannot keep.",
                    fix="Take it out of the text at the source, then run the move again.",
                )
    return TextNotStorable(f"{table.name}: a text holds what PostgreSQL cannot keep.")


if TYPE_CHECKING:

    def _writes_as_the_port_says(writer: PostgresBulkWriter) -> BulkWriter:
        return writer
