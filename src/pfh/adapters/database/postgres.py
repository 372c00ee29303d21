"""The database port on PostgreSQL 15 to 18: the truth of a cluster.

It exists so that many processes share one server. How units are isolated and repeated:
`postgres_units.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import asyncpg

from pfh.adapters.database.listeners import Listener, notify
from pfh.adapters.database.postgres_connection import leave_as_it_is, prepare_connection
from pfh.adapters.database.postgres_connections import Connections
from pfh.adapters.database.postgres_errors import unreachable
from pfh.adapters.database.postgres_look_ups import LookUps
from pfh.adapters.database.postgres_options import PostgresOptions
from pfh.adapters.database.postgres_replica import Replica, ReplicaUnfit
from pfh.adapters.database.postgres_servers import PostgresServers
from pfh.adapters.database.postgres_together import Together
from pfh.adapters.database.postgres_units import Units
from pfh.observability.database_metrics import DATABASE_METRICS, PoolState, Tally, seconds_tally
from pfh.observability.failpoints import reached
from pfh.observability.metrics import READS_TO_SHOW
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

__all__ = ["PostgresDatabase", "PostgresOptions", "open_postgres"]


async def open_postgres(
    options: PostgresOptions, replica: PostgresOptions | None = None
) -> PostgresDatabase:
    """Connect the smallest pool and return the database, bound to the running event loop.

    Args:
        options: of the server that takes the writes, or of several of which one does.
        replica: of its replica, which need not be there.

    Raises:
        DatabaseUnavailable: the server cannot be reached or refuses us.
        ValueError: the URL is not one of PostgreSQL.
    """
    try:
        servers = PostgresServers(options.url, "primary", tls=options.ssl)
        pool = await asyncpg.create_pool(
            min_size=min(options.pool_min, options.pool_max),
            max_size=options.pool_max,
            connect=servers.connect,
            init=prepare_connection,
            reset=leave_as_it_is,
            **options.connection_settings(),
        )
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise unreachable(error) from error
    connections = Connections(pool, options)
    servers.on_promotion = connections.expire
    return PostgresDatabase(connections, options, replica)


class PostgresDatabase:
    """A pool of connections to one server."""

    def __init__(
        self,
        connections: Connections,
        options: PostgresOptions,
        replica: PostgresOptions | None = None,
    ) -> None:
        """Take the connections over; a replica is looked for beside them."""
        self._connections = connections
        self._listeners: tuple[Listener, ...] = ()
        self._is_closed = False
        self._units = Units(connections, options)
        self._together = Together(self._units, connections)
        self._look_ups = LookUps(self._units, connections)
        self._replica = None if replica is None else Replica(replica, self._units)
        self._read_seconds, self._write_seconds = seconds_tally(), seconds_tally()
        DATABASE_METRICS.watch(self)

    @property
    def dialect(self) -> Dialect:
        """Always `postgres`."""
        return "postgres"

    async def read(self, unit: Unit[Result]) -> Result:
        """Run a unit in one read-only snapshot."""
        self._refuse_when_closed()
        started = perf_counter()
        try:
            result, _ = await self._units.run(unit, may_write=False)
        finally:
            self._read_seconds.observe(perf_counter() - started)
        return result

    async def look_up(self, sql: str, *arguments: Value) -> Row | None:
        """Run one SELECT outside of a transaction: a statement is a snapshot of its own."""
        self._refuse_when_closed()
        _refuse_to_store(sql)
        started = perf_counter()
        try:
            return await self._look_ups.find(sql, *arguments)
        finally:
            self._read_seconds.observe(perf_counter() - started)

    async def look_up_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Run one SELECT likewise, but alone: many rows should keep no other question waiting."""
        self._refuse_when_closed()
        _refuse_to_store(sql)
        started = perf_counter()
        try:
            return await self._units.look_up(sql, *arguments)
        finally:
            self._read_seconds.observe(perf_counter() - started)

    async def read_to_show(self, unit: Unit[Result], household_id: int) -> Result:
        """Run a unit on the replica when that holds what the primary does, else on the primary."""
        if self._replica is None or self._is_closed:
            return await self.read(unit)
        started = perf_counter()
        try:
            result = await self._replica.read(unit, household_id)
        except ReplicaUnfit as unfit:
            READS_TO_SHOW.labels("primary", unfit.reason).inc()
        else:
            self._read_seconds.observe(perf_counter() - started)
            return result
        return await self.read(unit)

    async def write(self, unit: Unit[Result], *, foreseen: bool = False) -> Result:
        """Run a unit in one transaction and return once its COMMIT was answered.

        Foreseen ones of several callers share a transaction (`postgres_together.py`).

        It runs again after a serialization failure, a deadlock, or a connection that broke before
        the COMMIT was sent. When it breaks after that, `DatabaseUnavailable` says that the outcome
        is unknown: an idempotency key makes the caller's own repetition safe.
        """
        self._refuse_when_closed()
        started = perf_counter()
        try:
            if foreseen:
                result, households = await self._together.run(unit)
            else:
                result, households = await self._units.run(unit, may_write=True)
        finally:
            self._write_seconds.observe(perf_counter() - started)
        if households:
            reached("write.committed")
            notify(self._listeners, households)
        return result

    async def write_one(self, sql: str, *arguments: Value) -> Row | None:
        """Run one statement that the server commits by itself."""
        self._refuse_when_closed()
        started = perf_counter()
        try:
            rows = await self._units.write_one(sql, *arguments)
        finally:
            self._write_seconds.observe(perf_counter() - started)
        return rows[0] if rows else None

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call the listener on the pool's loop after each commit of this process."""

        def entry(household_id: int) -> None:
            # One function for each subscription, so that a listener may subscribe twice.
            listener(household_id)

        self._listeners = (*self._listeners, entry)

        def unsubscribe() -> None:
            self._listeners = tuple(other for other in self._listeners if other is not entry)

        return unsubscribe

    async def check(self) -> None:
        """Make one round trip; a full pool counts as a failure too."""
        try:
            await self.read(_one)
        except DatabaseTimeout as error:
            raise DatabaseUnavailable(str(error)) from error

    async def close(self) -> None:
        """Wait for the accepted units, then close the pool; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._replica is not None:
            await self._replica.close()
        await self._units.wait_until_idle()
        await self._connections.close()
        DATABASE_METRICS.forget(self)

    def pools(self) -> Sequence[PoolState]:
        """Tell how full the pools are, for the metrics."""
        primary = self._connections.state()
        return (primary,) if self._replica is None else (primary, self._replica.pool_state())

    def tallies(self) -> Sequence[tuple[str, Tally]]:
        """Return the tallies by the kind of unit, and of the waits for a connection."""
        return (
            ("read", self._read_seconds),
            ("write", self._write_seconds),
            ("acquire", self._connections.acquire_seconds),
            ("group", self._together.group_sizes),
        )

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            message = "the database was closed"
            raise DatabaseUnavailable(message)


def _refuse_to_store(sql: str) -> None:
    """Refuse what is no SELECT: nothing else would keep it from being stored."""
    if not sql.lstrip().startswith("SELECT"):
        message = f"a look-up is a SELECT, not {sql.split(maxsplit=1)[0]}"
        raise RuntimeError(message)


async def _one(connection: Connection) -> None:
    await connection.fetch_value("SELECT 1")


if TYPE_CHECKING:

    def _keeps_the_contract(database: PostgresDatabase) -> Database:
        return database
