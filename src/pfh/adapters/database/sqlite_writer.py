"""The one thread that writes: units share a transaction and its fsync (group commit).

It exists because a durable commit costs more than the statements of a unit: sixteen waiting units
in one commit cost one fsync, and each is still atomic on its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import perf_counter

from pfh.adapters.database.listeners import Listener
from pfh.adapters.database.sqlite_connection import SqliteConnection, SqliteOptions
from pfh.adapters.database.sqlite_errors import translate
from pfh.adapters.database.sqlite_jobs import Job, deliver, refuse_the_rest
from pfh.observability.database_metrics import Tally, group_tally, seconds_tally
from pfh.ports.database import DatabaseTimeout

Listeners = Callable[[], Sequence[tuple[asyncio.AbstractEventLoop, Listener]]]


class Writer:
    """A queue and the thread that empties it, in the order of arrival.

    A group ends when nothing waits, when it has `group_units_max` units, or when it has run for
    `group_seconds_max`, so that a long unit (a batch of an import) holds back nobody's commit.
    """

    def __init__(
        self, raw: sqlite3.Connection, options: SqliteOptions, listeners: Listeners
    ) -> None:
        """Start the thread on an open connection."""
        self.seconds: Tally = seconds_tally()
        self.group_sizes: Tally = group_tally()
        self.is_busy = False
        self._connection = SqliteConnection(raw, options, may_write=True)
        self._execute = raw.execute
        self._raw = raw
        self._options = options
        self._listeners = listeners
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._stopping = False
        self._taken: list[Job] = []
        self._thread = Thread(target=self._work, name="pfh-sqlite-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Units accepted and not yet begun."""
        return self._queue.qsize()

    def submit(self, job: Job) -> None:
        """Accept a unit; raise `DatabaseTimeout` when too many wait already."""
        if self._queue.qsize() >= self._options.queue_units_max:
            message = "too many units of work wait for the writer"
            raise DatabaseTimeout(message)
        self._queue.put(job)
        if not self._thread.is_alive():
            refuse_the_rest(self._queue)

    def stop(self) -> None:
        """Finish what was accepted, then close the connection; blocks until that is done."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping:
            job = self._queue.get()
            if job is None:
                break
            self.is_busy = True
            self._taken = [job]
            try:
                self._run_group(job)
            except Exception as error:  # noqa: BLE001 -- a bug here must not leave callers waiting
                self._abandon(error)
            self.is_busy = False
        refuse_the_rest(self._queue)
        try:
            self._execute("PRAGMA optimize")
        except sqlite3.Error:
            # Statistics are a help for the planner; without them nothing is wrong.
            pass
        finally:
            self._raw.close()

    def _next(self) -> Job | None:
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._stopping = True
        else:
            self._taken.append(job)
        return job

    def _run_group(self, first: Job) -> None:
        """Run units from `first` on in one transaction, commit, and settle all of them."""
        started = perf_counter()
        ends_at = started + self._options.group_seconds_max
        stored: list[Job] = []
        finished: list[Job] = []
        now, job = started, first
        while True:
            if self._is_wanted(job, now, finished):
                if not stored and not self._begin(job, finished):
                    break
                if self._run_in_group(job, now, first=not stored):
                    stored.append(job)
                else:
                    finished.append(job)
                    if stored and not self._raw.in_transaction:
                        # The failure destroyed the transaction, and with it the work of the others.
                        self._run_each_alone(stored)
                        finished += stored
                        stored = []
            now = perf_counter()
            if len(stored) >= self._options.group_units_max or now > ends_at:
                break
            following = self._next()
            if following is None:
                break
            job = following
        if stored:
            self._commit(stored)
            finished += stored
        self._settle(finished, len(stored))

    def _is_wanted(self, job: Job, now: float, finished: list[Job]) -> bool:
        if job.future.cancelled():
            return False
        if now - job.queued_at > self._options.queue_seconds:
            job.error = DatabaseTimeout("the unit of work waited too long for the writer")
            finished.append(job)
            return False
        return True

    def _begin(self, job: Job, finished: list[Job]) -> bool:
        self._roll_back()
        try:
            self._execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            # Whoever waits now has waited as long: let them fail together, not one after the other.
            failed: Job | None = job
            for _ in range(self._queue.qsize() + 1):
                if failed is None:
                    break
                failed.error = translate(error)
                finished.append(failed)
                failed = self._next()
            return False
        return True

    def _run_in_group(self, job: Job, now: float, *, first: bool) -> bool:
        """Run one unit; when it fails, undo it alone. The first needs no savepoint for that."""
        execute = self._execute
        try:
            if first:
                if job.run(self._connection, now):
                    return True
                self._roll_back()
                return False
            execute("SAVEPOINT unit")
            if job.run(self._connection, now):
                execute("RELEASE unit")
                return True
            if self._raw.in_transaction:
                execute("ROLLBACK TO unit")
                execute("RELEASE unit")
        except sqlite3.Error as error:
            job.error = translate(error)
            self._roll_back()
        return False

    def _commit(self, stored: Sequence[Job]) -> None:
        try:
            self._execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            if len(stored) > 1 and isinstance(error, sqlite3.IntegrityError):
                # A deferred constraint of one unit failed: the others are stored without it.
                self._run_each_alone(stored)
                return
            for job in stored:
                job.error = translate(error)

    def _run_each_alone(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            try:
                self._execute("BEGIN IMMEDIATE")
                if job.run(self._connection, perf_counter()):
                    self._execute("COMMIT")
                else:
                    self._roll_back()
            except sqlite3.Error as error:
                job.error = translate(error)
                self._roll_back()

    def _roll_back(self) -> None:
        """Undo what is open; where that fails, the next BEGIN tries again and reports it."""
        if self._raw.in_transaction:
            with suppress(sqlite3.Error):
                self._execute("ROLLBACK")

    def _abandon(self, error: Exception) -> None:
        self._roll_back()
        for job in self._taken:
            job.error = error
            job.announced = ()
        deliver(self._taken)

    def _settle(self, finished: Sequence[Job], group_size: int) -> None:
        now = perf_counter()
        for job in finished:
            if job.error is not None:
                job.announced = ()
            self.seconds.observe(now - job.queued_at)
        if group_size:
            self.group_sizes.observe(group_size)
        deliver(finished, self._listeners())
