"""What every event log tells, whatever carries the events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from pfh.ports.documents import Documents
from pfh.ports.event_log import NO_EVENTS, EventLog, Head, Written
from tests.heads import at

# (household, number of events) → appended and visible to the log.
Append: TypeAlias = Callable[[int, int], Awaitable[None]]
ANN, BEN, EVE = 101, 102, 103


class EventLogContract(ABC):
    """Run by a subclass for each adapter, which provides the three fixtures."""

    @abstractmethod
    @pytest.fixture
    def log(self) -> EventLog:
        """Return a log without events."""

    @abstractmethod
    @pytest.fixture
    def append(self) -> Append:
        """Return how events come into being."""

    @abstractmethod
    @pytest.fixture
    def documents(self) -> Documents:
        """Return the read models of the consumer `dashboard`, empty."""

    async def test_returns_events_in_order_without_gaps(
        self, log: EventLog, append: Append
    ) -> None:
        await append(ANN, 3)
        await append(BEN, 2)
        await append(ANN, 2)
        events = await log.read(ANN, after_seq=0, limit=100)
        assert [event.household_seq for event in events] == [1, 2, 3, 4, 5]
        assert {event.household_id for event in events} == {ANN}
        positions = [event.position for event in events]
        assert positions == sorted(positions)

    async def test_returns_what_was_recorded(self, log: EventLog, append: Append) -> None:
        await append(ANN, 1)
        (event,) = await log.read(ANN, after_seq=0, limit=1)
        assert (event.type, event.version) == ("ThingHappened", 1)
        assert event.payload == '{"amount":"1.10","word":"Ü"}'
        assert (event.actor_id, event.correlation_id, event.occurred_at) == (7, "test", 1_000_001)

    async def test_continues_after_a_number_up_to_the_limit(
        self, log: EventLog, append: Append
    ) -> None:
        await append(ANN, 5)
        events = await log.read(ANN, after_seq=2, limit=2)
        assert [event.household_seq for event in events] == [3, 4]
        assert await log.read(ANN, after_seq=5, limit=2) == []

    async def test_head_is_the_last_number_or_zero(self, log: EventLog, append: Append) -> None:
        assert await log.head(ANN) == NO_EVENTS
        await append(ANN, 4)
        assert await log.head(ANN) == (await log.read(ANN, after_seq=3, limit=1))[0].after

    async def test_events_follow_each_other_by_their_hashes(
        self, log: EventLog, append: Append
    ) -> None:
        await append(ANN, 3)
        head = NO_EVENTS
        for event in await log.read(ANN, after_seq=0, limit=10):
            assert event.before == head
            head = event.after
        assert await log.head(ANN) == head

    async def test_holds_what_happened_and_nothing_else(
        self, log: EventLog, append: Append
    ) -> None:
        assert await log.holds(ANN, NO_EVENTS)
        await append(ANN, 2)
        first, last = [event.after for event in await log.read(ANN, after_seq=0, limit=2)]
        assert await log.holds(ANN, NO_EVENTS)
        assert await log.holds(ANN, first)
        assert await log.holds(ANN, last)
        for other in (Head(2, first.hash), Head(3, last.hash), Head(0, last.hash)):
            assert not await log.holds(ANN, other)
        assert not await log.holds(BEN, last)

    async def test_names_the_households_that_are_behind(
        self, log: EventLog, append: Append, documents: Documents
    ) -> None:
        for household in (ANN, BEN, EVE):
            await append(household, 2)
        for household, seq in ((ANN, 2), (BEN, 1)):
            applied = (await log.read(household, after_seq=0, limit=seq))[-1].after
            assert await documents.apply(household, before=NO_EVENTS, after=applied, increments=())
        assert await log.behind("dashboard", limit=10) == [BEN, EVE]
        assert await log.behind("dashboard", limit=1) == [BEN]
        await append(ANN, 1)
        assert await log.behind("dashboard", limit=10) == [ANN, BEN, EVE]

    async def test_names_the_households_whose_read_model_is_of_other_books(
        self, log: EventLog, append: Append, documents: Documents
    ) -> None:
        for household in (ANN, BEN, EVE):
            await append(household, 2)
        for household, applied in ((ANN, await log.head(ANN)), (BEN, at(2)), (EVE, at(3))):
            assert await documents.apply(household, before=NO_EVENTS, after=applied, increments=())
        assert await log.behind("dashboard", limit=10) == [BEN, EVE]

    async def test_tells_which_event_each_household_has_at_its_number(
        self, log: EventLog, append: Append
    ) -> None:
        for household, events in ((ANN, 3), (BEN, 1), (EVE, 2)):
            await append(household, events)
        (second,) = await log.read(ANN, after_seq=1, limit=1)
        (last,) = await log.read(EVE, after_seq=1, limit=1)
        assert await log.written_at({ANN: 2, BEN: 2, EVE: 2}) == {
            ANN: Written(second.event_id, second.hash),
            EVE: Written(last.event_id, last.hash),
        }
        assert await log.written_at({}) == {}
