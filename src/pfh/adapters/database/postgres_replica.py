"""Reading from a replica, and only what it shows as the primary would.

It exists so that lists and reports need not burden the server that takes the writes. How it is
known that a snapshot of the replica is new enough: it holds the very event that is the head of the
household on the primary. Each event carries the hash of its predecessor, so a replica that lags, or
one that followed another history before a failover, cannot pass (docs/decisions/0020).
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Final

import asyncpg

from pfh.adapters.database.postgres_connection import (
    DRIVER_ERRORS,
    leave_as_it_is,
    prepare_connection,
)
from pfh.adapters.database.postgres_connections import Connections
from pfh.adapters.database.postgres_options import REPLICA_LAG_SECONDS_MAX, PostgresOptions
from pfh.adapters.database.postgres_servers import PostgresServers, RawConnection
from pfh.adapters.database.postgres_units import Units
from pfh.observability.database_metrics import PoolState
from pfh.observability.metrics import READS_TO_SHOW, REPLICA_LAG_SECONDS, REPLICA_UP
from pfh.ports.database import Connection, DatabaseError, Result, Unit

_ROUND_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 2.0
# A replica that does not tell at once whether it is new enough is no help.
_CHECK_SECONDS: Final = 1.0
_HEAD: Final = "SELECT household_seq, hash FROM event_heads WHERE household_id = $1"
_HAS_EVENT: Final = """
    SELECT pg_is_in_recovery(),
           (SELECT hash FROM events WHERE household_id = $1 AND household_seq = $2)"""
_WRITTEN: Final = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
_REPLAYED: Final = "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0'::pg_lsn"
_FAILURES: Final = (*DRIVER_ERRORS, DatabaseError)


class ReplicaUnfit(Exception):
    """The read goes to the primary; `reason` is away, behind or failed."""

    def __init__(self, reason: str) -> None:
        """Take one word."""
        super().__init__(reason)
        self.reason = reason


class Replica:
    """A pool on the replica while it serves, and a task that finds out whether it does."""

    def __init__(self, options: PostgresOptions, primary: Units) -> None:
        """Begin to look for the replica on the running loop; it need not be there."""
        self._options = replace(
            options, pool_name="replica", attempts_max=1, acquire_seconds=0.5, undo_seconds=0.5
        )
        self._primary = primary
        self._servers = PostgresServers(options.url, "replica", tls=options.ssl)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._connections: Connections | None = None
        self._units: Units | None = None
        # When the primary had written how much, as far as the replica has not shown it yet.
        self._written: deque[tuple[float, int]] = deque(maxlen=3_600)
        self._lag_seconds = 0.0
        self._line: RawConnection | None = None
        REPLICA_UP.set(0)
        self._watching = asyncio.create_task(self._watch(), name="database-replica")

    async def read(self, unit: Unit[Result], household_id: int) -> Result:
        """Run a unit on the replica.

        Raises:
            ReplicaUnfit: the unit has to run on the primary; it may have begun here.
            DatabaseUnavailable, DatabaseTimeout: the primary did not tell what it holds.
            What the unit raises.
        """
        units = self._units
        if units is None or self._lag_seconds > REPLICA_LAG_SECONDS_MAX:
            raise ReplicaUnfit("away" if units is None else "behind")
        heads = await self._primary.look_up(_HEAD, household_id)
        if not heads:
            raise ReplicaUnfit("behind")
        sequence, link = int(heads[0][0]), bytes(heads[0][1])

        async def checked(connection: Connection) -> Result:
            async with asyncio.timeout(_CHECK_SECONDS):
                row = await connection.fetch_one(_HAS_EVENT, household_id, sequence)
            if row is None or not row[0] or row[1] is None or bytes(row[1]) != link:
                raise ReplicaUnfit("behind")
            return await unit(connection)

        try:
            result, _ = await units.run(checked, may_write=False)
        except _FAILURES as error:
            # Also a column that a migration made and the replica does not have yet.
            raise ReplicaUnfit("failed") from error
        READS_TO_SHOW.labels("replica", "caught_up").inc()
        return result

    async def close(self) -> None:
        """Stop looking and cut every connection; units on it run again on the primary."""
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        self._leave()

    def pool_state(self) -> PoolState:
        """Tell how full the pool is."""
        if self._connections is not None:
            return self._connections.state()
        return PoolState(self._options.pool_name, self._options.pool_max, 0, 0)

    async def _watch(self) -> None:
        while True:
            begun = monotonic()
            with suppress(*_FAILURES):
                for row in await self._primary.look_up(_WRITTEN):
                    self._written.append((begun, int(row[0])))
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._look()
            except _FAILURES:
                self._leave()
            await asyncio.sleep(_ROUND_SECONDS)

    async def _look(self) -> None:
        """Ask the replica how far it is; it has a pool exactly while it answers this."""
        if self._line is None:
            # Not of the pool, whose connections may all be at work.
            self._line = await self._servers.connect(**self._options.connection_settings())
            await prepare_connection(self._line)
        row = await self._line.fetchrow(_REPLAYED)
        if row is None or not row[0]:
            # It was promoted; the next connection goes to another server of the list, if any is.
            self._leave()
            return
        replayed = int(row[1] or 0)
        while self._written and self._written[0][1] <= replayed:
            self._written.popleft()
        self._lag_seconds = monotonic() - self._written[0][0] if self._written else 0.0
        if self._pool is None:
            self._pool = await self._open()
            self._connections = Connections(self._pool, self._options)
            self._units = Units(self._connections, self._options)
        REPLICA_LAG_SECONDS.set(self._lag_seconds)
        REPLICA_UP.set(1)

    async def _open(self) -> asyncpg.Pool[asyncpg.Record]:
        return await asyncpg.create_pool(
            min_size=0,
            max_size=self._options.pool_max,
            connect=self._servers.connect,
            init=prepare_connection,
            reset=leave_as_it_is,
            **self._options.connection_settings(),
        )

    def _leave(self) -> None:
        line, pool = self._line, self._pool
        self._line = self._pool = self._connections = self._units = None
        REPLICA_UP.set(0)
        if line is not None:
            line.terminate()
        if pool is not None:
            # Units that wait for an answer run again on the primary, at once.
            pool.terminate()
