"""Commits of a consumer wait for each other, for half a second at most, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from pfh.adapters.event_stream.memory import MemoryStream, MemorySubscription
from pfh.features.delivery.uncommitted import COMMIT_SECONDS, Uncommitted
from tests.contract.event_stream_contract import HOUSEHOLDS, series
from tests.simulation.clock import JumpingLoop

TOPIC = "transactions"
GROUP = "group"
Test = Callable[[MemoryStream, MemorySubscription, Uncommitted], Awaitable[None]]


@pytest.fixture
def loop() -> Iterator[JumpingLoop]:
    loop = JumpingLoop()
    yield loop
    loop.close()


def run(loop: JumpingLoop, test: Test) -> None:
    """Run a test with ten events of each household in a stream, on a clock that jumps."""
    stream = MemoryStream()
    member = stream.subscription(GROUP, [TOPIC])
    stream.store(series(TOPIC, HOUSEHOLDS, range(1, 11)))
    loop.run_until_complete(test(stream, member, Uncommitted(GROUP, member)))


def test_waits_from_the_first_message_on_whatever_comes_after_it(loop: JumpingLoop) -> None:
    async def test(_: MemoryStream, member: MemorySubscription, uncommitted: Uncommitted) -> None:
        assert uncommitted.seconds_left == COMMIT_SECONDS
        left = []
        for _batch in range(3):
            uncommitted.add(await member.poll(limit=10, seconds=1))
            left.append(uncommitted.seconds_left)
            await asyncio.sleep(COMMIT_SECONDS * 0.4)
        left.append(uncommitted.seconds_left)
        shares = [one / COMMIT_SECONDS for one in left]
        assert shares == pytest.approx([1.0, 0.6, 0.2, 0.0])

    run(loop, test)


def test_commits_all_that_was_added_once(loop: JumpingLoop) -> None:
    async def test(
        stream: MemoryStream, member: MemorySubscription, uncommitted: Uncommitted
    ) -> None:
        added = 0
        while batch := await member.poll(limit=7, seconds=0):
            uncommitted.add(batch)
            added += len(batch)
        assert stream.committed(GROUP, TOPIC) == 0
        await uncommitted.commit()
        assert stream.committed(GROUP, TOPIC) == added == 10 * len(HOUSEHOLDS)
        assert uncommitted.seconds_left == COMMIT_SECONDS
        stream.stop()
        # There is nothing left that could fail.
        await uncommitted.commit()
        assert uncommitted.seconds_left == COMMIT_SECONDS

    run(loop, test)


def test_tries_again_later_what_the_brokers_did_not_confirm(loop: JumpingLoop) -> None:
    async def test(
        stream: MemoryStream, member: MemorySubscription, uncommitted: Uncommitted
    ) -> None:
        uncommitted.add(await member.poll(limit=100, seconds=1))
        await asyncio.sleep(COMMIT_SECONDS)
        stream.stop()
        await uncommitted.commit()
        assert stream.committed(GROUP, TOPIC) == 0
        assert uncommitted.seconds_left == COMMIT_SECONDS, "not at once, over and over"
        stream.start()
        await asyncio.sleep(COMMIT_SECONDS)
        assert uncommitted.seconds_left == 0
        await uncommitted.commit()
        assert stream.committed(GROUP, TOPIC) == 100

    run(loop, test)
