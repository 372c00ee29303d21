"""A consumer commits after the effect, and only what had one, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from pfh.adapters.event_stream.memory import MemoryStream
from pfh.features.delivery.api import Group, consume_events
from pfh.features.delivery.uncommitted import COMMIT_SECONDS
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent
from tests.contract.event_stream_contract import series
from tests.simulation.clock import JumpingLoop

TOPIC = "transactions"
GROUP = "group"
# The first two share a partition of six.
ANN, BEN, CAT = 1, 7, 2


@pytest.fixture
def loop() -> Iterator[JumpingLoop]:
    loop = JumpingLoop()
    yield loop
    loop.close()


class Effect:
    """Remembers heads; households of `held` wait for `gate`, and then those of `away` fail."""

    def __init__(self, *, held: Sequence[int] = (), away: Sequence[int] = ()) -> None:
        self.at: dict[int, Head] = {}
        self.seen: list[tuple[int, int]] = []
        self.held, self.away = held, away
        self.gate = asyncio.Event()

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        return {one: self.at[one] for one in household_ids if one in self.at}

    async def behind(self, *, limit: int) -> Sequence[int]:
        raise NotImplementedError

    async def apply(self, household_id: int, head: Head, events: Sequence[RecordedEvent]) -> bool:
        if household_id in self.held:
            await self.gate.wait()
        if household_id in self.away:
            raise DocumentsUnavailable("away")
        assert self.at.get(household_id, NO_EVENTS) == head
        self.at[household_id] = events[-1].after
        self.seen += [(household_id, one.household_seq) for one in events]
        return True

    async def forget(self, household_id: int, at: Head) -> None:
        raise NotImplementedError


class Consumer:
    """A consumer of five events of each household, and where its group is."""

    def __init__(self, effect: Effect) -> None:
        self.effect = effect
        self.stream = MemoryStream()
        self.stream.store(series(TOPIC, [ANN, BEN, CAT], range(1, 6)))
        self.stopping = asyncio.Event()
        nothing: Any = SimpleNamespace(now=lambda: 0, parked_of=self._nobody)
        self.group = Group(
            name=GROUP,
            topic=TOPIC,
            effect=effect,
            event_log=nothing,
            parking=nothing,
            publisher=self.stream.publisher(),
            clock=nothing,
        )

    @property
    def committed(self) -> int:
        return self.stream.committed(GROUP, TOPIC)

    async def work(self) -> None:
        member = self.stream.subscription(GROUP, [TOPIC])
        await consume_events(self.group, member, self.stopping, asyncio.sleep, workers=4)

    async def _nobody(self, *_: object) -> frozenset[int]:
        return frozenset()


def run(loop: JumpingLoop, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop.run_until_complete(test())


def test_commits_nothing_before_its_effect(loop: JumpingLoop) -> None:
    async def test() -> None:
        consumer = Consumer(Effect(held=[ANN]))
        working = asyncio.create_task(consumer.work())
        await asyncio.sleep(10 * COMMIT_SECONDS)
        assert set(consumer.effect.at) == {BEN, CAT}, "who waits holds up nobody else"
        assert consumer.committed == 0
        consumer.effect.gate.set()
        await asyncio.sleep(2 * COMMIT_SECONDS)
        assert consumer.committed == 15
        for household in (ANN, BEN, CAT):
            assert [seq for one, seq in consumer.effect.seen if one == household] == [1, 2, 3, 4, 5]
        consumer.stopping.set()
        await working

    run(loop, test)


def test_commits_up_to_the_first_without_effect_when_it_stops(loop: JumpingLoop) -> None:
    async def test() -> None:
        consumer = Consumer(Effect(away=[BEN]))
        working = asyncio.create_task(consumer.work())
        await asyncio.sleep(10 * COMMIT_SECONDS)
        consumer.stopping.set()
        await working
        assert set(consumer.effect.at) == {ANN, CAT}
        # The first message of their partition is Ann's, the second Ben's; Cat has her own.
        assert consumer.committed == 1 + 5

    run(loop, test)


def test_finishes_and_commits_the_batch_under_way_when_it_stops(loop: JumpingLoop) -> None:
    async def test() -> None:
        consumer = Consumer(Effect(held=[ANN, BEN, CAT]))
        working = asyncio.create_task(consumer.work())
        await asyncio.sleep(1)
        consumer.stopping.set()
        await asyncio.sleep(1)
        assert not working.done()
        consumer.effect.gate.set()
        await working
        assert consumer.committed == 15

    run(loop, test)
