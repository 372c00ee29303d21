"""One SQLite connection as the port sees it, opened with the settings that keep money safe.

It exists so that the writer and the readers share the pragmas and the few lines between the port
and `sqlite3`, which every statement of the hub passes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from pfh.adapters.database.sql_text import SqliteTexts, encode_lists
from pfh.adapters.database.sqlite_errors import translate
from pfh.observability.spans import statement_span
from pfh.ports.database import Dialect, Row, Value

# How many steps of SQLite's machine pass between two looks at the clock: about a millisecond.
_STEPS_BETWEEN_LOOKS: Final = 200_000
_SYSTEM: Final = "sqlite"
_DRIVER_ERRORS: Final = (sqlite3.Error, OverflowError)


@dataclass(frozen=True, slots=True)
class SqliteOptions:
    """How one file is opened. Times are seconds, sizes are as named."""

    readers: int = 2
    group_units_max: int = 64
    group_seconds_max: float = 0.02
    busy_seconds: float = 5.0
    statement_seconds: float = 30.0
    queue_seconds: float = 30.0
    queue_units_max: int = 10_000
    cache_kibibytes: int = 8192
    checkpoint_pages: int = 2000
    wal_bytes_max: int = 64 << 20
    cached_statements: int = 512


def open_connection(path: Path, options: SqliteOptions, *, may_write: bool) -> sqlite3.Connection:
    """Open the file with the hub's pragmas; raise `DatabaseUnavailable` when that fails.

    `check_same_thread` is off because a thread of ours takes the connection over; it is never used
    by two threads at once.
    """
    raw = None
    try:
        raw = sqlite3.connect(
            path,
            timeout=options.busy_seconds,
            isolation_level=None,
            cached_statements=options.cached_statements,
            check_same_thread=False,
        )
        for pragma in _pragmas(options, may_write=may_write):
            raw.execute(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        if raw is not None:
            raw.close()
        raise translate(error) from error
    return raw


def _pragmas(options: SqliteOptions, *, may_write: bool) -> tuple[str, ...]:
    """Return the pragmas of a connection, in the order in which they must run."""
    return (
        # FULL: a commit that was acknowledged survives a power cut, which NORMAL does not promise.
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        f"cache_size = -{options.cache_kibibytes}",
        "mmap_size = 0",
        "temp_store = MEMORY",
        f"wal_autocheckpoint = {options.checkpoint_pages}",
        f"journal_size_limit = {options.wal_bytes_max}",
        "query_only = OFF" if may_write else "query_only = ON",
    )


class SqliteConnection:
    """The port's connection over `sqlite3`; used by one thread, one unit at a time."""

    __slots__ = (
        "_deadline",
        "_execute",
        "_execute_many",
        "_may_write",
        "_seconds",
        "_texts",
        "announced",
        "failure",
        "raw",
    )

    def __init__(self, raw: sqlite3.Connection, options: SqliteOptions, *, may_write: bool) -> None:
        """Take an open connection over."""
        self.raw = raw
        self.announced: list[int] = []
        # A unit that swallows a failed statement must not commit: PostgreSQL would not either.
        self.failure: Exception | None = None
        self._execute = raw.execute
        self._execute_many = raw.executemany
        self._may_write = may_write
        self._seconds = options.statement_seconds
        self._texts = SqliteTexts()
        self._deadline = float("inf")
        raw.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)

    def _is_late(self) -> bool:
        return perf_counter() > self._deadline

    def start_unit(self, started: float) -> None:
        """Forget the unit before; `started` is `perf_counter()` at its start.

        The time limit covers the unit: nothing but its statements runs in it.
        """
        self.announced = []
        self.failure = None
        self._deadline = started + self._seconds

    @property
    def dialect(self) -> Dialect:
        """Always `sqlite`."""
        return "sqlite"

    async def fetch_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return every row as a tuple."""
        text, lists = self._texts[sql]
        try:
            with statement_span(_SYSTEM, sql):
                return self._execute(
                    text, encode_lists(arguments, lists) if lists else arguments
                ).fetchall()
        except _DRIVER_ERRORS as error:
            raise self._failed(error) from error

    async def fetch_one(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row as a tuple, or None."""
        text, lists = self._texts[sql]
        try:
            with statement_span(_SYSTEM, sql):
                row: Row | None = self._execute(
                    text, encode_lists(arguments, lists) if lists else arguments
                ).fetchone()
        except _DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return row

    async def fetch_value(self, sql: str, *arguments: Value) -> Any:  # noqa: ANN401 -- a column's own type
        """Return the first column of the first row, or None."""
        text, lists = self._texts[sql]
        try:
            with statement_span(_SYSTEM, sql):
                row = self._execute(
                    text, encode_lists(arguments, lists) if lists else arguments
                ).fetchone()
        except _DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return None if row is None else row[0]

    async def execute(self, sql: str, *arguments: Value) -> int:
        """Run one statement and return the number of rows that it changed, 0 for DDL."""
        text, lists = self._texts[sql]
        try:
            with statement_span(_SYSTEM, sql):
                cursor = self._execute(text, encode_lists(arguments, lists) if lists else arguments)
                if cursor.description is not None:
                    # The count of a statement with RETURNING is known after its last row only.
                    cursor.fetchall()
        except _DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return max(0, cursor.rowcount)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for each row of arguments."""
        text, lists = self._texts[sql]
        try:
            with statement_span(_SYSTEM, sql):
                if lists:
                    self._execute_many(text, [encode_lists(row, lists) for row in rows])
                else:
                    self._execute_many(text, rows)
        except _DRIVER_ERRORS as error:
            raise self._failed(error) from error

    async def lock(self, sql: str, *numbers: int) -> int:
        """Count the rows; the only writer has them locked already."""
        return len(await self.fetch_all(sql, *numbers))

    def expect(self, sql: str, *arguments: Value) -> None:
        """Do nothing: a query costs no round trip."""

    def defer(self, table: str, sql: str, *arguments: Value) -> None:  # noqa: ARG002 -- the port's
        """Run the statement at once, for the same reason."""
        text, lists = self._texts[sql]
        try:
            self._execute(text, encode_lists(arguments, lists) if lists else arguments)
        except _DRIVER_ERRORS as error:
            raise self._failed(error) from error

    def confirm(self, sql: str, *arguments: Value) -> None:
        """Do nothing: nobody else writes meanwhile."""

    def announce(self, household_id: int) -> None:
        """Remember the household for after the commit."""
        self.announced.append(household_id)

    def _failed(self, error: sqlite3.Error | OverflowError) -> Exception:
        self.failure = translate(error, may_write=self._may_write)
        return self.failure
