"""The threads that read: each unit sees one snapshot and waits for no writer (WAL).

It exists so that a slow report blocks neither the event loop nor the writer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from time import perf_counter

from pfh.adapters.database.sqlite_connection import SqliteConnection, SqliteOptions
from pfh.adapters.database.sqlite_errors import translate
from pfh.adapters.database.sqlite_jobs import Job, deliver, refuse_the_rest
from pfh.observability.database_metrics import Tally, seconds_tally
from pfh.ports.database import DatabaseTimeout


class Readers:
    """A few threads with a read-only connection each, fed by one queue."""

    def __init__(self, raws: Sequence[sqlite3.Connection], options: SqliteOptions) -> None:
        """Start a thread for each open connection."""
        self._options = options
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [_Reader(raw, options, self._queue, n) for n, raw in enumerate(raws)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Units accepted and not yet begun."""
        return self._queue.qsize()

    @property
    def busy(self) -> int:
        """Threads that run a unit now."""
        return sum(thread.is_busy for thread in self._threads)

    @property
    def tallies(self) -> Sequence[Tally]:
        """The durations seen by each thread."""
        return [thread.seconds for thread in self._threads]

    def submit(self, job: Job) -> None:
        """Accept a unit; raise `DatabaseTimeout` when too many wait already."""
        if self._queue.qsize() >= self._options.queue_units_max:
            message = "too many units of work wait for a reader"
            raise DatabaseTimeout(message)
        self._queue.put(job)
        if not any(thread.is_alive() for thread in self._threads):
            refuse_the_rest(self._queue)

    def stop(self) -> None:
        """Finish what was accepted, then close the connections; blocks until that is done."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        refuse_the_rest(self._queue)


class _Reader(Thread):
    """One thread and its connection."""

    def __init__(
        self,
        raw: sqlite3.Connection,
        options: SqliteOptions,
        queue: SimpleQueue[Job | None],
        number: int,
    ) -> None:
        super().__init__(name=f"pfh-sqlite-reader-{number}", daemon=True)
        self.seconds: Tally = seconds_tally()
        self.is_busy = False
        self._connection = SqliteConnection(raw, options, may_write=False)
        self._raw = raw
        self._queue_seconds = options.queue_seconds
        self._queue = queue

    def run(self) -> None:
        """Serve units until the sentinel comes."""
        while (job := self._queue.get()) is not None:
            self.is_busy = True
            if not job.future.cancelled():
                self._serve(job)
            self.is_busy = False
        self._raw.close()

    def _serve(self, job: Job) -> None:
        started = perf_counter()
        if started - job.queued_at > self._queue_seconds:
            job.error = DatabaseTimeout("the unit of work waited too long for a reader")
        else:
            try:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                # Deferred: the first statement takes the snapshot, the rest of the unit keeps it.
                self._raw.execute("BEGIN")
                job.run(self._connection, started)
                if self._raw.in_transaction:
                    self._raw.execute("COMMIT")
            except sqlite3.Error as error:
                job.error = translate(error, may_write=False)
        self.seconds.observe(perf_counter() - job.queued_at)
        deliver((job,))
