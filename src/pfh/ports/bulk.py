"""The bulk port: every table of an installation, read and written in the order of its key.

It exists so that a move between SQLite and PostgreSQL is one loop that knows neither: rows cross it
as the database port's values (integers, text, bytes, dates as ISO text).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from pfh.core.errors import Kind, Problem
from pfh.ports.database import Database

ColumnKind: TypeAlias = Literal["integer", "text", "octets", "date"]
BulkRow: TypeAlias = "tuple[int | str | bytes | None, ...]"
Key: TypeAlias = "tuple[int | str | bytes, ...]"


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table: its columns with their kinds, and which of them (from 0) are its key, in order.

    `counter` is the column that the database counts up by itself, None when there is none.
    """

    name: str
    columns: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    key: tuple[int, ...]
    counter: str | None = None

    def key_of(self, row: BulkRow) -> Key:
        """Return the values of the key."""
        return tuple(row[position] for position in self.key)  # type: ignore[misc]  # never null

    def named(self, row: BulkRow) -> str:
        """Return the key of a row in words, such as `entry_id=17, line=0`; bytes as hexadecimal."""
        return ", ".join(
            f"{self.columns[position]}={_shown(row[position])}" for position in self.key
        )


def _shown(value: int | str | bytes | None) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


class BooksInUse(Problem):
    """Another process has the books open, so they could change while they are moved."""

    code = "books_in_use"
    kind = Kind.CONFLICT


class TextNotStorable(Problem):
    """A text holds a NUL, which PostgreSQL cannot keep; the hub itself never stores one."""

    code = "text_not_storable"


class BulkReader(Protocol):
    """Reads whole tables. A held reader sees one snapshot, and nobody can write meanwhile.

    `database` runs reading units on the same snapshot; its `write` is a `RuntimeError`.
    """

    @property
    def database(self) -> Database:
        """The same books as the database port has them, to be read alone."""
        ...

    def hold(self, tables: Sequence[TableShape]) -> AbstractAsyncContextManager[None]:
        """Keep everybody else from writing until the block ends, also when this process dies.

        Raises:
            BooksInUse: a hub has the books open; the words name it.
        """
        ...

    async def present(self) -> frozenset[str]:
        """Return the names of the tables that there are."""
        ...

    async def count(self, table: TableShape) -> int:
        """Return how many rows a table has."""
        ...

    def rows(
        self, table: TableShape, *, after: Key | None, limit: int
    ) -> AsyncIterator[list[BulkRow]]:
        """Yield the rows of a table beyond a key in the order of the key, `limit` at a time.

        The order is the same on every backend: numbers by value, text and bytes by code.
        """
        ...


class BulkWriter(Protocol):
    """Fills the tables of one target; what it wrote is marked in the same transaction.

    Between `begin` and `release` the target is no installation: its revision is `MOVING`, which no
    hub serves and no command opens. Marks are texts by name; they go with `release`.
    """

    def hold(self) -> AbstractAsyncContextManager[None]:
        """Be the only move to this target, which no hub has open; raises `BooksInUse`."""
        ...

    async def begin(self, marks: Mapping[str, str]) -> None:
        """Mark an empty, migrated target as one that is being filled, and put its checks aside."""
        ...

    async def marks(self) -> dict[str, str] | None:
        """Return the marks of a move that was begun; None when there was none."""
        ...

    async def append(self, table: TableShape, rows: Sequence[BulkRow], mark: str) -> None:
        """Store rows, and under the table's name the mark, durably and together.

        Raises:
            TextNotStorable: it names the row.
        """
        ...

    async def mark(self, name: str, text: str) -> None:
        """Store a mark alone."""
        ...

    async def clear(self, tables: Sequence[TableShape], marks: Mapping[str, str]) -> None:
        """Empty the tables, and have these marks alone."""
        ...

    async def seal(self, tables: Sequence[TableShape]) -> list[str]:
        """Check every reference, set the counters beyond the rows; may be repeated.

        Returns a sentence for each table with a row that points at none.
        """
        ...

    async def release(self, revision: str) -> None:
        """Forget the marks and say at which revision the schema is: from now on it is served."""
        ...


MOVING = "moving"
"""The revision of a target that is being filled."""
