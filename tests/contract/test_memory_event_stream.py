"""The event stream contract within one process."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pfh.adapters.event_stream.memory import MemoryPublisher, MemoryStream, MemorySubscription
from pfh.ports.event_stream import EventRefused, StreamUnavailable
from tests.contract.event_stream_contract import (
    ANN,
    EventStreamContract,
    EventStreamOutageContract,
    closing,
    names,
    poll_until,
    series,
)

TOPIC = "test.events"


class Subject:
    topic = TOPIC
    give_up_seconds = 5.0

    def __init__(self) -> None:
        self.memory = MemoryStream()

    def publisher(self) -> MemoryPublisher:
        return self.memory.publisher()

    def subscription(self, group: str) -> MemorySubscription:
        return self.memory.subscription(group, [TOPIC])

    async def poll_and_die(self, group: str, count: int) -> Sequence[tuple[int, int]]:
        member = self.subscription(group)
        polled = names(await poll_until(member, count))
        member.die()
        return polled

    async def stop(self) -> None:
        self.memory.stop()

    async def start(self) -> None:
        self.memory.start()


class TestMemoryEventStream(EventStreamContract):
    @pytest.fixture
    def stream(self) -> Subject:
        return Subject()


class TestMemoryEventStreamOutage(EventStreamOutageContract):
    @pytest.fixture
    def outage(self) -> Subject:
        return Subject()


async def test_torn_call_stores_a_beginning_and_a_repetition_keeps_the_order() -> None:
    stream = MemoryStream()
    publisher, member = stream.publisher(), stream.subscription("torn", [TOPIC])
    async with closing(publisher, member):
        stream.tear_next_call(stored=2)
        with pytest.raises(StreamUnavailable):
            await publisher.publish(series(TOPIC, [ANN], range(1, 5)))
        await publisher.publish(series(TOPIC, [ANN], range(1, 5)))
        told = names(await poll_until(member, 6))
        assert [seq for _, seq in told] == [1, 2, 1, 2, 3, 4]
        await member.commit(await member.poll(limit=1, seconds=0))
    assert stream.committed("torn", TOPIC) == 0
    assert len(stream.events(TOPIC)) == 6


async def test_refuses_an_event_that_is_too_large_before_it_stores_any() -> None:
    stream = MemoryStream()
    publisher = stream.publisher()
    events = series(TOPIC, [ANN], range(1, 4))
    stream.too_large.add(events[1].event.event_id)
    async with closing(publisher):
        with pytest.raises(EventRefused) as refused:
            await publisher.publish(events)
    assert refused.value.event == events[1].event
    assert not stream.events(TOPIC)
