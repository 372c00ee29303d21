"""The database port on one SQLite file: the truth of an embedded hub.

It exists so that a family needs no server: one writer thread with group commit, a few reader
threads, WAL and `synchronous=FULL`. The reasons and the figures are in the port and in the writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pfh.adapters.database.listeners import Listener
from pfh.adapters.database.sqlite_connection import SqliteOptions, open_connection
from pfh.adapters.database.sqlite_jobs import Job, closed
from pfh.adapters.database.sqlite_readers import Readers
from pfh.adapters.database.sqlite_writer import Writer
from pfh.observability.database_metrics import DATABASE_METRICS, PoolState, Tally
from pfh.ports.database import (
    Connection,
    DatabaseTimeout,
    DatabaseUnavailable,
    Dialect,
    Result,
    Row,
    Unit,
    Value,
)

if TYPE_CHECKING:
    from pfh.ports.database import Database

__all__ = ["SqliteDatabase", "SqliteOptions", "open_sqlite"]


def open_sqlite(path: Path | str, options: SqliteOptions | None = None) -> SqliteDatabase:
    """Open or create the file and start the threads; needs no running event loop.

    Units may come from any number of event loops and threads. `close` must be awaited; a process
    that ends without it loses nothing that was acknowledged.

    Args:
        path: the file; its folder must exist. `:memory:` is refused, the threads share a file.
        options: sizes and limits; the defaults are the measured ones.

    Raises:
        DatabaseUnavailable: the file cannot be opened, or is not a SQLite database.
        ValueError: the path is `:memory:` or empty.
    """
    if str(path) in {":memory:", "", "."}:
        message = "SQLite needs a file: its threads share one"
        raise ValueError(message)
    return SqliteDatabase(Path(path), options or SqliteOptions())


class SqliteDatabase:
    """One file, one writer, some readers."""

    def __init__(self, path: Path, options: SqliteOptions) -> None:
        """Open every connection at once, so that a bad file is known now."""
        self.path = path
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Listener]] = []
        self._is_closed = False
        writing = open_connection(path, options, may_write=True)
        reading = [
            open_connection(path, options, may_write=False) for _ in range(max(1, options.readers))
        ]
        self._writer = Writer(writing, options, self._present_listeners)
        self._readers = Readers(reading, options)
        DATABASE_METRICS.watch(self)

    def _present_listeners(self) -> Sequence[tuple[asyncio.AbstractEventLoop, Listener]]:
        return self._listeners

    @property
    def dialect(self) -> Dialect:
        """Always `sqlite`."""
        return "sqlite"

    async def read(self, unit: Unit[Result]) -> Result:
        """Run a unit on a reader thread, on one snapshot."""
        if self._is_closed:
            raise closed()
        job = Job(unit)
        self._readers.submit(job)
        result: Result = await job.future
        return result

    async def look_up(self, sql: str, *arguments: Value) -> Row | None:
        """Run one statement as `read` does."""
        return await self.read(lambda connection: connection.fetch_one(sql, *arguments))

    async def look_up_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Run one statement as `read` does."""
        return await self.read(lambda connection: connection.fetch_all(sql, *arguments))

    async def read_to_show(self, unit: Unit[Result], household_id: int) -> Result:
        """Run a unit as `read` does: there is no copy."""
        del household_id
        return await self.read(unit)

    async def write(self, unit: Unit[Result], *, foreseen: bool = False) -> Result:  # noqa: ARG002 -- all share commits here
        """Run a unit on the writer thread and return once its group is durable.

        A caller that is cancelled while its unit waits withdraws it; once begun it is stored or not
        as if it had stayed.
        """
        if self._is_closed:
            raise closed()
        job = Job(unit)
        self._writer.submit(job)
        result: Result = await job.future
        return result

    async def write_one(self, sql: str, *arguments: Value) -> Row | None:
        """Run one statement as `write` does."""
        return await self.write(lambda connection: connection.fetch_one(sql, *arguments))

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call the listener on the loop that runs now, once for each household and group."""
        entry = (asyncio.get_running_loop(), listener)
        # A new list each time: the writer thread may be walking the old one.
        self._listeners = [*self._listeners, entry]

        def unsubscribe() -> None:
            self._listeners = [other for other in self._listeners if other is not entry]

        return unsubscribe

    async def check(self) -> None:
        """Read one value from the file; a full queue counts as a failure too."""
        try:
            await self.read(_one)
        except DatabaseTimeout as error:
            raise DatabaseUnavailable(str(error)) from error

    async def close(self) -> None:
        """Finish what was accepted and close the file; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        # Readers first: the last connection to close folds the log back, and that is the writer's.
        await asyncio.to_thread(self._readers.stop)
        await asyncio.to_thread(self._writer.stop)
        DATABASE_METRICS.forget(self)

    def pools(self) -> Sequence[PoolState]:
        """Tell how full the threads are, for the metrics."""
        busy = self._readers.busy
        return (
            PoolState("writer", 1, int(self._writer.is_busy), self._writer.waiting),
            PoolState("readers", len(self._readers.tallies), busy, self._readers.waiting),
        )

    def tallies(self) -> Sequence[tuple[str, Tally]]:
        """Return the tallies by the kind of unit: `write`, `read`, and `group` for group sizes."""
        return (
            ("write", self._writer.seconds),
            ("group", self._writer.group_sizes),
            *(("read", tally) for tally in self._readers.tallies),
        )


async def _one(connection: Connection) -> None:
    await connection.fetch_value("SELECT 1")


if TYPE_CHECKING:

    def _keeps_the_contract(database: SqliteDatabase) -> Database:
        return database
