"""A unit of work on its way to a SQLite thread and back to the event loop that awaits it.

It exists so that the writer and the readers drive units and hand results back in one way, with one
wake-up of the loop for a whole group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any

from pfh.adapters.database.listeners import Listener, notify
from pfh.adapters.database.sqlite_connection import SqliteConnection
from pfh.ports.database import DatabaseUnavailable, Unit


class Job:
    """One accepted unit; made on the caller's loop, run on a thread, settled on the loop again."""

    __slots__ = ("announced", "context", "error", "future", "loop", "queued_at", "result", "unit")

    def __init__(self, unit: Unit[Any]) -> None:
        """Accept a unit from the running loop.

        The caller's context variables travel with it, so that a correlation id is seen inside the
        unit on this dialect as it is on PostgreSQL.
        """
        self.unit = unit
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.context: Context = copy_context()
        self.queued_at = perf_counter()
        self.result: Any = None
        self.error: BaseException | None = None
        self.announced: Sequence[int] = ()

    def run(self, connection: SqliteConnection, started: float) -> bool:
        """Run the unit to its end and keep its result or error; True when it may commit."""
        connection.start_unit(started)
        try:
            self.result = self.context.run(drive, self.unit, connection)
        except BaseException as error:  # noqa: BLE001 -- whatever it is belongs to the caller
            self.error = error
            return False
        self.error = connection.failure
        self.announced = connection.announced
        return self.error is None


def drive(unit: Unit[Any], connection: SqliteConnection) -> Any:  # noqa: ANN401 -- the unit's own
    """Run a unit without an event loop; nothing that it awaits on this connection suspends.

    Raises:
        RuntimeError: the unit awaits something other than its connection.
    """
    steps = unit(connection).__await__()
    try:
        next(steps)
    except StopIteration as stop:
        return stop.value
    close = getattr(steps, "close", None)
    if close is not None:
        close()
    name = getattr(unit, "__qualname__", repr(unit))
    message = f"the unit of work {name} awaits something other than its connection"
    raise RuntimeError(message)


def deliver(
    jobs: Sequence[Job],
    listeners: Sequence[tuple[asyncio.AbstractEventLoop, Listener]] = (),
) -> None:
    """Settle jobs on their loops and tell listeners on theirs: one wake-up for each loop.

    Each listener hears each announced household once.
    """
    by_loop: dict[asyncio.AbstractEventLoop, tuple[list[Job], list[Listener]]] = {}
    households: dict[int, None] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, ([], []))[0].append(job)
        for household_id in job.announced:
            households[household_id] = None
    if households:
        for loop, listener in listeners:
            by_loop.setdefault(loop, ([], []))[1].append(listener)
    heard = tuple(households)
    for loop, (settled, hearing) in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled, hearing, heard)
        except RuntimeError:
            # The loop was closed while its units ran: nobody is left to be told.
            continue


def _settle(jobs: Sequence[Job], listeners: Sequence[Listener], households: Sequence[int]) -> None:
    for job in jobs:
        future = job.future
        if future.done():
            continue
        if job.error is None:
            future.set_result(job.result)
        else:
            future.set_exception(job.error)
    notify(listeners, households)


def refuse_the_rest(queue: SimpleQueue[Job | None]) -> None:
    """Settle what nobody will run any more; the marks that end a thread go with it."""
    refused: list[Job] = []
    while True:
        try:
            job = queue.get_nowait()
        except Empty:
            break
        if job is not None:
            job.error = closed()
            refused.append(job)
    deliver(refused)


def closed() -> DatabaseUnavailable:
    """Return the error of a unit that came after the close."""
    return DatabaseUnavailable("the database was closed")
