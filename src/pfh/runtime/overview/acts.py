"""What the operations page and the admin API can start: jobs that repair something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

from pfh.core.errors import Kind, Problem
from pfh.features.admin import api as admin
from pfh.features.dashboard import api as dashboard
from pfh.features.operations import api as operations
from pfh.features.operations.api import Job, Jobs
from pfh.ports.actor import Operator
from pfh.ports.parking import ParkedHousehold
from pfh.runtime.overview.delivery import RELAY, parked_households
from pfh.runtime.overview.parts import Place

BACKUP, DRILL = "backup", "drill"
DEAD_LETTERS, READ_MODELS, WARMING = "dead_letters", "read_models", "cache_warming"
KINDS: Final = (BACKUP, DRILL, DEAD_LETTERS, READ_MODELS, WARMING)
WARMED: Final = ("dashboard:*", "user:*:summary")
_PER_CENT: Final = 100
# The steps of the one and of the other, in their order; see `runtime/backup`.
_BACKUP_STEPS: Final = (
    "copy the database", "prove the copy", "copy the files", "seal", "read it back",
)  # fmt: skip
_DRILL_STEPS: Final = ("read the backup", "restore", "compare", "verify")
Progress: TypeAlias = Callable[[str, int, int], None]


class JobKindUnknown(Problem):
    """No job of that kind can be started here."""

    code = "job_kind_unknown"


class NothingParked(Problem):
    """No household waits for help, so there is nothing to replay."""

    code = "nothing_parked"
    kind = Kind.CONFLICT


class ParkedAgain(Problem):
    """The event of the household still cannot be applied."""

    code = "parked_again"
    kind = Kind.CONFLICT


async def begin(
    place: Place, jobs: Jobs, operator: Operator, kind: str, patterns: tuple[str, ...] = ()
) -> Job:
    """Begin a job in this process and return it, or the one of the kind that runs already.

    Args:
        place: the installation.
        jobs: those of this process.
        operator: who wants it.
        kind: one of `KINDS`.
        patterns: of the keys to warm; those that everybody reads when there are none.

    Raises:
        JobKindUnknown, JobRuns, PatternUnknown, NothingParked, BackupNotConfigured.
    """
    if kind == WARMING:
        return await admin.warm_cache(place.services, jobs, operator, patterns or WARMED)
    if kind == BACKUP:
        return await _backup(place, jobs, operator)
    if kind == DRILL:
        return await _drill(place, jobs, operator)
    if kind == DEAD_LETTERS:
        return await _replay(place, jobs, operator)
    if kind == READ_MODELS:
        return await _rebuild(place, jobs, operator)
    raise JobKindUnknown(
        f"{ascii(kind[:40])[1:-1]} is no kind of job.",
        field="kind",
        fix=f"Known are {', '.join(KINDS)}.",
    )


async def _backup(place: Place, jobs: Jobs, operator: Operator) -> Job:
    from pfh.runtime.backup.make_backup import make_backup

    async def work(progress: Progress) -> None:
        await make_backup(place.settings, place.services, progress)

    return await _begin_one(place, jobs, operator, BACKUP, _BACKUP_STEPS, work)


async def _drill(place: Place, jobs: Jobs, operator: Operator) -> Job:
    from pfh.runtime.backup.drill import run_drill

    async def work(progress: Progress) -> None:
        await run_drill(place.settings, place.services, progress)

    return await _begin_one(place, jobs, operator, DRILL, _DRILL_STEPS, work)


async def _begin_one(  # noqa: PLR0913 -- what both have in common is all of this
    place: Place,
    jobs: Jobs,
    operator: Operator,
    kind: str,
    steps: tuple[str, ...],
    work: Callable[[Progress], Awaitable[None]],
) -> Job:
    """Begin what is one thing of several steps, once it is known that there is a place for it."""
    from pfh.runtime.backup.place import backup_key, backup_store

    backup_store(place.settings)
    backup_key(place.settings)
    job, is_new = await operations.begin_job(place.services, operator, kind, "", total=_PER_CENT)

    async def stepwise(advance: Callable[[int], None]) -> None:
        def progress(step: str, done: int, total: int) -> None:
            advance(percent_of(steps, step, done, total))

        await work(progress)

    if is_new:
        jobs.start_one(job, stepwise)
    return job


def percent_of(steps: tuple[str, ...], step: str, done: int, total: int) -> int:
    """Return how far the whole is, in per cent, each step being as long as any other.

    Example: the first half of the second of four steps → 37; a step that is not listed → 0.
    """
    if step not in steps:
        return 0
    part = min(1.0, done / total) if total > 0 else 0.0
    return int((steps.index(step) + part) * _PER_CENT / len(steps))


async def _replay(place: Place, jobs: Jobs, operator: Operator) -> Job:
    waiting = await parked_households(place.services)
    if not waiting:
        raise NothingParked("No household is parked.", fix="There is nothing to replay.")

    async def replay(one: ParkedHousehold) -> None:
        await _replay_one(place, one)

    job, is_new = await operations.begin_job(
        place.services, operator, DEAD_LETTERS, "", total=len(waiting)
    )
    if is_new:
        jobs.start(job, waiting, replay)
    return job


async def _replay_one(place: Place, one: ParkedHousehold) -> None:
    from pfh.adapters.outbox.sql import SqlOutbox
    from pfh.features.delivery.api import replay_parked
    from pfh.runtime import delivery

    if one.group == RELAY:
        outbox = SqlOutbox(place.services.database, place.services.clock)
        await outbox.release(one.household_id)
        return
    async with AsyncExitStack() as stack:
        group = await delivery.open_group(one.group, place.services, place.settings, stack)
        if not await replay_parked(group, one.household_id):
            raise ParkedAgain("The household is parked again.")


async def _rebuild(place: Place, jobs: Jobs, operator: Operator) -> Job:
    households = await admin.all_households(place.services)

    async def rebuild(household_id: int) -> None:
        await dashboard.rebuild(place.services, household_id)

    job, is_new = await operations.begin_job(
        place.services, operator, READ_MODELS, "", total=len(households)
    )
    if is_new:
        jobs.start(job, households, rebuild)
    return job
