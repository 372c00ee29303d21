"""The JSON of the overview."""

from __future__ import annotations

import msgspec

from pfh.core.instant import instant_text
from pfh.entry.web.operations.runbook import section_path
from pfh.runtime.overview.parts import Line, Overview, Part, State


class LineAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """One of the things behind a part; `percent` is null for what does not move."""

    id: str
    text: str
    note: str
    state: State
    percent: int | None


class PartAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """One part: how it is, what that means, and the address of the runbook's section.

    `state` is ok, look (when there is time) or act (now). `jobs` are the kinds that
    `POST /api/admin/jobs` takes to repair it.
    """

    id: str
    group: str
    title: str
    state: State
    value: str
    meaning: str
    runbook: str
    jobs: list[str]
    lines: list[LineAnswer]


class OverviewAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Every part that this installation has; `state` is the worst of them."""

    state: State
    asked_at: str
    parts: list[PartAnswer]


class JobBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which job to begin: backup, drill, dead_letters, read_models or cache_warming."""

    kind: str


def overview_answer(overview: Overview, asked_at: int, kinds: tuple[str, ...]) -> OverviewAnswer:
    """Show an overview; `kinds` are those of jobs that can be begun."""
    return OverviewAnswer(
        state=overview.state,
        asked_at=instant_text(asked_at),
        parts=[
            _part(part, group.title, kinds) for group in overview.groups for part in group.parts
        ],
    )


def _part(part: Part, group: str, kinds: tuple[str, ...]) -> PartAnswer:
    return PartAnswer(
        id=part.key,
        group=group,
        title=part.title,
        state=part.state,
        value=part.shown,
        meaning=part.meaning,
        runbook=section_path(part.runbook),
        jobs=[act.name for act in part.acts if act.name in kinds],
        lines=[_line(line) for line in part.lines],
    )


def _line(line: Line) -> LineAnswer:
    return LineAnswer(
        id=line.key, text=line.text, note=line.note, state=line.state, percent=line.percent
    )
