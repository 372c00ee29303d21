"""The jobs that operators start: one of a kind at a time in the whole installation, in SQL.

A job belongs to the process that was asked for it and ends with it. Its row says every second that
it lives; one that has said nothing for a while is lost, and makes room for the next.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import Final

from pfh.features.operations.errors import JobNotFound, JobRuns
from pfh.ports.actor import Operator
from pfh.ports.database import Connection, Row
from pfh.ports.services import Services

RUNNING, DONE, FAILED, LOST = "running", "done", "failed", "lost"
# As long as a database may be away, and a process stand still, without being given up.
LOST_SECONDS: Final = 30
_KEPT_SECONDS: Final = 30 * 86_400
_MICROSECONDS: Final = 1_000_000
_JOB: Final = """job_id, kind, patterns, total, created_by, started_at, alive_at, status, done,
    failed, ended_at"""
_FORGET: Final = "DELETE FROM admin_jobs WHERE ended_at < $1"
_LOSE: Final = """
    UPDATE admin_jobs SET status = 'lost', slot = NULL, ended_at = alive_at
    WHERE slot = $1 AND alive_at < $2"""
_INSERT: Final = f"""
    INSERT INTO admin_jobs ({_JOB}, slot) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $2)
    ON CONFLICT (slot) DO NOTHING"""  # noqa: S608 -- constant pieces
_RUNNING: Final = f"SELECT {_JOB} FROM admin_jobs WHERE slot = $1"  # noqa: S608 -- constant pieces
_FIND: Final = f"SELECT {_JOB} FROM admin_jobs WHERE job_id = $1"  # noqa: S608 -- constant pieces
_LIST: Final = f"SELECT {_JOB} FROM admin_jobs ORDER BY job_id DESC LIMIT $1"  # noqa: S608 -- constant pieces
_TELL: Final = """
    UPDATE admin_jobs SET alive_at = $2, done = $3, failed = $4
    WHERE job_id = $1 AND slot IS NOT NULL"""
_END: Final = """
    UPDATE admin_jobs
    SET alive_at = $2, done = $3, failed = $4, status = $5, ended_at = $2, slot = NULL
    WHERE job_id = $1 AND slot IS NOT NULL"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job; instants in microseconds.

    Attributes:
        job_id: grows with time.
        kind: what it does; one of a kind runs at a time.
        patterns: what it was asked for, in the order of the wish, with a space between.
        total: how many things it does, 100 per cent where it does one; `done` and `failed` are
            those that are over.
        created_by: see `Operator.name`.
        started_at: when it was asked for.
        alive_at: when its process last told of it.
        status: running, done, failed (each thing failed) or lost (its process ended before it).
        done: things that are done.
        failed: things that failed.
        ended_at: None while it runs.
    """

    job_id: int
    kind: str
    patterns: str
    total: int
    created_by: str
    started_at: int
    alive_at: int
    status: str = RUNNING
    done: int = 0
    failed: int = 0
    ended_at: int | None = None

    def seen_at(self, now: int) -> Job:
        """Return the job as it is at an instant: lost when nothing was heard of it for long."""
        if self.status != RUNNING or self.alive_at >= now - LOST_SECONDS * _MICROSECONDS:
            return self
        return replace(self, status=LOST, ended_at=self.alive_at)


async def begin_job(
    services: Services, operator: Operator, kind: str, patterns: str, *, total: int
) -> tuple[Job, bool]:
    """Store a job; returns it with True, or with False the one that runs with the same patterns.

    Raises:
        JobRuns: one of the kind runs that was asked for something else.
    """
    now = services.clock.now()
    job = Job(
        job_id=services.identifiers.next(),
        kind=kind,
        patterns=patterns,
        total=total,
        created_by=operator.name,
        started_at=now,
        alive_at=now,
    )

    async def unit(connection: Connection) -> tuple[Job | None, bool]:
        await connection.execute(_FORGET, now - _KEPT_SECONDS * _MICROSECONDS)
        await connection.execute(_LOSE, kind, now - LOST_SECONDS * _MICROSECONDS)
        if await connection.execute(_INSERT, *astuple(job)) == 1:
            return job, True
        return await _found(connection, _RUNNING, kind), False

    found, is_new = await services.database.write(unit)
    if found is not None and (is_new or set(found.patterns.split()) == set(patterns.split())):
        return found, is_new
    raise JobRuns(
        "Another job of this kind runs, and one runs at a time.",
        fix="Ask for it at /api/admin/jobs/ID, and try again when it has ended.",
        extra={} if found is None else {"jobId": str(found.job_id)},
    )


async def find_job(services: Services, job_id: int) -> Job:
    """Return a job as it is now; raises JobNotFound."""
    found = await services.database.read(lambda connection: _found(connection, _FIND, job_id))
    if found is None:
        raise JobNotFound(
            "There is no such job.", fix="Jobs are forgotten 30 days after their end."
        )
    return found.seen_at(services.clock.now())


async def list_jobs(services: Services, *, limit: int) -> list[Job]:
    """Return the newest jobs as they are now, the newest first."""

    async def unit(connection: Connection) -> list[Job]:
        return [_job(row) for row in await connection.fetch_all(_LIST, limit)]

    now = services.clock.now()
    return [job.seen_at(now) for job in await services.database.read(unit)]


async def tell_job(services: Services, job_id: int, *, done: int, failed: int) -> bool:
    """Store that a job lives and how far it is; False when it was given up meanwhile."""
    now = services.clock.now()
    told = await services.database.write(
        lambda connection: connection.execute(_TELL, job_id, now, done, failed)
    )
    return told == 1


async def end_job(services: Services, job_id: int, status: str, *, done: int, failed: int) -> None:
    """Store how a job ended, once."""
    now = services.clock.now()
    await services.database.write(
        lambda connection: connection.execute(_END, job_id, now, done, failed, status)
    )


async def _found(connection: Connection, sql: str, what: int | str) -> Job | None:
    row = await connection.fetch_one(sql, what)
    return None if row is None else _job(row)


def _job(row: Row) -> Job:
    return Job(**dict(zip(Job.__dataclass_fields__, row, strict=True)))
