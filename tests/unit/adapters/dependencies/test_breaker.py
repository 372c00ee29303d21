"""The breaker opens after failures in a row, tries one call, and closes on success."""

from __future__ import annotations

import asyncio

import pytest

from pfh.adapters.dependencies.breaker import PAUSE_SECONDS_MAX, CircuitBreaker, State
from pfh.adapters.dependencies.dependency import Dependency, DependencyFailed, RequestRejected


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(seconds: Seconds) -> CircuitBreaker:
    return CircuitBreaker(failures_max=3, open_seconds=30, clock=seconds)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admit() == 0
        breaker.failed()


def test_opens_after_failures_in_a_row_and_tells_how_long(
    breaker: CircuitBreaker, seconds: Seconds
) -> None:
    fail(breaker, 2)
    assert breaker.admit() == 0
    breaker.succeeded()
    fail(breaker, 3)
    assert breaker.state is State.OPEN
    assert breaker.admit() == 30
    seconds.now += 29.5
    assert breaker.admit() == 1


def test_lets_one_trial_pass_and_closes_when_it_succeeds(
    breaker: CircuitBreaker, seconds: Seconds
) -> None:
    fail(breaker, 3)
    seconds.now += 30
    assert breaker.state.name == "HALF_OPEN"
    assert [breaker.admit(), breaker.admit()] == [0, 1]
    breaker.succeeded()
    assert breaker.state.name == "CLOSED"
    assert [breaker.admit(), breaker.admit()] == [0, 0]


def test_opens_again_when_the_trial_fails(breaker: CircuitBreaker, seconds: Seconds) -> None:
    fail(breaker, 3)
    seconds.now += 30
    fail(breaker, 1)
    assert (breaker.state, breaker.admit()) == (State.OPEN, 30)


def test_gives_the_trial_to_another_when_its_caller_gave_up(
    breaker: CircuitBreaker, seconds: Seconds
) -> None:
    fail(breaker, 3)
    seconds.now += 30
    assert breaker.admit() == 0
    breaker.abandoned()
    assert breaker.admit() == 0


def test_leaves_a_server_alone_for_as_long_as_it_asks_but_no_longer_than_an_hour(
    breaker: CircuitBreaker,
) -> None:
    breaker.admit()
    breaker.failed(pause_seconds=90)
    assert breaker.admit() == 90
    breaker.failed(pause_seconds=1e9)
    assert breaker.admit() == PAUSE_SECONDS_MAX


async def test_a_call_is_refused_at_once_while_the_breaker_is_open(
    breaker: CircuitBreaker,
) -> None:
    dependency = Dependency("test", timeout_seconds=30, breaker=breaker)
    calls = 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        raise DependencyFailed("answered 500")

    for _ in range(4):
        with pytest.raises(DependencyFailed):
            await dependency.call(work)
    with pytest.raises(DependencyFailed) as caught:
        await dependency.call(work)
    assert calls == 3
    assert (caught.value.was_tried, caught.value.retry_after_seconds) == (False, 30)


async def test_a_call_that_takes_too_long_is_a_failure_and_a_refusal_is_none(
    breaker: CircuitBreaker,
) -> None:
    dependency = Dependency("test", timeout_seconds=0.01, breaker=breaker)

    async def never() -> None:
        await asyncio.Event().wait()

    async def refuse() -> None:
        raise RequestRejected("400")

    for _ in range(2):
        with pytest.raises(DependencyFailed, match="no answer within"):
            await dependency.call(never)
    for _ in range(5):
        with pytest.raises(RequestRejected):
            await dependency.call(refuse)
    assert breaker.state is State.CLOSED


async def test_a_cancelled_trial_does_not_keep_the_breaker_half_open(
    breaker: CircuitBreaker, seconds: Seconds
) -> None:
    dependency = Dependency("test", timeout_seconds=30, breaker=breaker)
    fail(breaker, 3)
    seconds.now += 30
    begun = asyncio.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(dependency.call(never))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async def work() -> str:
        return "done"

    assert await dependency.call(work) == "done"
