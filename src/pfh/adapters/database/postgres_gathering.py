"""What a unit says before it needs an answer: questions it is going to ask, writes that may wait.

It exists so that a connection of its own and one shared with others gather them alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

from pfh.adapters.database.postgres_texts import asked_together
from pfh.ports.database import Dialect, Row, Value

Query: TypeAlias = tuple[str, tuple[Value, ...]]


class GatheringConnection(ABC):
    """The part of the port's connection that sends nothing; lives as long as one attempt."""

    __slots__ = ("_deferred", "_expected", "_found", "announced")

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._expected: list[Query] = []
        self._found: list[tuple[Query, Sequence[Row]]] = []
        self._deferred: list[tuple[str, str, tuple[Value, ...]]] = []
        self.announced: dict[int, None] = {}

    @property
    def dialect(self) -> Dialect:
        """Always `postgres`."""
        return "postgres"

    @abstractmethod
    async def fetch_one(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row as a record, or None."""

    async def fetch_value(self, sql: str, *arguments: Value) -> Any:  # noqa: ANN401 -- a column's own type
        """Return the first column of the first row, or None."""
        row = await self.fetch_one(sql, *arguments)
        return None if row is None else row[0]

    def expect(self, sql: str, *arguments: Value) -> None:
        """Remember the query for the next round trip that brings rows."""
        self._expected.append((sql, arguments))

    def defer(self, table: str, sql: str, *arguments: Value) -> None:
        """Remember the write for the next statement; it makes what was found of its table old."""
        self._deferred.append((table, sql, arguments))
        self._found = [found for found in self._found if table not in found[0][0]]

    @abstractmethod
    def confirm(self, sql: str, *arguments: Value) -> None:
        """Say what must still be found when the writes are made."""

    def announce(self, household_id: int) -> None:
        """Remember the household for after the commit."""
        self.announced[household_id] = None

    @abstractmethod
    async def _ask(self, text: str, values: tuple[Value, ...], first: str) -> Row | None:
        """Send one query after what was deferred; `first` is what its span is called after."""

    def _next_batch(self) -> tuple[tuple[tuple[str, str, int], ...], tuple[Value, ...], str]:
        """Take the writes up to a second one on a table: one statement cannot write a row twice.

        Returns:
            Table, statement and number of arguments of each, all arguments, and the first of them.
        """
        waiting, self._deferred = self._deferred, []
        parts: dict[str, tuple[str, str, int]] = {}
        values: list[Value] = []
        for place, (table, sql, arguments) in enumerate(waiting):
            if table in parts:
                self._deferred = waiting[place:]
                break
            parts[table] = (table, sql, len(arguments))
            values += arguments
        return tuple(parts.values()), tuple(values), waiting[0][1]

    async def _expected_rows(self, query: Query) -> Sequence[Row] | None:
        """Return the rows of an expected query, asking all that are expected; None for another.

        A query that nobody announced goes alone, since its columns may be of any type.
        """
        for place, (known, rows) in enumerate(self._found):
            if known == query:
                del self._found[place]
                return rows
        if query not in self._expected:
            return None
        queries, self._expected = self._expected, []
        text = asked_together(tuple((sql, len(arguments)) for sql, arguments in queries))
        values = tuple(one for _, args in queries for one in args)
        answers = await self._ask(text, values, queries[0][0])
        if answers is None:
            message = "a query without a FROM answered no row"
            raise RuntimeError(message)
        self._found.extend(zip(queries, answers, strict=True))
        return await self._expected_rows(query)
