"""Relay, brokers, consumers and projection: every committed event counts once, whatever fails.

`PFH_TEST_SEEDS=first:count` runs others; a seed that fails is printed and fails again alone.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator

import pytest

from pfh.ports.event_log import NO_EVENTS
from tests.simulation.clock import JumpingLoop
from tests.simulation.run import Simulation

SEEDS = 10_000
PARTS = 4


@pytest.fixture
def loop() -> Iterator[JumpingLoop]:
    loop = JumpingLoop()
    logging.disable(logging.CRITICAL)
    yield loop
    logging.disable(logging.NOTSET)
    loop.close()


def prove(simulation: Simulation) -> None:
    """Compare what the run has left with the books."""
    books, model = simulation.books, simulation.model
    for household, events in books.events.items():
        last = model.heads.get(household, NO_EVENTS).household_seq
        if not books.is_parked(household):
            assert last == len(events), f"household {household} is at {last} of {len(events)}"
            assert model.heads.get(household, NO_EVENTS) == books.head(household)
        applied = model.applied.get(household, [])
        assert applied == [event.event_id for event in events[:last]], "each once, in order"
        counters = {key: sums for key, sums in model.sums.get(household, {}).items() if any(sums)}
        assert counters == books.rebuilt(household, last), "the read model is a rebuild"
    seen: dict[int, int] = {}
    for one in simulation.broker.history:
        event = one.event
        assert event.event_id not in books.rolled_back, "nothing of a transaction that failed"
        before = seen.get(event.household_id)
        if before is None or event.household_seq > before:
            assert before is None or event.household_seq == before + 1, "first sight is in order"
            seen[event.household_id] = event.household_seq


def run(loop: JumpingLoop, seed: int) -> Simulation:
    """Run one seed and prove it."""
    simulation = Simulation(seed)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(simulation.run())
        prove(simulation)
    except BaseException as error:
        error.add_note(f"seed {seed}: PFH_TEST_SEEDS={seed}:1 runs it alone")
        raise
    finally:
        loop.forget_timers()
        asyncio.set_event_loop(None)
    return simulation


def seeds_of(part: int) -> range:
    """Return the seeds of one part, or of the environment."""
    first, _, count = os.environ.get("PFH_TEST_SEEDS", f"1:{SEEDS}").partition(":")
    return range(int(first), int(first) + int(count or 1))[part::PARTS]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_event_counts_once_when_anything_fails(loop: JumpingLoop, part: int) -> None:
    parked = published = 0
    for seed in seeds_of(part):
        simulation = run(loop, seed)
        parked += bool(simulation.books.parked) or simulation.repaired
        published += len(simulation.broker.history)
    assert published
