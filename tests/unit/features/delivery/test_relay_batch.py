"""A relay publishes while it leads, reports after it, and stands by less than five seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from operator import sub
from types import SimpleNamespace
from typing import Any

import pytest

from pfh.features.delivery.relay_events import LeadershipLost, Relay, relay_batch, relay_events
from pfh.ports.event_stream import OutgoingEvent, StreamUnavailable
from pfh.ports.outbox import WaitingEvent
from tests.contract.event_stream_contract import event
from tests.simulation.clock import JumpingLoop

TOPIC = "transactions"
# As the port of the leadership promises of a leader that dies.
TAKES_OVER_SECONDS = 5.0


class Site:
    """An outbox, a publisher, and a leadership that is free from an instant on; `log` tells."""

    def __init__(
        self, *, free_from: float = 0.0, confirms: bool = True, fails: bool = False
    ) -> None:
        self.log: list[str] = []
        self._rows = [WaitingEvent(event(1, seq), None, None) for seq in (1, 2)]
        self.tried_at: list[float] = []
        self._free_from, self._confirms, self._fails = free_from, confirms, fails

    @property
    def relay(self) -> Relay:
        port: Any = self
        return Relay(outbox=port, publisher=port, leadership=port, topics_of=lambda _: (TOPIC,))

    async def register(self, _name: str) -> bool:
        return False

    async def waiting(self, *, limit: int) -> Sequence[WaitingEvent]:
        return self._rows[:limit]

    async def published(self, positions: Sequence[int]) -> None:
        self.log.append("reported")
        self._rows = [one for one in self._rows if one.event.position not in positions]

    async def publish(self, events: Sequence[OutgoingEvent]) -> None:
        if self._fails:
            raise StreamUnavailable("away")
        self.log += [f"published {one.event.household_seq}" for one in events]

    async def try_lead(self, _work: str) -> Any:  # noqa: ANN401 -- a lease
        self.tried_at.append(asyncio.get_running_loop().time())
        if self.tried_at[-1] < self._free_from:
            return None
        return SimpleNamespace(confirm=self.confirm, release=self.release)

    async def confirm(self) -> bool:
        return self._confirms

    async def release(self) -> None:
        self.log.append("released")


@pytest.fixture
def loop() -> Iterator[JumpingLoop]:
    loop = JumpingLoop()
    yield loop
    loop.close()


async def test_reports_what_was_published() -> None:
    site = Site()
    lease = await site.relay.leadership.try_lead("relay")
    assert lease is not None
    assert await relay_batch(site.relay, lease) == 2
    assert site.log == ["published 1", "published 2", "reported"]
    assert await relay_batch(site.relay, lease) == 0


async def test_reports_nothing_when_the_brokers_did_not_confirm() -> None:
    site = Site(fails=True)
    lease = await site.relay.leadership.try_lead("relay")
    assert lease is not None
    with pytest.raises(StreamUnavailable):
        await relay_batch(site.relay, lease)
    assert site.log == []


async def test_publishes_nothing_when_another_may_lead() -> None:
    site = Site(confirms=False)
    lease = await site.relay.leadership.try_lead("relay")
    assert lease is not None
    with pytest.raises(LeadershipLost):
        await relay_batch(site.relay, lease)
    assert site.log == []


def test_a_standby_publishes_within_five_seconds_when_the_lead_is_free(loop: JumpingLoop) -> None:
    async def test() -> None:
        site = Site(free_from=100.1)
        stopping = asyncio.Event()
        standing_by = asyncio.create_task(relay_events(site.relay, stopping, asyncio.sleep))
        await asyncio.sleep(100)
        assert site.log == []
        assert max(map(sub, site.tried_at[1:], site.tried_at)) < TAKES_OVER_SECONDS
        await asyncio.sleep(TAKES_OVER_SECONDS)
        assert site.log == ["published 1", "published 2", "reported"]
        stopping.set()
        await standing_by
        assert site.log[-1] == "released"

    loop.run_until_complete(test())
