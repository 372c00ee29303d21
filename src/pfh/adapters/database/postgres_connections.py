"""Handing connections of a pool to units, and on from one unit to the next.

It exists because the pool's own way costs a round of statements as much as a message to the server
does: its queue, a time limit and two tasks. A connection that comes back is handed on directly, and
goes through the pool once a second, where it is closed when the pool says so.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Final

import asyncpg

from pfh.adapters.database.postgres_connection import DRIVER_ERRORS, is_gone
from pfh.adapters.database.postgres_errors import unreachable
from pfh.adapters.database.postgres_options import PostgresOptions
from pfh.observability.database_metrics import PoolState, seconds_tally
from pfh.ports.database import DatabaseTimeout

if TYPE_CHECKING:
    from pfh.adapters.database.postgres_connection import RawConnection

_SPARE_SECONDS: Final = 1.0


class Connections:
    """The connections of a pool, with a limit on the wait for one."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], options: PostgresOptions) -> None:
        """Use an open pool."""
        self.acquire_seconds = seconds_tally()
        self._pool = pool
        self._options = options
        self._waiting = 0
        # Taken from the pool and at rest; the last one that came goes first, so others fall due.
        self._spare: list[RawConnection] = []
        # When each one that was taken from the pool has to go back.
        self._due: dict[RawConnection, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def acquire(self) -> RawConnection:
        """Take a connection; raises DatabaseTimeout or DatabaseUnavailable."""
        asked = perf_counter()
        try:
            while self._spare:
                raw = self._spare.pop()
                if not is_gone(raw):
                    return raw
                await self._return(raw)
            return await self._acquire()
        finally:
            self.acquire_seconds.observe(perf_counter() - asked)

    async def release(self, raw: RawConnection) -> None:
        """Give back a connection that is in no transaction."""
        if self._waiting or self._is_closed or self._due.get(raw, 0.0) <= monotonic():
            await self._return(raw)
            return
        self._spare.append(raw)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_SPARE_SECONDS, self._return_spare)

    async def undo(self, raw: RawConnection) -> None:
        """Roll back and give the connection back; one that does not obey is cut."""
        try:
            if not is_gone(raw):
                async with asyncio.timeout(self._options.undo_seconds):
                    await raw.execute("ROLLBACK")
        except DRIVER_ERRORS:
            if not is_gone(raw):
                raw.terminate()
        finally:
            await self._return(raw)

    async def expire(self) -> None:
        """Let no connection of now be used for another unit."""
        self._due.clear()
        self._return_spare()
        await self._pool.expire_connections()

    async def close(self) -> None:
        """Close the pool; every unit has ended."""
        self._is_closed = True
        self._return_spare()
        await asyncio.gather(*self._returning)
        await self._pool.close()

    def state(self) -> PoolState:
        """Tell how full the pool is, for the metrics; its size is what it may grow to."""
        in_use = self._pool.get_size() - self._pool.get_idle_size() - len(self._spare)
        options = self._options
        return PoolState(options.pool_name, options.pool_max, max(0, in_use), self._waiting)

    async def _acquire(self) -> RawConnection:
        self._waiting += 1
        limit = asyncio.timeout(self._options.acquire_seconds)
        try:
            async with limit:
                raw = await self._pool.acquire()
        except DRIVER_ERRORS as error:
            if limit.expired():
                message = "POOL_TIMEOUT: no connection of the pool was free in time"
                raise DatabaseTimeout(message) from error
            raise unreachable(error) from error
        finally:
            self._waiting -= 1
        self._due[raw] = monotonic() + _SPARE_SECONDS
        return raw

    async def _return(self, raw: RawConnection) -> None:
        self._due.pop(raw, None)
        # What was done with it is done. One that breaks on its way back is cut by the pool.
        with suppress(*DRIVER_ERRORS):
            await self._pool.release(raw)

    def _return_spare(self) -> None:
        """Give what rests back to the pool, all of it: what is busy takes one again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        spare, self._spare = self._spare, []
        for raw in spare:
            task = asyncio.get_running_loop().create_task(self._return(raw))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)
