"""The operations page in each of its states, and the runbook, for the gallery."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from pfh.entry.web.operations.runbook import runbook, section_path
from pfh.runtime.overview.backups import BACKUP, DRILL
from pfh.runtime.overview.parts import ACT, LOOK, OK, Act, Line, Overview, Part, PartGroup, State
from pfh.runtime.overview.work import WARM

_RETRY = Act(
    name="backup", label="Try again", question="Backup: try again?", detail="It begins anew."
)
_REPLAY = Act(
    name="dead_letters", label="Replay", question="Replay 2 households?", detail="From the books."
)
_UNBLOCK = Act(
    name="unblock",
    target="7",
    label="Let in",
    question="Let 2001:db8:85a3:1234::/64 in again?",
    detail="At once.",
)


def _part(key: str, title: str, state: State, shown: str, **more: Any) -> Part:  # noqa: ANN401 -- fields of a part
    values = {"meaning": "It answers, and the hub uses it.", "runbook": "contacts", **more}
    return Part(key=key, title=title, state=state, shown=shown, **values)


_WELL = Overview(
    groups=(
        PartGroup(
            title="Health",
            parts=(
                _part("program", "This process", OK, "version 0.1.0, up for 12 days"),
                _part("database", "Books in SQLite", OK, "schema 20261127_keep_jobs"),
            ),
        ),
        PartGroup(
            title="Backups",
            parts=(
                _part("backup", "Backup", OK, "3 hours ago, 2.3 MB", acts=(BACKUP,)),
                _part("drill", "Restore drill", OK, "6 days ago", acts=(DRILL,)),
            ),
        ),
    )
)
_BAD = Overview(
    groups=(
        PartGroup(
            title="Health",
            parts=(
                _part("database", "Books in PostgreSQL", LOOK, "schema 20261201_next"),
                _part(
                    "redis-master",
                    "Redis, sessions",
                    ACT,
                    "refused",
                    meaning="Start `redis-server`. (redis-master.internal.example.org:6379: no)",
                ),
            ),
        ),
        PartGroup(
            title="From the books to the dashboards",
            parts=(
                _part(
                    "dead-letters",
                    "Dead letters",
                    ACT,
                    "2 households parked",
                    acts=(_REPLAY,),
                    lines=tuple(
                        Line(
                            key=f"relay-{number}",
                            text=f"Household 38458722635323392{number}",
                            note="event 3 (EntryPosted), pfh-dashboard-consumer: KeyError",
                            state=ACT,
                        )
                        for number in range(2)
                    ),
                ),
            ),
        ),
        PartGroup(
            title="Work and access",
            parts=(
                _part(
                    "jobs",
                    "Jobs",
                    LOOK,
                    "1 job running, 1 went wrong",
                    acts=(WARM,),
                    lines=(
                        Line(key="2", text="Restore drill", note="running", percent=42),
                        Line(key="1", text="Backup", note="lost", state=LOOK, act=_RETRY),
                    ),
                ),
                _part(
                    "blocks",
                    "Refused addresses",
                    OK,
                    "1 range",
                    lines=(
                        Line(
                            key="7",
                            text="2001:db8:85a3:1234::/64",
                            note="guesses passwords; for 2 hours more",
                            act=_UNBLOCK,
                        ),
                    ),
                ),
            ),
        ),
    )
)


def _page(overview: Overview) -> tuple[str, dict[str, object]]:
    return (
        "operations/page.html",
        {
            "overview": overview,
            "digest": "0",
            # The gallery answers no questions.
            "every_seconds": 86_400,
            "section_path": section_path,
        },
    )


_BOOK = runbook()
OPERATIONS_PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "operations": _page(_WELL),
    "operations-bad": _page(_BAD),
    "operations-nothing": _page(Overview(groups=())),
    "runbook": (
        "operations/runbook.html",
        {"book": _BOOK, "body": Markup(_BOOK.body), "is_embedded": True},  # noqa: S704 -- made of escaped text
    ),
}
