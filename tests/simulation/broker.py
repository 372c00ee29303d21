"""The simulated brokers: partitions, groups, and everything that a stream may do wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from pfh.ports.event_stream import (
    DeadLetter,
    Delivery,
    EventRefused,
    OutgoingEvent,
    StreamUnavailable,
)
from tests.simulation.world import Process, World

TOPIC = "transactions"
PARTITIONS = 3
READ_MAX = 6
# An idle poll lasts longer than a real one: nothing happens in it, and it costs time.
IDLE_POLLS = 20


@dataclass
class Broker:
    """One topic, and one group that reads it."""

    world: World
    logs: list[list[OutgoingEvent]] = field(default_factory=lambda: [[] for _ in range(PARTITIONS)])
    # What was stored, in order: retention takes messages from the logs, not from here.
    history: list[OutgoingEvent] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    committed: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    refused: set[int] = field(default_factory=set)
    letters: list[DeadLetter] = field(default_factory=list)
    members: list[SimulatedSubscription] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def store(self, events: Sequence[OutgoingEvent]) -> None:
        """Append in order; a call may be torn, and may store again what it has stored."""
        for index, one in enumerate(events):
            if one.event.event_id in self.refused:
                raise EventRefused(one.event, "too large")
            if self.world.happens(self.world.error / 2):
                raise StreamUnavailable(f"{index} of {len(events)} stored")
            again = events[:index] if self.world.happens(self.world.error / 4) else ()
            for stored in (*again, one):
                self.logs[stored.event.household_id % PARTITIONS].append(stored)
                self.history.append(stored)
        self.news.set()

    def empty(self) -> None:
        """Lose everything, as retention does; offsets go on."""
        self.starts = [len(log) for log in self.logs]

    def reset(self) -> None:
        """Let the group begin again with what there is."""
        self.committed = list(self.starts)
        self.share()

    def share(self) -> None:
        """Deal the partitions to the members that live, from what is committed."""
        self.members = [one for one in self.members if one.process.alive and not one.closed]
        for index, member in enumerate(self.members):
            mine = range(index, PARTITIONS, len(self.members))
            member.places = {
                number: max(self.committed[number], self.starts[number]) for number in mine
            }
        self.news.set()


class SimulatedPublisher:
    """A producer of one process."""

    def __init__(self, broker: Broker, process: Process) -> None:
        """Take the brokers."""
        self._broker = broker
        self._process = process

    async def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """See the port."""
        await self._broker.world.step(self._process, "stream", lambda: self._broker.store(events))

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """See the port."""
        await self._broker.world.step(
            self._process, "stream", lambda: self._broker.letters.extend(letters)
        )

    async def close(self) -> None:
        """Release nothing."""


class SimulatedSubscription:
    """A member of the group."""

    def __init__(self, broker: Broker, process: Process) -> None:
        """Join."""
        self.process = process
        self.closed = False
        self.places: dict[int, int] = {}
        self._broker = broker
        broker.members.append(self)
        broker.share()

    async def poll(self, *, limit: int, seconds: float) -> Sequence[Delivery]:
        """See the port."""
        found: list[Delivery] = []
        broker = self._broker
        if not self._has_news():
            broker.news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_POLLS * seconds):
                    await broker.news.wait()
        if broker.world.happens(0.02):
            broker.share()
        await broker.world.step(self.process, "stream", lambda: found.extend(self._take(limit)))
        return found

    async def commit(self, deliveries: Sequence[Delivery]) -> None:
        """See the port."""

        def note() -> None:
            for one in deliveries:
                if one.partition in self.places:
                    before = self._broker.committed[one.partition]
                    self._broker.committed[one.partition] = max(before, one.offset + 1)

        if self._broker.world.happens(0.02):
            self._broker.share()
        await self._broker.world.step(self.process, "stream", note)

    async def close(self) -> None:
        """Leave."""
        self.closed = True
        self._broker.share()

    def _has_news(self) -> bool:
        return any(len(self._broker.logs[p]) > at for p, at in self.places.items())

    def _take(self, limit: int) -> list[Delivery]:
        found = []
        for number, at in self.places.items():
            log = self._broker.logs[number]
            begin = max(at, self._broker.starts[number])
            until = min(len(log), begin + min(limit, READ_MAX))
            found += [self._delivery(number, n, log[n]) for n in range(begin, until)]
            self.places[number] = max(begin, until)
        return found

    def _delivery(self, number: int, offset: int, one: OutgoingEvent) -> Delivery:
        household = one.event.household_id
        if self._broker.world.happens(0.01):
            key = self._broker.world.chance.choice((household, None))
            return Delivery(TOPIC, number, offset, key, None, None, "no JSON")
        return Delivery(TOPIC, number, offset, household, one.event, one.traceparent)
