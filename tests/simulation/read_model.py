"""The simulated read model, and who leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pfh.features.dashboard.projection import increments_of
from pfh.ports.database import DatabaseUnavailable
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent
from tests.simulation.books import Books, Sums
from tests.simulation.world import Process, World


@dataclass
class ReadModel:
    """Counters and heads, with a record of every application."""

    sums: dict[int, Sums] = field(default_factory=dict)
    heads: dict[int, Head] = field(default_factory=dict)
    applied: dict[int, list[int]] = field(default_factory=dict)

    def apply(self, household: int, head: Head, events: Sequence[RecordedEvent]) -> bool:
        """Add the events while the head is still this one."""
        if self.heads.get(household, NO_EVENTS) != head:
            return False
        sums = self.sums.setdefault(household, {})
        for one in increments_of(events):
            key = (one.collection, one.period, one.subject_id, one.commodity)
            before = sums.get(key, (0, 0, 0))
            sums[key] = (
                before[0] + one.first_minor,
                before[1] + one.second_minor,
                before[2] + one.count,
            )
        self.heads[household] = events[-1].after
        self.applied.setdefault(household, []).extend(event.event_id for event in events)
        return True

    def forget(self, household: int, at: Head) -> None:
        """Begin again, if the head is still this one."""
        if self.heads.get(household, NO_EVENTS) == at:
            for kept in (self.sums, self.heads, self.applied):
                kept.pop(household, None)


class SimulatedEffect:
    """The effect of the group, as one process reaches it; spoilt payloads cannot be applied."""

    def __init__(self, world: World, books: Books, model: ReadModel, process: Process) -> None:
        """Take the servers."""
        self._world = world
        self._books = books
        self._model = model
        self._process = process

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """See the port."""
        found: dict[int, Head] = {}
        wanted = set(household_ids)
        heads = self._model.heads
        await self._step(lambda: found.update({k: v for k, v in heads.items() if k in wanted}))
        return found

    async def behind(self, *, limit: int) -> Sequence[int]:
        """See the port."""
        found: list[int] = []
        books, heads = self._books, self._model.heads
        await self._step(
            lambda: found.extend(
                one for one in books.events if books.head(one) != heads.get(one, NO_EVENTS)
            )
        )
        return found[:limit]

    async def apply(self, household_id: int, head: Head, events: Sequence[RecordedEvent]) -> bool:
        """See the port."""
        increments_of(events)
        found: list[bool] = []
        await self._step(lambda: found.append(self._model.apply(household_id, head, events)))
        return found[0]

    async def forget(self, household_id: int, at: Head) -> None:
        """See the port."""
        await self._step(lambda: self._model.forget(household_id, at))

    async def _step(self, effect: object) -> None:
        await self._world.step(self._process, "documents", effect)  # type: ignore[arg-type]


@dataclass
class Leaders:
    """Who leads which work; the server may forget a session at any time."""

    world: World
    sessions: dict[str, SimulatedLease] = field(default_factory=dict)

    def of(self, process: Process) -> SimulatedLeadership:
        """Return the port for a process."""
        return SimulatedLeadership(self, process)


class SimulatedLeadership:
    """The leadership port as one process reaches it."""

    def __init__(self, leaders: Leaders, process: Process) -> None:
        """Take the server."""
        self._leaders = leaders
        self._process = process

    async def try_lead(self, work: str) -> SimulatedLease | None:
        """See the port."""
        found: list[SimulatedLease] = []

        def take() -> None:
            present = self._leaders.sessions.get(work)
            lost = self._leaders.world.happens(0.05)
            if present is None or not present.process.alive or present.released or lost:
                found.append(SimulatedLease(self._leaders, self._process, work))
                self._leaders.sessions[work] = found[0]

        try:
            await self._leaders.world.step(self._process, "database", take)
        except DatabaseUnavailable:
            # The connection that asked is gone, and with it what it may have got.
            for lease in found:
                lease.released = True
            raise
        return found[0] if found else None


class SimulatedLease:
    """A session that the server may have given to another since."""

    def __init__(self, leaders: Leaders, process: Process, work: str) -> None:
        """Hold."""
        self.process = process
        self.released = False
        self._leaders = leaders
        self._work = work

    async def confirm(self) -> bool:
        """See the port; never raises, as there."""
        found: list[bool] = []
        world = self._leaders.world

        def ask() -> None:
            found.append(self._leaders.sessions.get(self._work) is self)

        await world.step(self.process, "database", ask, answers=True)
        return found[0]

    async def release(self) -> None:
        """See the port."""
        if self.process.alive:
            self.released = True
