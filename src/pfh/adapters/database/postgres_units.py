"""Running units of work on a pool: isolation, undoing, and running again.

Isolation, and why:

- A read unit is `REPEATABLE READ, READ ONLY`: every statement sees the snapshot of the first, it
  waits for nobody and nobody waits for it.
- A write unit is `READ COMMITTED`. Units that touch the same rows are ordered by row locks: an
  `UPDATE … SET n = n + $1` or an `INSERT … ON CONFLICT DO UPDATE` locks by itself, and a unit that
  decides from a row reads it `FOR UPDATE`. The event head of a household is such a row, so the
  writes of one household follow each other. `REPEATABLE READ` would abort every waiter of that row
  instead of letting it go on, and a busy household would live on repetitions.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from pfh.adapters.database.postgres_connection import PostgresConnection
from pfh.adapters.database.postgres_connections import Connections
from pfh.adapters.database.postgres_errors import CONFLICTS, ConnectionLost, exhausted
from pfh.adapters.database.postgres_options import PostgresOptions
from pfh.observability.failpoints import reached
from pfh.ports.database import DatabaseUnavailable, Result, Row, Unit, Value

_BEGIN_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


class _Again(Exception):
    """The attempt was undone, and another may succeed."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Accepted:
    """Counts the blocks that are entered, for each is a unit that runs or waits.

    One object for all of them: a generator each would cost a create 3 µs.
    """

    __slots__ = ("_count", "none")

    def __init__(self) -> None:
        """Begin with none."""
        self.none = asyncio.Event()
        self.none.set()
        self._count = 0

    def __enter__(self) -> None:
        """Count one more."""
        self._count += 1
        self.none.clear()

    def __exit__(self, *_: object) -> None:
        """Count one less."""
        self._count -= 1
        if not self._count:
            self.none.set()


class Units:
    """Takes a connection for each unit, and repeats a unit that met a conflict."""

    def __init__(self, connections: Connections, options: PostgresOptions) -> None:
        """Use connections, which others may use as well."""
        self.accepted = Accepted()
        self._connections = connections
        self._options = options

    async def wait_until_idle(self) -> None:
        """Return when no unit runs or waits."""
        await self.accepted.none.wait()

    async def run(self, unit: Unit[Result], *, may_write: bool) -> tuple[Result, Sequence[int]]:
        """Run a unit until it is stored or fails for good; return its result and its households."""
        return await self._repeat(lambda: self._attempt(unit, may_write=may_write))

    async def look_up(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return the rows of one query that stands alone: one round trip instead of three."""
        return await self._repeat(lambda: self._at_once(sql, arguments, may_write=False))

    async def write_one(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return the rows of one statement that writes: the server commits it by itself."""
        return await self._repeat(lambda: self._at_once(sql, arguments, may_write=True))

    async def _repeat(self, attempt_once: Callable[[], Awaitable[Result]]) -> Result:
        with self.accepted:
            for attempt in range(1, self._options.attempts_max):
                try:
                    return await attempt_once()
                except _Again:
                    await asyncio.sleep(self._pause(attempt))
            try:
                return await attempt_once()
            except _Again as again:
                raise exhausted(again.cause) from again.cause

    def _pause(self, attempt: int) -> float:
        """Return a random pause in seconds: the rivals of a conflict must not meet again."""
        longest = self._options.first_pause_seconds * 2**attempt
        return random.uniform(0, min(longest, self._options.longest_pause_seconds))  # noqa: S311 -- no secret

    async def _attempt(
        self, unit: Unit[Result], *, may_write: bool
    ) -> tuple[Result, Sequence[int]]:
        raw = await self._connections.acquire()
        begin = BEGIN_WRITE if may_write else _BEGIN_READ
        connection = PostgresConnection(raw, may_write=may_write, begin=begin)
        is_committing = False
        try:
            result = await unit(connection)
            if connection.failure is not None:
                # The unit swallowed a failed statement, but the server did not.
                raise connection.failure  # noqa: TRY301 -- undone and judged like any other
            await connection.settle()
            if connection.announced:
                reached("write.settled")
            # A read stores nothing, so whether its COMMIT arrived is no question.
            is_committing = may_write
            await connection.commit()
        except BaseException as error:
            # Shielded as one: a second cancellation must not return a connection that is still
            # inside a transaction.
            await asyncio.shield(self._connections.undo(raw))
            again = _again(error, connection, is_committing=is_committing)
            if again is not None:
                raise again from error
            raise
        await self._connections.release(raw)
        return result, tuple(connection.announced)

    async def _at_once(
        self, sql: str, arguments: Sequence[Value], *, may_write: bool
    ) -> Sequence[Row]:
        raw = await self._connections.acquire()
        connection = PostgresConnection(raw, may_write=may_write)
        try:
            rows = await connection.fetch_all(sql, *arguments)
        except BaseException as error:
            await asyncio.shield(self._connections.undo(raw))
            again = _again(error, connection, is_committing=may_write)
            if again is not None:
                raise again from error
            raise
        await self._connections.release(raw)
        return rows


def _again(
    error: BaseException, connection: PostgresConnection, *, is_committing: bool
) -> Exception | None:
    """Decide whether a failed attempt is repeated, or becomes another error; None keeps it."""
    failure = connection.failure
    if not isinstance(error, Exception) or failure is None:
        return None
    if is_committing and (unknown := outcome_unknown(failure)) is not None:
        return unknown
    if isinstance(failure, (*CONFLICTS, ConnectionLost)):
        return _Again(failure)
    return None


def outcome_unknown(failure: Exception) -> DatabaseUnavailable | None:
    """Return the error of a COMMIT that was sent and not answered; None when it was refused."""
    if isinstance(failure, ConnectionLost) or isinstance(failure.__cause__, TimeoutError):
        message = "the connection broke during COMMIT: whether the unit is stored is unknown"
        return DatabaseUnavailable(message)
    return None
