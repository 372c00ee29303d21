"""The last backup and the last drill, as the overview tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pfh.features.backup import api as backups
from pfh.features.backup.api import BackupRecord, BackupStanding
from pfh.runtime.overview.parts import (
    ACT,
    LOOK,
    MICROSECONDS,
    OK,
    Act,
    Part,
    Place,
    State,
    span_text,
)

# As the alerts have it, deploy/prometheus/rules/backup.yml: a day and two, and what a run takes.
LOOK_SECONDS, ACT_SECONDS = 26 * 3_600, 50 * 3_600
DRILL_LOOK_SECONDS: Final = 35 * 86_400
_BYTES_PER_MEGABYTE: Final = 1_000_000
_BACKUP_ANCHOR: Final = "database-backup"
_DRILL_ANCHOR: Final = "restore-drill"
BACKUP: Final = Act(
    name="backup",
    label="Back up now",
    question="Make a backup now?",
    detail=(
        "The books are copied while everybody goes on, sealed, read back and put in their place."
        " Older ones are let go as the settings say."
    ),
)
DRILL: Final = Act(
    name="drill",
    label="Run a drill",
    question="Restore the newest backup as a drill?",
    detail=(
        "It is restored beside the books, proven and thrown away; nothing of it is served. It needs"
        " room for the books a second time."
    ),
)


# The key of the backups need not lie where the pages are served.
_ELSEWHERE: Final = (
    " This process has no place for backups: `pfh backup` and `pfh drill` run where the scheduler's"
    " settings are."
)
_NO_PLACE: Final = Part(
    key="backup",
    title="Backup",
    state=LOOK,
    shown="none was ever made",
    meaning=(
        "What destroys this disk destroys the books. Set PFH_BACKUP_DIR to a folder on another"
        " disk, PFH_BACKUP_KEY_FILE to its key, and PFH_BACKUP_EVERY_HOURS, where the hub runs or"
        " where `pfh schedule` does."
    ),
    runbook=_BACKUP_ANCHOR,
)


async def ask_backups(place: Place) -> Sequence[Part]:
    """Tell the age and the standing of both, whichever process made them."""
    standing = await backups.backup_standing(place.services.database)
    parts = (_backup(place, standing), _drill(place, standing))
    if place.settings.backup.has_place:
        return parts
    if standing.last_backup is None and standing.last_failed_backup is None:
        return (_NO_PLACE,)
    return tuple(replace(part, acts=(), meaning=part.meaning + _ELSEWHERE) for part in parts)


def _backup(place: Place, standing: BackupStanding) -> Part:
    last = standing.last_backup
    state: State = OK
    if last is None:
        state, shown = ACT, "never made"
        meaning = "What destroys the books destroys everything. Make one now."
    else:
        shown = f"{span_text(_age(place, last))} ago, {_size_text(last.length or 0)}"
        meaning = f"{last.backup} was made and read back to its end."
        every = (place.settings.backup.every_hours or 0) * 3_600
        look, act = max(LOOK_SECONDS, 2 * every), max(ACT_SECONDS, 3 * every)
        if _age(place, last) > look:
            state = ACT if _age(place, last) > act else LOOK
            meaning = "What was written since is in no backup."
            if place.settings.backup.has_place and not every:
                meaning += " No running hub makes one: set PFH_BACKUP_EVERY_HOURS."
    part = Part(
        key="backup",
        title="Backup",
        state=state,
        shown=shown,
        meaning=meaning,
        runbook=_BACKUP_ANCHOR,
        acts=(BACKUP,),
    )
    return _or_failed(place, part, last, standing.last_failed_backup)


def _drill(place: Place, standing: BackupStanding) -> Part:
    last = standing.last_drill
    state: State = OK
    if last is None:
        state, shown = LOOK, "never run"
        meaning = "A backup that was never restored is a hope. Run a drill to know."
    else:
        shown = f"{span_text(_age(place, last))} ago"
        meaning = (
            f"Restored and proven within {(last.rto or 0) / MICROSECONDS:,.1f} s;"
            f" {_lost_text(last.rpo or 0)}."
        )
        if _age(place, last) > DRILL_LOOK_SECONDS:
            state = LOOK
            meaning = "More than a month ago: backups of today were never restored."
    part = Part(
        key="drill",
        title="Restore drill",
        state=state,
        shown=shown,
        meaning=meaning,
        runbook=_DRILL_ANCHOR,
        # Without a backup there is nothing to restore.
        acts=(DRILL,) if standing.last_backup is not None else (),
    )
    return _or_failed(place, part, last, standing.last_failed_drill)


def _or_failed(
    place: Place, part: Part, last: BackupRecord | None, failed: BackupRecord | None
) -> Part:
    """Return the part as it is, or with the failure that came after the `last` success."""
    if failed is None or (last is not None and failed.started_at <= last.started_at):
        return part
    meaning = f"The last try failed {span_text(_age(place, failed))} ago: {failed.error}"
    return replace(part, state=ACT, meaning=meaning)


def _size_text(length: int) -> str:
    """Return bytes for people.

    Example: 43_200 → "44 kB"; 2_345_678 → "2.3 MB".
    """
    if length < _BYTES_PER_MEGABYTE:
        return f"{-(-length // 1_000)} kB"
    return f"{length / _BYTES_PER_MEGABYTE:,.1f} MB"


def _lost_text(rpo: int) -> str:
    if not rpo:
        return "no work was outside of it"
    return f"{span_text(rpo // MICROSECONDS)} of work was nowhere but in the books"


def _age(place: Place, record: BackupRecord) -> int:
    return place.age(record.ended_at or record.started_at)
