"""One PostgreSQL connection as the port sees it, inside one transaction.

It exists to keep asyncpg's names, row counts and errors out of the stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from pfh.adapters.database.postgres_errors import translate
from pfh.ports.database import Dialect, Row, Value

if TYPE_CHECKING:
    RawConnection: TypeAlias = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

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


class PostgresConnection:
    """The port's connection over asyncpg; lives as long as one attempt of one unit."""

    __slots__ = ("_may_write", "_raw", "announced", "failure")

    def __init__(self, raw: RawConnection, *, may_write: bool) -> None:
        """Take a connection inside a transaction."""
        self._raw = raw
        self._may_write = may_write
        self.announced: dict[int, None] = {}
        # The server refuses everything after a failed statement and turns COMMIT into ROLLBACK.
        self.failure: Exception | None = None

    @property
    def dialect(self) -> Dialect:
        """Always `postgres`."""
        return "postgres"

    async def fetch_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return every row as a record, which is read by position."""
        try:
            rows = await self._raw.fetch(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return rows  # type: ignore[return-value]  # A record is read like a sequence.

    async def fetch_one(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row as a record, or None."""
        try:
            row = await self._raw.fetchrow(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error
        return row  # type: ignore[return-value]  # A record is read like a sequence.

    async def fetch_value(self, sql: str, *arguments: Value) -> Any:  # noqa: ANN401 -- a column's own type
        """Return the first column of the first row, or None."""
        try:
            return await self._raw.fetchval(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error

    async def execute(self, sql: str, *arguments: Value) -> int:
        """Run one statement and return the number of rows that it changed, 0 for DDL."""
        try:
            status = await self._raw.execute(sql, *arguments)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error
        # `INSERT 0 3`, `UPDATE 3`, `CREATE TABLE`; a SELECT changes nothing.
        word = status.rpartition(" ")[2]
        return int(word) if word.isdigit() and not status.startswith("SELECT") else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for each row of arguments, pipelined by the driver."""
        try:
            await self._raw.executemany(sql, rows)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error

    def announce(self, household_id: int) -> None:
        """Remember the household for after the commit."""
        self.announced[household_id] = None

    async def control(self, sql: str) -> None:
        """Begin or commit; for the adapter alone."""
        try:
            await self._raw.execute(sql)
        except DRIVER_ERRORS as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> Exception:
        failure = translate(error, is_closed=is_gone(self._raw), may_write=self._may_write)
        self.failure = failure
        return failure
