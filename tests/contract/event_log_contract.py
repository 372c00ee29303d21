"""What every event log tells, whatever carries the events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from pfh.ports.event_log import EventLog

# (household, number of events) → appended and visible to the log.
Append: TypeAlias = Callable[[int, int], Awaitable[None]]
# (household, sequence number) → the consumer `dashboard` has applied that far.
Advance: TypeAlias = Callable[[int, int], Awaitable[None]]
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
    def advance(self) -> Advance:
        """Return how the consumer's read model moves on."""

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
        assert await log.head(ANN) == 0
        await append(ANN, 4)
        assert await log.head(ANN) == 4

    async def test_names_the_households_that_are_behind(
        self, log: EventLog, append: Append, advance: Advance
    ) -> None:
        for household in (ANN, BEN, EVE):
            await append(household, 2)
        await advance(ANN, 2)
        await advance(BEN, 1)
        assert await log.behind("dashboard", limit=10) == [BEN, EVE]
        assert await log.behind("dashboard", limit=1) == [BEN]
        await append(ANN, 1)
        assert await log.behind("dashboard", limit=10) == [ANN, BEN, EVE]
