"""Doing the things of a job beside the requests of a process, a few at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pfh.core.errors import Problem
from pfh.features.operations.jobs import DONE, FAILED, LOST, Job, end_job, tell_job
from pfh.observability.logging import get_logger
from pfh.ports.database import DatabaseError
from pfh.ports.services import Services

AT_ONCE: Final = 4
TELL_SECONDS: Final = 1.0
_LOGGER: Final = get_logger(__name__)
Thing = TypeVar("Thing")


@dataclass(slots=True)
class _Tally:
    done: int = 0
    failed: int = 0


class Jobs:
    """The jobs of this process; they end with it.

    Belongs to one event loop.
    """

    def __init__(self, services: Services) -> None:
        """Run nothing yet."""
        self._services = services
        self._running: set[asyncio.Task[None]] = set()

    def start(
        self, job: Job, things: Sequence[Thing], work: Callable[[Thing], Awaitable[None]]
    ) -> None:
        """Do `work` with each thing in their order, `AT_ONCE` at a time; returns at once."""
        tally = _Tally()
        left = iter(things)

        async def worker() -> None:
            for thing in left:
                await _attempt(job, thing, work, tally)

        self._begin(job, [worker] * AT_ONCE, tally)

    def start_one(self, job: Job, work: Callable[[Callable[[int], None]], Awaitable[None]]) -> None:
        """Do `work` once, which tells how much of the job's total is done; returns at once.

        It may be told from any thread.
        """
        tally = _Tally()

        def advance(done: int) -> None:
            # It never goes back, and is whole only when the work has returned.
            tally.done = min(max(tally.done, done), job.total - 1)

        async def worker() -> None:
            one = _Tally()
            await _attempt(job, advance, work, one)
            tally.done, tally.failed = one.done * job.total, one.failed * job.total

        self._begin(job, [worker], tally)

    def _begin(
        self, job: Job, workers: Sequence[Callable[[], Awaitable[None]]], tally: _Tally
    ) -> None:
        task = asyncio.create_task(self._run(job, workers, tally), name=f"job-{job.job_id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Stop what runs; each such job is lost."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(
        self, job: Job, workers: Sequence[Callable[[], Awaitable[None]]], tally: _Tally
    ) -> None:
        working = [asyncio.ensure_future(worker()) for worker in workers]
        status = LOST
        try:
            while (await asyncio.wait(working, timeout=TELL_SECONDS))[1]:
                if not await self._is_told(job, tally):
                    _LOGGER.warning("job_given_up", job_id=str(job.job_id), kind=job.kind)
                    return
            status = FAILED if tally.failed and not tally.done else DONE
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await self._end(job, status, tally)

    async def _is_told(self, job: Job, tally: _Tally) -> bool:
        """Tell how far it is; a database that is away now is told the next time."""
        try:
            return await tell_job(self._services, job.job_id, done=tally.done, failed=tally.failed)
        except DatabaseError as error:
            _LOGGER.warning("job_untold", job_id=str(job.job_id), reason=str(error))
            return True

    async def _end(self, job: Job, status: str, tally: _Tally) -> None:
        _LOGGER.info(
            "job_ended",
            job_id=str(job.job_id),
            kind=job.kind,
            status=status,
            done_count=tally.done,
            failed_count=tally.failed,
        )
        try:
            await end_job(self._services, job.job_id, status, done=tally.done, failed=tally.failed)
        except DatabaseError as error:
            # Nothing more is heard of the job, so it is shown as lost: a lesser lie than done.
            _LOGGER.failure("job_end_untold", error, job_id=str(job.job_id))


async def _attempt(
    job: Job, thing: Thing, work: Callable[[Thing], Awaitable[None]], tally: _Tally
) -> None:
    try:
        await work(thing)
    except Problem as error:
        # Such as a household that was erased meanwhile.
        tally.failed += 1
        _LOGGER.warning("job_step_refused", job_id=str(job.job_id), reason=error.code)
    except Exception as error:  # noqa: BLE001 -- one thing that fails does not stop the others
        tally.failed += 1
        _LOGGER.failure("job_step_failed", error, job_id=str(job.job_id), kind=job.kind)
    else:
        tally.done += 1
