"""The event stream port within one process: the double of the cluster's brokers.

It exists so that relay and consumers can be tested in one event loop, with brokers that lose a
connection, members that die, and no time but that of the test. It forgets when the process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from pfh.ports.event_stream import (
    DeadLetter,
    Delivery,
    EventRefused,
    OutgoingEvent,
    StreamUnavailable,
)

if TYPE_CHECKING:
    from pfh.ports.event_stream import EventPublisher, EventSubscription

PARTITIONS: Final = 6
# A topic and the number of one of its partitions.
_Place = tuple[str, int]


class MemoryStream:
    """Topics, and the groups that read them.

    Args:
        partitions: of each topic; topics come into being with their first event.
    """

    def __init__(self, *, partitions: int = PARTITIONS) -> None:
        """Start without events and groups, and running."""
        self.partitions = partitions
        self._logs: dict[_Place, list[OutgoingEvent]] = {}
        self._groups: dict[str, list[MemorySubscription]] = {}
        self._committed: dict[tuple[str, _Place], int] = {}
        self._runs = True
        self._torn_after: int | None = None
        self._news = asyncio.Event()
        # Ids of events that are too large for it, for tests to fill in.
        self.too_large: set[int] = set()
        self.letters: list[DeadLetter] = []

    def publisher(self) -> MemoryPublisher:
        """Return one more publisher; they see the order of their calls."""
        return MemoryPublisher(self)

    def subscription(self, group: str, topics: Sequence[str]) -> MemorySubscription:
        """Return one more member of a group, which gives it a share of the partitions at once."""
        member = MemorySubscription(self, group, topics)
        self._groups.setdefault(group, []).append(member)
        self._share(group)
        return member

    def stop(self) -> None:
        """Answer nobody until `start`; what is stored and committed stays."""
        self._runs = False
        self._wake()

    def start(self) -> None:
        """Answer again."""
        self._runs = True
        self._wake()

    def tear_next_call(self, *, stored: int) -> None:
        """Let the next `publish` store so many of its events and raise, as a lost answer does."""
        self._torn_after = stored

    def events(self, topic: str) -> list[OutgoingEvent]:
        """Return what a topic holds, partition by partition, for tests that look inside."""
        return [event for number in range(self.partitions) for event in self._log((topic, number))]

    def committed(self, group: str, topic: str) -> int:
        """Return how many of a topic's messages a group has behind it."""
        places = ((topic, number) for number in range(self.partitions))
        return sum(self._committed.get((group, place), 0) for place in places)

    def check(self) -> None:
        """Raise `StreamUnavailable` while it is stopped."""
        if not self._runs:
            raise StreamUnavailable("the stream is stopped")

    def store(self, events: Sequence[OutgoingEvent]) -> None:
        """Append events, or some of them when the call is to be torn; see `MemoryPublisher`."""
        self.check()
        for event in events:
            if event.event.event_id in self.too_large:
                raise EventRefused(event.event, "it is too large")
        torn, self._torn_after = self._torn_after, None
        for event in events if torn is None else events[:torn]:
            self._log((event.topic, event.event.household_id % self.partitions)).append(event)
        self._wake()
        if torn is not None:
            raise StreamUnavailable(f"the answer to {len(events)} events was lost")

    def read(self, place: _Place, offset: int) -> Delivery | None:
        """Return the message at an offset of a partition, or None at its end."""
        log = self._log(place)
        if offset >= len(log):
            return None
        _, event, _, traceparent = log[offset]
        return Delivery(*place, offset, event.household_id, event, traceparent)

    def commit(self, group: str, place: _Place, offset: int) -> None:
        """Note where a group goes on in a partition."""
        self._committed[group, place] = max(offset, self.start_of(group, place))

    def start_of(self, group: str, place: _Place) -> int:
        """Return the offset at which a group goes on in a partition."""
        return self._committed.get((group, place), 0)

    def leave(self, member: MemorySubscription) -> None:
        """Share the partitions of a member among those that stay."""
        members = self._groups[member.group]
        if member in members:
            members.remove(member)
            self._share(member.group)

    async def news(self) -> None:
        """Wait until something was stored, or somebody came or went."""
        await self._news.wait()

    def _share(self, group: str) -> None:
        members = self._groups[group]
        shares: dict[MemorySubscription, set[_Place]] = {member: set() for member in members}
        for topic in sorted({topic for member in members for topic in member.topics}):
            readers = [member for member in members if topic in member.topics]
            for number in range(self.partitions):
                shares[readers[number % len(readers)]].add((topic, number))
        for member, places in shares.items():
            member.own(places)
        self._wake()

    def _log(self, place: _Place) -> list[OutgoingEvent]:
        return self._logs.setdefault(place, [])

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class MemoryPublisher:
    """Puts events into a `MemoryStream`."""

    def __init__(self, stream: MemoryStream) -> None:
        """Take the stream."""
        self._stream = stream

    async def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Store events; see the port."""
        self._stream.store(events)

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Keep letters in `MemoryStream.letters`; see the port."""
        self._stream.check()
        self._stream.letters.extend(letters)

    async def close(self) -> None:
        """Release nothing."""


class MemorySubscription:
    """A member of a group of a `MemoryStream`, which makes it."""

    def __init__(self, stream: MemoryStream, group: str, topics: Sequence[str]) -> None:
        """Own nothing yet."""
        self.group = group
        self.topics = frozenset(topics)
        self._stream = stream
        # The partitions that it has, and where it goes on in each.
        self._positions: dict[_Place, int] = {}

    def own(self, places: set[_Place]) -> None:
        """Take a new share; what it keeps goes on where it was."""
        self._positions = {
            place: self._positions.get(place, self._stream.start_of(self.group, place))
            for place in sorted(places)
        }

    async def poll(self, *, limit: int, seconds: float) -> Sequence[Delivery]:
        """Return the next messages of its partitions; see the port."""
        self._stream.check()
        taken = list(self._take(limit))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not taken and seconds > 0:
                    await self._stream.news()
                    self._stream.check()
                    taken = list(self._take(limit))
        return taken

    async def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Note what had its effect, in the partitions that it still has; see the port."""
        self._stream.check()
        for delivery in deliveries:
            place = (delivery.topic, delivery.partition)
            if delivery.offset < self._positions.get(place, 0):
                self._stream.commit(self.group, place, delivery.offset + 1)

    async def close(self) -> None:
        """Leave the group; see the port."""
        self._positions = {}
        self._stream.leave(self)

    def die(self) -> None:
        """Be gone without a word, as a process that was killed; the others take over."""
        self._positions = {}
        self._stream.leave(self)

    def _take(self, limit: int) -> Iterator[Delivery]:
        for place, start in list(self._positions.items()):
            for offset in range(start, start + limit):
                delivery = self._stream.read(place, offset)
                if delivery is None:
                    break
                # At the end of the order: a busy partition does not keep the others waiting.
                del self._positions[place]
                self._positions[place] = offset + 1
                limit -= 1
                yield delivery


if TYPE_CHECKING:

    def _publisher_keeps_the_contract(publisher: MemoryPublisher) -> EventPublisher:
        return publisher

    def _subscription_keeps_the_contract(subscription: MemorySubscription) -> EventSubscription:
        return subscription
