"""The simulated read model, and who leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pfh.features.dashboard.projection import increments_of
from pfh.ports.database import DatabaseUnavailable
from pfh.ports.event_log import RecordedEvent
from tests.simulation.books import Books, Sums
from tests.simulation.world import Process, World


@dataclass
class ReadModel:
    """Counters and heads, with a record of every application."""

    sums: dict[int, Sums] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)
    applied: dict[int, list[int]] = field(default_factory=dict)

    def apply(self, household: int, events: Sequence[RecordedEvent]) -> bool:
        """Add the events if the first is the next one."""
        first = events[0].household_seq
        if self.heads.get(household, 0) + 1 != first:
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
        self.heads[household] = events[-1].household_seq
        self.applied.setdefault(household, []).extend(event.event_id for event in events)
        return True


class SimulatedEffect:
    """The effect of the group, as one process reaches it; spoilt payloads cannot be applied."""

    def __init__(self, world: World, books: Books, model: ReadModel, process: Process) -> None:
        """Take the servers."""
        self._world = world
        self._books = books
        self._model = model
        self._process = process

    async def heads(self, household_ids: Sequence[int]) -> dict[int, int]:
        """See the port."""
        found: dict[int, int] = {}
        wanted = set(household_ids)
        heads = self._model.heads
        await self._step(lambda: found.update({k: v for k, v in heads.items() if k in wanted}))
        return found

    async def behind(self, *, limit: int) -> Sequence[int]:
        """See the port."""
        found: list[int] = []
        events, heads = self._books.events, self._model.heads
        await self._step(
            lambda: found.extend(one for one in events if len(events[one]) > heads.get(one, 0))
        )
        return found[:limit]

    async def apply(self, household_id: int, events: Sequence[RecordedEvent]) -> bool:
        """See the port."""
        increments_of(events)
        found: list[bool] = []
        await self._step(lambda: found.append(self._model.apply(household_id, events)))
        return found[0]

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
