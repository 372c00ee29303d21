"""Jobs, letters, maintenance and refused addresses, as the overview tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.features.mail import api as mail
from pfh.features.operations import api as operations
from pfh.features.operations.api import Job
from pfh.runtime.overview.parts import (
    LOOK,
    MICROSECONDS,
    OK,
    Act,
    Line,
    Part,
    Place,
    counted_text,
    span_text,
)

# Longer than any retry of a mail server that is well.
MAIL_LOOK_SECONDS: Final = 900
_SHOWN_MAX: Final = 8
_FRESH_SECONDS: Final = 7 * 86_400
_BLOCKS_SHOWN_MAX: Final = 50
_RUNNING: Final = "running"
_WENT_WRONG: Final = frozenset({"failed", "lost"})
_TITLES: Final[dict[str, str]] = {
    "backup": "Backup",
    "drill": "Restore drill",
    "dead_letters": "Replay of dead letters",
    "read_models": "Rebuild of the read models",
    "cache_warming": "Warming of the cache",
}
WARM: Final = Act(
    name="cache_warming",
    label="Warm the cache",
    question="Warm the cache?",
    detail=(
        "The dashboards of up to 1,000 households are computed before anybody asks, those seen last"
        " first, four at once."
    ),
)


async def ask_jobs(place: Place) -> Sequence[Part]:
    """Tell what runs, and what went wrong within a week."""
    jobs = await operations.list_jobs(place.services, limit=_SHOWN_MAX)
    newest: dict[str, Job] = {}
    for job in jobs:
        newest.setdefault(job.kind, job)
    lines = tuple(
        _job(place, job, is_newest=newest[job.kind] is job)
        for job in jobs
        if job.status == _RUNNING or place.age(job.started_at) < _FRESH_SECONDS
    )
    running = sum(line.percent is not None for line in lines)
    wrong = sum(line.state != OK for line in lines)
    shown = counted_text(running, "job") + " running" if running else "none running"
    return (
        Part(
            key="jobs",
            title="Jobs",
            state=LOOK if wrong else OK,
            shown=f"{shown}, {wrong} went wrong" if wrong else shown,
            meaning=(
                "What was started here, or by the admin API. A job ends with the process that does"
                " it; one that is lost can simply be started again."
            ),
            runbook="cache-warming",
            acts=(WARM,),
            lines=lines,
        ),
    )


def _job(place: Place, job: Job, *, is_newest: bool) -> Line:
    title = _TITLES.get(job.kind, job.kind)
    is_wrong = is_newest and job.status in _WENT_WRONG
    percent = None
    if job.status == _RUNNING:
        percent = 100 * (job.done + job.failed) // job.total if job.total else 0
        note = f"running, begun {span_text(place.age(job.started_at))} ago"
    else:
        note = f"{job.status} {span_text(place.age(job.ended_at or job.started_at))} ago"
    if job.failed and job.status != "failed":
        note += f", {job.failed:,} of {job.total:,} failed"
    again = Act(
        name=job.kind,
        target=job.patterns,
        label="Try again",
        question=f"{title}: try again?",
        detail="It begins from the start; what is done already is done again, without harm.",
    )
    return Line(
        key=str(job.job_id),
        text=title,
        note=note,
        state=LOOK if is_wrong else OK,
        percent=percent,
        act=again if is_wrong and job.kind in _TITLES else None,
    )


async def ask_mail(place: Place) -> Sequence[Part]:
    """Tell which letters wait, and which were given up; without a mail server there are none."""
    waiting = await mail.waiting_letters(place.services)
    due, oldest = waiting.get("due", (0, place.now))
    dead, _ = waiting.get("dead", (0, 0))
    if not dead and not place.services.mailer.delivers:
        return ()
    is_late = bool(due) and place.age(oldest) > MAIL_LOOK_SECONDS
    shown = counted_text(due, "letter") + " waiting" if due else "none waiting"
    meaning = "Letters leave within seconds."
    if is_late:
        meaning = f"The oldest waits for {span_text(place.age(oldest))}: look at the mail server."
    if dead:
        shown += f", {dead:,} given up"
        meaning = "The mail server refused letters for good. Find out why, then try them again."
    retry = Act(
        name="mail",
        label="Try again",
        question="Try every letter again that was given up?",
        detail="Those whose link has expired stay where they are.",
    )
    return (
        Part(
            key="letters",
            title="Letters",
            state=LOOK if dead or is_late else OK,
            shown=shown,
            meaning=meaning,
            runbook="third-party-outage",
            acts=(retry,) if dead else (),
        ),
    )


async def ask_maintenance(place: Place) -> Sequence[Part]:
    """Tell whether the books are held."""
    held = await operations.find_maintenance(place.services)
    end = Act(
        name="maintenance",
        label="End it",
        question="Let everybody write again?",
        detail="Every process follows within two seconds.",
    )
    shown = "everybody may write"
    meaning = "Nothing is held back."
    if held is not None:
        shown = "read-only"
        until = "until it is ended"
        if held.expires_at is not None:
            until = f"for {span_text((held.expires_at - place.now) // MICROSECONDS)} more"
        meaning = (
            f"{held.created_by}, {span_text(place.age(held.created_at))} ago: {held.reason}."
            f" Every change is refused {until}."
        )
    return (
        Part(
            key="maintenance",
            title="Maintenance mode",
            state=OK if held is None else LOOK,
            shown=shown,
            meaning=meaning,
            runbook="maintenance-mode",
            acts=() if held is None else (end,),
        ),
    )


async def ask_blocks(place: Place) -> Sequence[Part]:
    """Tell which ranges of addresses are refused."""
    blocks = await operations.list_blocks(place.services)
    lines = tuple(
        Line(
            key=str(block.block_id),
            text=block.cidr,
            note=f"{block.reason}; for"
            f" {span_text((block.expires_at - place.now) // MICROSECONDS)} more",
            act=Act(
                name="unblock",
                target=str(block.block_id),
                label="Let in",
                question=f"Let {block.cidr} in again?",
                detail="Every process follows within two seconds.",
            ),
        )
        for block in blocks[:_BLOCKS_SHOWN_MAX]
    )
    return (
        Part(
            key="blocks",
            title="Refused addresses",
            state=OK,
            shown=counted_text(len(blocks), "range") if blocks else "none",
            meaning=(
                "Requests from there get 403. `pfh ops block` adds a range when somebody guesses"
                " passwords."
            ),
            runbook="suspicious-authentication-activity",
            lines=lines,
        ),
    )
