"""The consumer of the dashboard begins at most five passes in a second; its clock jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from pfh.features.dashboard import consumers
from pfh.features.dashboard.consumers import PASS_SECONDS, POLL_SECONDS, STUCK_SECONDS
from pfh.ports.event_log import NO_EVENTS, Head
from tests.simulation.clock import JumpingLoop

HOUSEHOLD, OTHER = 7, 8
HEAD = Head(41, b"h" * 32)
Story = Callable[["Stage"], Awaitable[None]]


class Stage:
    """What the consumer sees of a hub.

    `passes` has when each household was projected, `asked` whose heads were asked for together.
    """

    def __init__(self, loop: JumpingLoop) -> None:
        """Begin with nobody behind."""
        self.passes: list[tuple[float, int]] = []
        self.asked: list[list[int]] = []
        self.behind: list[int] = []
        self.spoilt: set[int] = set()
        # How many batches are left after the next one.
        self.more = 0
        self.announce: Callable[[int], None] = _nobody_listens
        self.stopping = asyncio.Event()
        self._loop = loop

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """Answer where read models are; of the other household there is none yet."""
        self.asked.append(list(household_ids))
        return {HOUSEHOLD: HEAD} if HOUSEHOLD in household_ids else {}

    async def project(self, _services: object, household_id: int, head: Head) -> bool:
        """Note that a household is brought to the head."""
        assert head == (HEAD if household_id == HOUSEHOLD else NO_EVENTS)
        self.passes.append((round(self._loop.now, 6), household_id))
        if household_id in self.spoilt:
            raise ValueError("an event that cannot be read")
        self.more -= 1
        return self.more < 0

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Keep the listener, as a database does."""
        self.announce = listener
        return lambda: None

    async def ask_behind(self, _name: str, *, limit: int) -> Sequence[int]:
        """Answer the poll."""
        return self.behind[:limit]

    async def at(self, seconds: float) -> None:
        """Let the clock come to a second."""
        await asyncio.sleep(seconds - self._loop.now)


def _nobody_listens(_: int) -> None:
    raise AssertionError("the consumer has not subscribed")


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[JumpingLoop]:
    loop = JumpingLoop()
    clock = SimpleNamespace(monotonic=loop.time, perf_counter=loop.time)
    monkeypatch.setattr(consumers, "time", clock)
    yield loop
    loop.close()


def played(loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch, story: Story) -> Stage:
    """Run the consumer beside a story, stop it after that, and return what happened."""

    async def both() -> Stage:
        stage = Stage(loop)
        monkeypatch.setattr(consumers, "project", stage.project)
        services: Any = SimpleNamespace(
            database=SimpleNamespace(subscribe=stage.subscribe),
            documents=SimpleNamespace(heads=stage.heads),
            event_log=SimpleNamespace(behind=stage.ask_behind),
        )
        consumer = asyncio.ensure_future(consumers.run(services, stage.stopping))
        await stage.at(1)
        await story(stage)
        stage.stopping.set()
        await consumer
        return stage

    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(both())
    finally:
        loop.forget_timers()
        asyncio.set_event_loop(None)


def test_first_write_after_a_pause_is_applied_at_once(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        for second in (1.5, 3.25):
            await stage.at(second)
            stage.announce(HOUSEHOLD)
        await stage.at(4)

    assert played(loop, monkeypatch, story).passes == [(1.5, HOUSEHOLD), (3.25, HOUSEHOLD)]


def test_what_is_written_meanwhile_is_applied_together_with_the_next_pass(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        for hundredth in range(100):
            await stage.at(2 + hundredth / 100)
            stage.announce(HOUSEHOLD)
            if hundredth == 5:
                stage.announce(OTHER)
        await stage.at(4)

    passes = played(loop, monkeypatch, story).passes
    times = [second for second, household in passes if household == HOUSEHOLD]
    assert times[0] == 2
    assert len(times) == 1 + round(1 / PASS_SECONDS)
    assert min(b - a for a, b in pairwise(times)) >= PASS_SECONDS - 1e-6
    # The last write is not forgotten, nor is a household that wrote once in between.
    assert times[-1] >= 2.99
    assert [second for second, household in passes if household == OTHER] == [times[1]]


def test_stop_is_not_kept_waiting_by_the_pace(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        stage.announce(HOUSEHOLD)
        await stage.at(1 + PASS_SECONDS / 2)

    assert played(loop, monkeypatch, story).passes == [(1, HOUSEHOLD)]
    assert loop.now == pytest.approx(1 + PASS_SECONDS / 2)


def test_who_was_never_announced_is_found_by_the_poll(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        stage.behind = [HOUSEHOLD]
        await stage.at(POLL_SECONDS + 0.5)
        stage.behind = []

    assert played(loop, monkeypatch, story).passes == [(POLL_SECONDS, HOUSEHOLD)]


def test_household_whose_event_cannot_be_read_waits_alone_and_is_tried_again(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        stage.spoilt, stage.behind = {HOUSEHOLD}, [HOUSEHOLD, OTHER]
        await stage.at(POLL_SECONDS + 1)
        stage.behind = [HOUSEHOLD]
        stage.announce(HOUSEHOLD)
        await stage.at(STUCK_SECONDS + 1)
        stage.spoilt = set()
        await stage.at(STUCK_SECONDS + 2 * POLL_SECONDS + 1)
        stage.behind = []

    passes = played(loop, monkeypatch, story).passes
    assert passes[:2] == [(POLL_SECONDS, HOUSEHOLD), (POLL_SECONDS, OTHER)]
    times = [second for second, household in passes[2:] if household == HOUSEHOLD]
    assert POLL_SECONDS + STUCK_SECONDS <= times[0] <= STUCK_SECONDS + 2 * POLL_SECONDS
    assert OTHER not in {household for _, household in passes[2:]}


def test_long_history_is_applied_batch_by_batch_without_a_pause(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        stage.more = 3
        stage.announce(HOUSEHOLD)
        await stage.at(2)

    assert played(loop, monkeypatch, story).passes == [(1, HOUSEHOLD)] * 4


def test_asks_where_all_are_in_one_question(
    loop: JumpingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        for household in (HOUSEHOLD, OTHER):
            stage.announce(household)
        await stage.at(2)

    stage = played(loop, monkeypatch, story)
    assert stage.passes == [(1, HOUSEHOLD), (1, OTHER)]
    assert stage.asked == [[HOUSEHOLD, OTHER]]
