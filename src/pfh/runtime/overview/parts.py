"""What the operations page and its JSON sibling tell of each part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from pfh.ports.services import Services
from pfh.runtime.lifespan import Hub
from pfh.runtime.settings import Settings

State: TypeAlias = Literal["ok", "look", "act"]
OK: Final[State] = "ok"
LOOK: Final[State] = "look"
ACT: Final[State] = "act"
_ORDER: Final[tuple[State, ...]] = (OK, LOOK, ACT)
MICROSECONDS: Final = 1_000_000
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A button that repairs something, once the person has confirmed it.

    Attributes:
        name: what it does, such as `backup`; see `acts.py`.
        target: what it does it to, such as the id of a block; empty where there is one thing only.
        label: on the button.
        question: that the person answers before anything is done.
        detail: what it does and what it costs.
    """

    name: str
    target: str = ""
    label: str
    question: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of the things behind a part: a job, a refused range, a household that waits.

    Attributes:
        key: tells it from the others of its part.
        text: what it is.
        note: what is known of it.
        state: as of a part.
        percent: how far it is, None for what does not move.
        act: what can be done about it.
    """

    key: str
    text: str
    note: str = ""
    state: State = OK
    percent: int | None = None
    act: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the installation.

    Attributes:
        key: its name for programs, which never changes.
        title: its name for people.
        state: ok, look (when there is time) or act (now).
        shown: how it is, in a few words.
        meaning: what that means and what to do, in plain words.
        runbook: the anchor of the section of docs/runbook.md that goes on from here.
        acts: what can be done about it from here.
        lines: the things behind it.
    """

    key: str
    title: str
    state: State
    shown: str
    meaning: str
    runbook: str
    acts: tuple[Act, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartGroup:
    """Parts that are looked at together."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Every part that this installation has; one that it does not have is not in it."""

    groups: tuple[PartGroup, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts in their order."""
        return tuple(part for group in self.groups for part in group.parts)

    @property
    def state(self) -> State:
        """The worst state of any part."""
        return max((part.state for part in self.parts), key=_ORDER.index, default=OK)

    @property
    def wanting(self) -> tuple[Part, ...]:
        """The parts that are not well, those to act on first."""
        found = [part for part in self.parts if part.state != OK]
        return tuple(sorted(found, key=lambda part: -_ORDER.index(part.state)))

    def counted(self, state: State) -> int:
        """Return how many parts are in a state."""
        return sum(part.state == state for part in self.parts)

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way that is worth watching."""
        return any(line.percent is not None for part in self.parts for line in part.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The installation that is asked; `now` is the instant of the question in microseconds."""

    services: Services
    settings: Settings
    hub: Hub
    now: int = field(default=0)

    def asked_now(self) -> Place:
        """Return the same with the present instant."""
        return replace(self, now=self.services.clock.now())

    def age(self, at: int) -> int:
        """Return for how many seconds something is past; 0 for what is yet to come."""
        return max(0, (self.now - at) // MICROSECONDS)


def worse(one: State, other: State) -> State:
    """Return the worse of two states."""
    return max(one, other, key=_ORDER.index)


def span_text(seconds: int) -> str:
    """Return a duration as people say it; the small rest is left out.

    Example: 59 → "less than a minute"; 7_300 → "2 hours"; 90_000 → "25 hours"; 200_000 → "2 days".
    """
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return counted_text(seconds // _MINUTE, "minute")
    if seconds < 2 * _DAY:
        return counted_text(seconds // _HOUR, "hour")
    return counted_text(seconds // _DAY, "day")


def counted_text(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 event`, `12,000 events`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
