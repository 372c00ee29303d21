"""The simulated database: transactions that commit late or never, and what is read from them."""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pfh.features.dashboard.projection import increments_of
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent, Written
from pfh.ports.outbox import Backlog, WaitingEvent
from pfh.ports.parking import ParkedHousehold
from tests.simulation.world import Process, World

ENTRY = (
    '{"date":"2026-%02d-%02d","transactionType":"expense","postings":['
    '{"accountId":1,"accountClass":"asset","amountMinor":-%d,"commodity":"EUR"},'
    '{"accountId":%d,"accountClass":"expense","amountMinor":%d,"commodity":"EUR"}]}'
)
SPOILT = '{"date":'
Sums = dict[tuple[str, str, int, str], tuple[int, int, int]]


@dataclass(frozen=True)
class Copy:
    """What a replica had at some moment, or a backup."""

    events: dict[int, list[RecordedEvent]]
    outbox: dict[int, WaitingEvent]
    held: dict[int, tuple[int, str]]
    relays: set[str]
    parked: dict[int, ParkedHousehold]


class Books:
    """Committed events, and which of them wait for a relay."""

    def __init__(self, world: World, households: int) -> None:
        """Start empty, without a relay."""
        self.world = world
        self.events: dict[int, list[RecordedEvent]] = {one: [] for one in range(1, households + 1)}
        self.outbox: dict[int, WaitingEvent] = {}
        self.held: dict[int, tuple[int, str]] = {}
        self.relays: set[str] = set()
        self.rolled_back: set[int] = set()
        self.poison: set[int] = set()
        self.parked: dict[int, ParkedHousehold] = {}
        self._locks = {one: asyncio.Lock() for one in self.events}
        self._position = 0
        self._event_id = 0
        self._restores = 0

    def copied(self) -> Copy:
        """Return what there is, as a replica or a backup has it."""
        return Copy(
            {one: list(rows) for one, rows in self.events.items()},
            copy.copy(self.outbox),
            copy.copy(self.held),
            copy.copy(self.relays),
            copy.copy(self.parked),
        )

    def restore(self, kept: Copy) -> None:
        """Lose everything since a copy; what is under way fails."""
        self._restores += 1
        self.events = {one: list(rows) for one, rows in kept.events.items()}
        self.outbox = copy.copy(kept.outbox)
        self.held = copy.copy(kept.held)
        self.relays = copy.copy(kept.relays)
        self.parked = copy.copy(kept.parked)

    async def write(self, household: int, count: int, *, seconds: float, commits: bool) -> None:
        """Run one transaction of `count` events that takes a while until its end."""
        async with self._locks[household]:
            is_relayed, restores = bool(self.relays), self._restores
            rows: list[RecordedEvent] = []
            head = self.head(household)
            for _ in range(count):
                rows.append(self._row(household, head))
                head = rows[-1].after
            await asyncio.sleep(seconds)
            if not commits or restores != self._restores:
                self.rolled_back.update(row.event_id for row in rows)
                return
            self.events[household] += rows
            if is_relayed:
                self.outbox |= {row.position: WaitingEvent(row, None, None) for row in rows}

    def is_parked(self, household: int) -> bool:
        """Tell whether a household waits for an operator, for an event that the books have."""
        one = self.parked.get(household)
        return one is not None and one.event_id in {row.event_id for row in self.events[household]}

    def head(self, household: int) -> Head:
        """Return the head of a household."""
        rows = self.events[household]
        return rows[-1].after if rows else NO_EVENTS

    def _row(self, household: int, head: Head) -> RecordedEvent:
        self._position += 1
        self._event_id += 1
        chance = self.world.chance
        amount = chance.randint(1, 999)
        payload = ENTRY % (
            chance.randint(1, 12), chance.randint(1, 28), amount, chance.randint(2, 4), amount,
        )  # fmt: skip
        if self._event_id in self.poison:
            payload = SPOILT
        return RecordedEvent(
            self._position, self._event_id, household, head.household_seq + 1, "EntryPosted", 1, 5,
            7, "request", self._position, payload, head.hash,
            sha256(head.hash + str(self._event_id).encode()).digest(),
        )  # fmt: skip

    def is_held(self, event: RecordedEvent) -> bool:
        """Tell whether an event is held back: by itself, or by one before it."""
        held = self.held.get(event.household_id)
        return held is not None and held[0] <= event.position

    def rebuilt(self, household: int, last: int) -> Sums:
        """Return what a rebuild from the books gives, up to a number."""
        return sums_of(self.events[household][:last])


def sums_of(events: Sequence[RecordedEvent]) -> Sums:
    """Return the counters that these events make."""
    return {
        (one.collection, one.period, one.subject_id, one.commodity): (
            one.first_minor, one.second_minor, one.count,
        )
        for one in increments_of(events)
    }  # fmt: skip


class SimulatedOutbox:
    """The outbox port on the books, as one process reaches it."""

    def __init__(self, books: Books, process: Process) -> None:
        """Take the books."""
        self._books = books
        self._process = process

    async def register(self, name: str) -> bool:
        """See the port."""
        await self._step(lambda: self._books.relays.add(name))
        return False

    async def unregister(self, name: str) -> None:
        """See the port."""
        await self._step(lambda: self._books.relays.discard(name))

    async def waiting(self, *, limit: int) -> Sequence[WaitingEvent]:
        """See the port."""
        found: list[WaitingEvent] = []

        def read() -> None:
            rows = (row for _, row in sorted(self._books.outbox.items()))
            found.extend(row for row in rows if not self._books.is_held(row.event))

        await self._step(read)
        # Few a batch, so that runs have several.
        return found[: min(limit, 5)]

    async def published(self, positions: Sequence[int]) -> None:
        """See the port."""

        def delete() -> None:
            for position in positions:
                self._books.outbox.pop(position, None)

        await self._step(delete)

    async def quarantine(self, event: RecordedEvent, error: str) -> None:
        """See the port."""

        def hold() -> None:
            self._books.held[event.household_id] = (event.position, error)

        await self._step(hold)

    async def quarantined(self) -> Sequence[tuple[RecordedEvent, str, int]]:
        """Not asked by a relay."""
        raise NotImplementedError

    async def release(self, household_id: int) -> bool:
        """See the port."""
        return self._books.held.pop(household_id, None) is not None

    async def backlog(self) -> Backlog:
        """See the port."""
        return Backlog(len(self._books.outbox), None, len(self._books.held))

    async def _step(self, effect: object) -> None:
        await self._books.world.step(self._process, "database", effect)  # type: ignore[arg-type]


class SimulatedLog:
    """The event log and the parking list on the books."""

    def __init__(self, books: Books, process: Process) -> None:
        """Take the books."""
        self._books = books
        self._process = process

    async def read(
        self, household_id: int, *, after_seq: int, limit: int
    ) -> Sequence[RecordedEvent]:
        """See the port."""
        found: list[RecordedEvent] = []
        books = self._books
        await self._step(
            lambda: found.extend(books.events[household_id][after_seq : after_seq + limit])
        )
        return found

    async def behind(self, consumer: str, *, limit: int) -> Sequence[int]:
        """Not asked here; the effect compares."""
        raise NotImplementedError

    async def head(self, household_id: int) -> Head:
        """See the port."""
        found: list[Head] = []
        await self._step(lambda: found.append(self._books.head(household_id)))
        return found[0]

    async def holds(self, household_id: int, head: Head) -> bool:
        """See the port."""
        found: list[bool] = []

        def look() -> None:
            rows = self._books.events[household_id][: head.household_seq]
            found.append(([NO_EVENTS, *(row.after for row in rows)])[-1] == head)

        await self._step(look)
        return found[0]

    async def written_at(self, numbers: Mapping[int, int]) -> Mapping[int, Written]:
        """See the port."""
        found: dict[int, Written] = {}

        def look() -> None:
            for household, number in numbers.items():
                for row in self._books.events[household][number - 1 : number]:
                    found[household] = Written(row.event_id, row.hash)

        await self._step(look)
        return found

    async def park(self, household: ParkedHousehold) -> None:
        """See the port."""

        def park() -> None:
            self._books.parked[household.household_id] = household

        await self._step(park)

    async def parked_of(self, group: str, household_ids: Sequence[int]) -> frozenset[int]:
        """See the port."""
        del group
        found: set[int] = set()
        await self._step(lambda: found.update(set(household_ids) & set(self._books.parked)))
        return frozenset(found)

    async def every(self, group: str | None = None) -> Sequence[ParkedHousehold]:
        """See the port."""
        del group
        found: list[ParkedHousehold] = []
        await self._step(lambda: found.extend(self._books.parked.values()))
        return found

    async def counts(self) -> Mapping[str, int]:
        """See the port."""
        return Counter(one.group for one in await self.every())

    async def unpark(self, group: str, household_id: int) -> bool:
        """See the port."""
        del group
        found: list[ParkedHousehold | None] = []
        await self._step(lambda: found.append(self._books.parked.pop(household_id, None)))
        return found[0] is not None

    async def _step(self, effect: object) -> None:
        await self._books.world.step(self._process, "database", effect)  # type: ignore[arg-type]
