"""The database port on a connection that only reads, for the reports of a held source.

It exists so that reports of the source come from the very snapshot that is moved, and so that
nothing can write to the source by the way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pfh.ports.database import Connection, Dialect, Row, Unit, Value

if TYPE_CHECKING:
    from pfh.ports.database import Database

Result = TypeVar("Result")


class ReadingDatabase:
    """Runs reading units, one after the other, by the function that it is given."""

    def __init__(self, dialect: Dialect, drive: Callable[[Unit[Any]], Awaitable[Any]]) -> None:
        """Take what runs a unit on the connection; the connection's owner closes it."""
        self._dialect: Dialect = dialect
        self._drive = drive

    @property
    def dialect(self) -> Dialect:
        """The dialect of the connection."""
        return self._dialect

    async def read(self, unit: Unit[Result]) -> Result:
        """Run a unit on the connection."""
        result: Result = await self._drive(unit)
        return result

    async def look_up(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row of one SELECT."""
        return await self.read(lambda connection: connection.fetch_one(sql, *arguments))

    async def look_up_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return the rows of one SELECT."""
        return await self.read(lambda connection: connection.fetch_all(sql, *arguments))

    async def read_to_show(self, unit: Unit[Result], household_id: int) -> Result:
        """Run a unit on the connection: it is the only one."""
        del household_id
        return await self.read(unit)

    async def write(self, unit: Unit[Result], *, foreseen: bool = False) -> NoReturn:
        """Refuse: what is moved must not change."""
        del unit, foreseen
        message = "the source of a move may not be written"
        raise RuntimeError(message)

    async def write_one(self, sql: str, *arguments: Value) -> NoReturn:
        """Refuse, as `write`."""
        del sql, arguments
        message = "the source of a move may not be written"
        raise RuntimeError(message)

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Accept a listener that will never hear of anything."""
        del listener
        return lambda: None

    async def check(self) -> None:
        """Make one round trip."""

        async def one(connection: Connection) -> None:
            await connection.fetch_value("SELECT 1")

        await self.read(one)

    async def close(self) -> None:
        """Do nothing: the connection's owner closes it."""


if TYPE_CHECKING:

    def _keeps_the_contract(database: ReadingDatabase) -> Database:
        return database
