"""One PostgreSQL connection as the port sees it, inside one transaction.

It exists to keep asyncpg's names, row counts and errors out of the stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from pfh.adapters.database.postgres_errors import translate
from pfh.adapters.database.postgres_gathering import GatheringConnection
from pfh.adapters.database.postgres_texts import with_numbers, written_together
from pfh.observability.spans import statement_span
from pfh.ports.database import Row, Value

if TYPE_CHECKING:
    RawConnection: TypeAlias = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

# Of statements that travel together the span has the name of the first.
SYSTEM: Final = "postgresql"
DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


async def prepare_connection(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    """Teach a new connection the types that cross the port.

    Dates are ISO text both ways. A sum of BIGINT is NUMERIC on PostgreSQL: it comes back as an
    integer, as on SQLite, and as an exact decimal only when it has a fraction.
    """
    await raw.set_type_codec("date", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await raw.set_type_codec(
        "numeric", schema="pg_catalog", encoder=str, decoder=_number, format="text"
    )


async def leave_as_it_is(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Skip the driver's reset: a unit ends its transaction and sets nothing for the session.

    The reset costs a round trip for each unit.
    """


def is_gone(raw: RawConnection) -> bool:
    """Tell whether the connection broke; the pool takes a broken one back behind our back."""
    try:
        return raw.is_closed()
    except asyncpg.InterfaceError:
        return True


def _number(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:
        return Decimal(text)


class PostgresConnection(GatheringConnection):
    """The port's connection over asyncpg; lives as long as one attempt of one unit.

    What a round trip can carry with it, it carries: the BEGIN goes with the first lock, expected
    queries with the next one, deferred writes with each other.
    """

    __slots__ = ("_begin", "_may_write", "_raw", "failure")

    def __init__(self, raw: RawConnection, *, may_write: bool, begin: str | None = None) -> None:
        """Take a connection; `begin` is sent before or with the first statement."""
        super().__init__()
        self._raw = raw
        self._may_write = may_write
        self._begin = begin
        # The server refuses everything after a failed statement and turns COMMIT into ROLLBACK.
        self.failure: Exception | None = None

    async def fetch_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return every row as a record, which is read by position."""
        if self._expected or self._found:
            known = await self._expected_rows((sql, arguments))
            if known is not None:
                return known
        await self._catch_up()
        try:
            with statement_span(SYSTEM, sql):
                rows = await self._raw.fetch(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return rows  # type: ignore[return-value]  # A record is read like a sequence.

    async def fetch_one(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row as a record, or None."""
        if self._expected or self._found:
            known = await self._expected_rows((sql, arguments))
            if known is not None:
                return known[0] if known else None
        return await self._ask(sql, arguments, sql)

    async def execute(self, sql: str, *arguments: Value) -> int:
        """Run one statement and return the number of rows that it changed, 0 for DDL."""
        await self._catch_up()
        self._found.clear()
        try:
            with statement_span(SYSTEM, sql):
                status = await self._raw.execute(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return 0 if status.startswith("SELECT") else _count(status)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for each row of arguments, pipelined by the driver."""
        await self._catch_up()
        self._found.clear()
        try:
            with statement_span(SYSTEM, sql):
                await self._raw.executemany(sql, rows)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error

    async def lock(self, sql: str, *numbers: int) -> int:
        """Send the statement without parameters, so that the BEGIN can go with it."""
        text = with_numbers(sql, numbers)
        if self._begin is None:
            await self._catch_up()
        else:
            text, self._begin = f"{self._begin}; {text}", None
        self._found.clear()
        try:
            with statement_span(SYSTEM, sql):
                return _count(await self._raw.execute(text))
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error

    def confirm(self, sql: str, *arguments: Value) -> None:
        """Do nothing: the locks were got before anything was asked."""

    async def commit(self) -> None:
        """End the transaction, if there is one; what was deferred is written by `settle`."""
        if self._begin is None:
            await self._control("COMMIT")

    async def settle(self) -> None:
        """Write what was deferred; the adapter calls it before the end of the unit."""
        if self._deferred:
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Make sure that the server is where the unit believes it to be."""
        if self._begin is not None:
            begin, self._begin = self._begin, None
            await self._control(begin)
        while self._deferred:
            writes, values, first = self._next_batch()
            self._found.clear()
            try:
                with statement_span(SYSTEM, first):
                    await self._raw.execute(written_together(writes), *values)
            except DRIVER_ERRORS as error:
                raise self._failed(error) from error

    async def _ask(self, text: str, values: tuple[Value, ...], first: str) -> Row | None:
        await self._catch_up()
        try:
            with statement_span(SYSTEM, first):
                row = await self._raw.fetchrow(text, *values)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return row  # type: ignore[return-value]  # A record is read like a sequence.

    async def _control(self, sql: str) -> None:
        try:
            with statement_span(SYSTEM, sql):
                await self._raw.execute(sql)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> Exception:
        failure = translate(error, is_closed=is_gone(self._raw), may_write=self._may_write)
        self.failure = failure
        return failure


def _count(status: str) -> int:
    """Return the rows that a statement tells of: `INSERT 0 3`, `UPDATE 3`, `CREATE TABLE`."""
    word = status.rpartition(" ")[2]
    return int(word) if word.isdigit() else 0
