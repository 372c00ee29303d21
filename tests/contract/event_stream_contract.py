"""What every event stream does, whatever carries the events."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from pfh.ports.event_log import RecordedEvent
from pfh.ports.event_stream import (
    Delivery,
    EventPublisher,
    EventSubscription,
    OutgoingEvent,
    StreamUnavailable,
)
from tests.heads import at

HOUSEHOLDS = range(7_000_000_000_000_000_001, 7_000_000_000_000_000_031)
ANN, BEN = HOUSEHOLDS[0], HOUSEHOLDS[1]
# What is waited for comes within a second or two; a busy machine may take its time.
LIMIT_SECONDS = 60.0


class Stream(Protocol):
    """A stream under test; groups and topics have their own names for each test."""

    topic: str

    def publisher(self) -> EventPublisher:
        """Return one more publisher."""
        ...

    def subscription(self, group: str) -> EventSubscription:
        """Return one more member of a group that reads the topic."""
        ...

    async def poll_and_die(self, group: str, count: int) -> Sequence[tuple[int, int]]:
        """Let a member poll at least `count` messages and die; return what it got, in order.

        Each as household and sequence number. Nothing was committed.
        """
        ...


class Outage(Protocol):
    """A stream that can be stopped and started again, as a whole."""

    topic: str
    # A call may take this long to give up, on a busy machine.
    give_up_seconds: float

    def publisher(self) -> EventPublisher:
        """Return one more publisher."""
        ...

    def subscription(self, group: str) -> EventSubscription:
        """Return one more member of a group that reads the topic."""
        ...

    async def stop(self) -> None:
        """End every broker without notice."""
        ...

    async def start(self) -> None:
        """Start them again, with what they had."""
        ...


def event(household: int, seq: int, payload: str = "{}") -> RecordedEvent:
    """Return an event with every field set to something of its own."""
    return RecordedEvent(
        position=seq * 1_000 + household % 1_000,
        event_id=8_000_000_000_000_000_000 + seq,
        household_id=household,
        household_seq=seq,
        type="EntryPosted",
        version=1,
        subject_id=9_000_000_000_000_000_000 + seq,
        actor_id=77,
        correlation_id=f"request-{seq}",
        occurred_at=1_700_000_000_123_456 + seq,
        payload=payload,
        prev_hash=at(seq - 1).hash,
        hash=at(seq).hash,
    )


def outgoing(topic: str, events: Iterable[RecordedEvent]) -> list[OutgoingEvent]:
    """Return events on their way to a topic."""
    return [OutgoingEvent(topic, one, None, None) for one in events]


def series(topic: str, households: Iterable[int], numbers: Iterable[int]) -> list[OutgoingEvent]:
    """Return events of households, mixed: all with the first number, then with the second."""
    chosen = list(households)
    return outgoing(topic, (event(household, seq) for seq in numbers for household in chosen))


def names(deliveries: Iterable[Delivery]) -> list[tuple[int, int]]:
    """Return household and sequence number of each."""
    told = []
    for delivery in deliveries:
        assert delivery.event is not None, delivery.fault
        told.append((delivery.event.household_id, delivery.event.household_seq))
    return told


def numbers_of(household: int, told: Iterable[tuple[int, int]]) -> list[int]:
    """Return the sequence numbers of one household, as they came."""
    return [seq for one, seq in told if one == household]


async def poll_until(
    subscription: EventSubscription, count: int, *, limit: int = 100
) -> list[Delivery]:
    """Poll until at least `count` messages came."""
    taken: list[Delivery] = []
    async with asyncio.timeout(LIMIT_SECONDS):
        while len(taken) < count:
            # A stream that comes back is not there at once.
            with contextlib.suppress(StreamUnavailable):
                taken += await subscription.poll(limit=limit, seconds=0.5)
    return taken


async def poll_until_unavailable(subscription: EventSubscription) -> str:
    """Poll, getting nothing, until the stream cannot be reached; return the reason."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                assert not await subscription.poll(limit=10, seconds=0.2)
            except StreamUnavailable as error:
                return str(error)


@asynccontextmanager
async def closing(
    *opened: EventPublisher | EventSubscription,
) -> AsyncIterator[None]:
    """Close publishers and members at the end of the block."""
    try:
        yield
    finally:
        for one in opened:
            await one.close()


class EventStreamContract(ABC):
    """Run by a subclass for each adapter, which provides `stream`."""

    @abstractmethod
    @pytest.fixture
    def stream(self) -> Stream:
        """Return a stream with an empty topic of six partitions."""

    async def test_gives_every_field_as_it_was_recorded(self, stream: Stream) -> None:
        publisher, member = stream.publisher(), stream.subscription("fields")
        first = event(ANN, 1, '{"amount": "1.10",\n"word":"Ü 💶 \\u0000"}')
        second = first._replace(
            household_seq=2, actor_id=None, correlation_id="", occurred_at=-1, version=12
        )
        third = first._replace(household_seq=3, occurred_at=1_700_000_000_000_000, payload="")
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        async with closing(publisher, member):
            await publisher.publish(
                [
                    OutgoingEvent(stream.topic, first, 55, trace),
                    *outgoing(stream.topic, [second, third]),
                ]
            )
            got = await poll_until(member, 3)
        assert [one.event for one in got] == [first, second, third]
        assert [one.traceparent for one in got] == [trace, None, None]
        assert {(one.topic, one.key, one.fault) for one in got} == {(stream.topic, ANN, "")}
        assert [one.offset for one in got] == [0, 1, 2]

    async def test_keeps_the_order_of_a_household_across_calls(self, stream: Stream) -> None:
        publisher, member = stream.publisher(), stream.subscription("order")
        async with closing(publisher, member):
            for begin in range(1, 101, 10):
                chosen = range(begin, begin + 10)
                await publisher.publish(series(stream.topic, HOUSEHOLDS, chosen))
            told = names(await poll_until(member, 100 * len(HOUSEHOLDS), limit=37))
        for household in HOUSEHOLDS:
            assert numbers_of(household, told) == list(range(1, 101))

    async def test_poll_ends_with_what_there_is_and_never_exceeds_its_limit(
        self, stream: Stream
    ) -> None:
        publisher, member = stream.publisher(), stream.subscription("limit")
        async with closing(publisher, member):
            await publisher.publish(series(stream.topic, HOUSEHOLDS, [1, 2]))
            sizes: list[int] = []
            async with asyncio.timeout(LIMIT_SECONDS):
                while sum(sizes) < 2 * len(HOUSEHOLDS):
                    sizes.append(len(await member.poll(limit=7, seconds=5)))
            assert max(sizes) <= 7
            assert not await member.poll(limit=7, seconds=0.05)

    async def test_publishing_nothing_is_nothing(self, stream: Stream) -> None:
        publisher = stream.publisher()
        async with closing(publisher):
            await publisher.publish([])

    async def test_gives_again_what_was_not_committed(self, stream: Stream) -> None:
        publisher, member = stream.publisher(), stream.subscription("again")
        async with closing(publisher):
            async with closing(member):
                await publisher.publish(series(stream.topic, [ANN], range(1, 11)))
                got = await poll_until(member, 10)
                await member.commit(got[:4])
            second = stream.subscription("again")
            async with closing(second):
                told = names(await poll_until(second, 6))
        assert told == [(ANN, seq) for seq in range(5, 11)]

    async def test_commits_between_polls_lose_no_message(self, stream: Stream) -> None:
        publisher, member = stream.publisher(), stream.subscription("eager")
        told: list[tuple[int, int]] = []
        async with closing(publisher, member):
            await publisher.publish(series(stream.topic, HOUSEHOLDS, range(1, 11)))
            while len(told) < 10 * len(HOUSEHOLDS):
                polled = await poll_until(member, 1, limit=7)
                # More is on its way while the commit is.
                await member.commit(polled)
                told += names(polled)
        for household in HOUSEHOLDS:
            assert numbers_of(household, told) == [*range(1, 11)]

    async def test_groups_do_not_touch_each_other(self, stream: Stream) -> None:
        publisher = stream.publisher()
        one, other = stream.subscription("one"), stream.subscription("other")
        async with closing(publisher, one, other):
            await publisher.publish(series(stream.topic, [ANN], range(1, 6)))
            await one.commit(await poll_until(one, 5))
            assert len(await poll_until(other, 5)) == 5

    async def test_members_share_the_partitions_and_each_household_has_one_of_them(
        self, stream: Stream
    ) -> None:
        publisher = stream.publisher()
        members = [stream.subscription("shared"), stream.subscription("shared")]
        async with closing(publisher, *members):
            await self._until_each_has_its_own(stream, publisher, members)

    async def test_member_that_leaves_is_replaced_by_one_that_stays(self, stream: Stream) -> None:
        publisher = stream.publisher()
        leaving, staying = stream.subscription("leave"), stream.subscription("leave")
        async with closing(publisher, staying):
            async with closing(leaving):
                members = [leaving, staying]
                seq = await self._until_each_has_its_own(stream, publisher, members)
                await publisher.publish(series(stream.topic, HOUSEHOLDS, [seq + 1]))
                polled = names(await poll_until(leaving, 1))
            # What the leaving one had and did not commit comes to the other.
            told: set[tuple[int, int]] = set()
            async with asyncio.timeout(LIMIT_SECONDS):
                while not {*polled, *((one, seq + 1) for one in HOUSEHOLDS)} <= told:
                    told |= set(names(await staying.poll(limit=100, seconds=0.5)))

    async def test_member_that_dies_is_replaced(self, stream: Stream) -> None:
        publisher = stream.publisher()
        async with closing(publisher):
            await publisher.publish(series(stream.topic, HOUSEHOLDS, [1, 2, 3]))
            polled = await stream.poll_and_die("death", 3 * len(HOUSEHOLDS))
            assert len(polled) == 3 * len(HOUSEHOLDS)
            heir = stream.subscription("death")
            async with closing(heir):
                told = names(await poll_until(heir, 3 * len(HOUSEHOLDS)))
        for household in HOUSEHOLDS:
            assert numbers_of(household, told) == [1, 2, 3]

    async def test_commit_of_a_partition_that_was_given_away_changes_nothing(
        self, stream: Stream
    ) -> None:
        publisher, first = stream.publisher(), stream.subscription("stale")
        async with closing(publisher, first):
            await publisher.publish(series(stream.topic, HOUSEHOLDS, range(1, 4)))
            held = await poll_until(first, 3 * len(HOUSEHOLDS))
            second = stream.subscription("stale")
            async with closing(second):
                moved = await self._until_second_gets_some(first, second)
                await second.commit(moved[:1])
                await first.commit(held)
            place, offset = moved[0].partition, moved[0].offset
            # Had the commit of the first one counted, the rest of the partition would be gone.
            again: list[Delivery] = []
            async with asyncio.timeout(LIMIT_SECONDS):
                while not again:
                    polled = await first.poll(limit=100, seconds=0.5)
                    again = [one for one in polled if one.partition == place]
            assert again[0].offset == offset + 1

    async def test_cancelled_poll_loses_no_message(self, stream: Stream) -> None:
        publisher, member = stream.publisher(), stream.subscription("cancelled")
        async with closing(publisher, member):
            await publisher.publish(series(stream.topic, [ANN], [1]))
            told = names(await poll_until(member, 1))
            polling = asyncio.create_task(member.poll(limit=10, seconds=2))
            await asyncio.sleep(0.05)
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling
            await publisher.publish(series(stream.topic, [ANN], [2, 3]))
            told += names(await poll_until(member, 2))
        assert told == [(ANN, 1), (ANN, 2), (ANN, 3)]

    async def _until_each_has_its_own(
        self,
        stream: Stream,
        publisher: EventPublisher,
        members: Sequence[EventSubscription],
    ) -> int:
        """Publish rounds of one event a household until each member gets some, and none twice.

        While the group forms, what one has not committed may come to the other as well. Returned is
        the number of the last round; all of it is committed.
        """
        seq = 0
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                seq += 1
                await publisher.publish(series(stream.topic, HOUSEHOLDS, [seq]))
                got: list[set[int]] = [set(), set()]
                while len(got[0] | got[1]) < len(HOUSEHOLDS):
                    for member, share in zip(members, got, strict=True):
                        polled = await member.poll(limit=100, seconds=0.2)
                        share.update(one for one, number in names(polled) if number == seq)
                        await member.commit(polled)
                if all(got) and not got[0] & got[1]:
                    return seq

    async def _until_second_gets_some(
        self, first: EventSubscription, second: EventSubscription
    ) -> Sequence[Delivery]:
        """Poll until the newcomer has messages that the first one has got and not committed."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                await first.poll(limit=100, seconds=0.2)
                moved = await second.poll(limit=100, seconds=0.2)
                if moved:
                    return moved


class EventStreamOutageContract(ABC):
    """Run by a subclass for each adapter, which provides `outage`."""

    @abstractmethod
    @pytest.fixture
    def outage(self) -> Outage:
        """Return a stream that runs."""

    async def test_goes_on_by_itself_after_a_restart(self, outage: Outage) -> None:
        publisher, member = outage.publisher(), outage.subscription("restart")
        async with closing(publisher, member):
            await self._publish_until_stored(publisher, series(outage.topic, HOUSEHOLDS, [1]))
            got = await poll_until(member, len(HOUSEHOLDS))
            await outage.stop()
            begun = asyncio.get_running_loop().time()
            with pytest.raises(StreamUnavailable):
                await publisher.publish(series(outage.topic, HOUSEHOLDS, [2]))
            with pytest.raises(StreamUnavailable):
                await member.commit(got)
            async with asyncio.timeout(LIMIT_SECONDS):
                assert await poll_until_unavailable(member)
            assert asyncio.get_running_loop().time() - begun < outage.give_up_seconds
            await outage.start()
            await self._publish_until_stored(publisher, series(outage.topic, HOUSEHOLDS, [2]))
            await self._publish_until_stored(publisher, series(outage.topic, HOUSEHOLDS, [3]))
            told: list[tuple[int, int]] = []
            async with asyncio.timeout(LIMIT_SECONDS):
                while not all((household, 3) in told for household in HOUSEHOLDS):
                    told += names(await poll_until(member, 1))
        for household in HOUSEHOLDS:
            # First appearances are in order; what the failed call had stored may come twice.
            seen = list(dict.fromkeys(seq for seq in numbers_of(household, told) if seq > 1))
            assert seen == [2, 3]

    @staticmethod
    async def _publish_until_stored(
        publisher: EventPublisher, events: Sequence[OutgoingEvent]
    ) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                try:
                    await publisher.publish(events)
                except StreamUnavailable:
                    continue
                return
