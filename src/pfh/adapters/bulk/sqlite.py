"""The bulk port on one SQLite file.

It exists so that a move reads and fills a file at the speed of the disk: one connection, one cursor
a table, some thousand rows a commit.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pfh.adapters.bulk import texts
from pfh.adapters.bulk.reading import ReadingDatabase
from pfh.adapters.database.sqlite_connection import (
    SqliteConnection,
    SqliteOptions,
    open_connection,
)
from pfh.adapters.database.sqlite_errors import translate
from pfh.adapters.database.sqlite_jobs import drive
from pfh.ports.bulk import MOVING, BooksInUse, BulkRow, Key, TableShape
from pfh.ports.database import Database, DatabaseTimeout, Unit

if TYPE_CHECKING:
    from pfh.ports.bulk import BulkReader, BulkWriter

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


class SqliteBulkReader:
    """Reads one file; when held, inside one transaction that keeps every writer out."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        """Open the file, which must exist; a writer's place is waited for so long."""
        # A report of a long history may take its time: nobody waits behind it.
        options = SqliteOptions(statement_seconds=math.inf, busy_seconds=busy_seconds)
        self._raw = open_connection(path, options, may_write=False)
        self._path = path
        self._connection = SqliteConnection(self._raw, options, may_write=False)

        async def driven(unit: Unit[Any]) -> Any:  # noqa: ANN401 -- the unit's own
            self._connection.start_unit(0.0)
            return await asyncio.to_thread(drive, unit, self._connection)

        self._database = ReadingDatabase("sqlite", driven)

    @property
    def database(self) -> Database:
        """Units on the same connection."""
        return self._database

    @asynccontextmanager
    async def hold(self, tables: Sequence[TableShape]) -> AsyncIterator[None]:
        """Take the one place of a writer and write nothing; see the port."""
        del tables
        try:
            # SQLite gives no writer's place to a connection that may not write.
            self._raw.execute("PRAGMA query_only = OFF")
            self._raw.execute("BEGIN IMMEDIATE")
            self._raw.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise _in_use(error, self._path) from error
        try:
            yield
        finally:
            self._raw.execute("ROLLBACK")

    async def present(self) -> frozenset[str]:
        """Return the names of the tables that there are."""
        return frozenset(name for (name,) in self._raw.execute(_TABLES))

    async def count(self, table: TableShape) -> int:
        """Return how many rows a table has."""
        return int(self._raw.execute(texts.count(table)).fetchone()[0])

    async def rows(
        self, table: TableShape, *, after: Key | None, limit: int
    ) -> AsyncIterator[list[BulkRow]]:
        """Yield the rows of a table beyond a key; see the port."""
        sql = texts.select(table, "sqlite", after=after is not None)
        cursor = await asyncio.to_thread(self._raw.execute, sql, after or ())
        try:
            while piece := await asyncio.to_thread(cursor.fetchmany, limit):
                yield piece
        finally:
            # After a failure the file may be closed before the loop ends what it left unfinished.
            with suppress(sqlite3.ProgrammingError):
                cursor.close()

    async def close(self) -> None:
        """Close the file."""
        self._raw.close()


class SqliteBulkWriter:
    """Fills one file whose directory the caller holds."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        self._raw = open_connection(path, SqliteOptions(), may_write=True)
        # References are checked once at the end: a row may come before the one it points at.
        self._raw.execute("PRAGMA foreign_keys = OFF")

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Hold nothing: who holds the data directory is alone."""
        yield

    async def begin(self, marks: Mapping[str, str]) -> None:
        """Mark the file as one that is being filled; see the port."""
        with self._transaction():
            self._raw.execute(texts.CREATE_MARKS)
            self._raw.executemany(_numbered(texts.SET_MARK), marks.items())
            self._raw.execute(_numbered(texts.SET_REVISION), (MOVING,))

    async def marks(self) -> dict[str, str] | None:
        """Return the marks of a move that was begun; None when there was none."""
        if (texts.MARKS_TABLE,) not in self._raw.execute(_TABLES).fetchall():
            return None
        return dict(self._raw.execute(texts.READ_MARKS).fetchall())

    async def append(self, table: TableShape, rows: Sequence[BulkRow], mark: str) -> None:
        """Store rows with the mark of their table; see the port."""
        await asyncio.to_thread(self._append, table, rows, mark)

    def _append(self, table: TableShape, rows: Sequence[BulkRow], mark: str) -> None:
        columns = ", ".join(map(texts.quoted, table.columns))
        places = ", ".join("?" * len(table.columns))
        name = texts.quoted(table.name)
        with self._transaction():
            self._raw.executemany(
                f"INSERT INTO {name} ({columns}) VALUES ({places})",  # noqa: S608 -- the schema's names
                rows,
            )
            self._raw.execute(_numbered(texts.SET_MARK), (table.name, mark))

    async def mark(self, name: str, text: str) -> None:
        """Store a mark alone."""
        with self._transaction():
            self._raw.execute(_numbered(texts.SET_MARK), (name, text))

    async def clear(self, tables: Sequence[TableShape], marks: Mapping[str, str]) -> None:
        """Empty the tables, and have these marks alone."""
        with self._transaction():
            for table in tables:
                self._raw.execute(f"DELETE FROM {texts.quoted(table.name)}")  # noqa: S608 -- as above
            self._raw.execute(texts.CLEAR_MARKS)
            self._raw.executemany(_numbered(texts.SET_MARK), marks.items())

    async def seal(self, tables: Sequence[TableShape]) -> list[str]:
        """Check every reference; SQLite counts on from the greatest number by itself."""
        del tables
        found = await asyncio.to_thread(self._strays)
        return [f"{name}: a row points at none of {parent}" for name, parent in sorted(found)]

    def _strays(self) -> set[tuple[str, str]]:
        strays = self._raw.execute("PRAGMA foreign_key_check")
        return {(name, parent) for name, _, parent, _ in strays}

    async def release(self, revision: str) -> None:
        """Forget the marks: from now on the file is served."""
        with self._transaction():
            self._raw.execute(texts.DROP_MARKS)
            self._raw.execute(_numbered(texts.SET_REVISION), (revision,))

    async def close(self) -> None:
        """Close the file."""
        self._raw.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            yield
            self._raw.execute("COMMIT")
        except sqlite3.Error as error:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise translate(error) from error


def _numbered(sql: str) -> str:
    return sql.replace("$", "?")


def _in_use(error: sqlite3.Error, path: Path) -> Exception:
    translated = translate(error)
    if not isinstance(translated, DatabaseTimeout):
        return translated
    return BooksInUse(
        f"Another program writes to {path}.", fix="Let it end, then run the move again."
    )


if TYPE_CHECKING:

    def _reads_as_the_port_says(reader: SqliteBulkReader) -> BulkReader:
        return reader

    def _writes_as_the_port_says(writer: SqliteBulkWriter) -> BulkWriter:
        return writer
