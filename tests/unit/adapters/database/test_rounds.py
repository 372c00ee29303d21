"""What goes together with others, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from pfh.adapters.database import rounds
from pfh.adapters.database.rounds import Rounds
from tests.waiting import PATIENCE_SECONDS


class Served:
    """Keeps what each round was given, and holds it until it is let go."""

    def __init__(self) -> None:
        self.given: list[list[int]] = []
        self.came = asyncio.Event()
        self.gate = asyncio.Event()
        self.put_off: set[int] = set()
        self.rounds: Rounds[int] = Rounds(self.serve)

    async def serve(self, items: list[int]) -> Sequence[int]:
        """Put off what is to be put off, unless it is alone."""
        self.given.append(items)
        self.came.set()
        await asyncio.wait_for(self.gate.wait(), PATIENCE_SECONDS)
        return [item for item in items if item in self.put_off and len(items) > 1]

    async def until(self, count: int) -> None:
        """Wait until so many items were given."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sum(map(len, self.given)) < count:
                self.came.clear()
                await self.came.wait()


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing count as stuck, however busy the machine is."""
    monkeypatch.setattr(rounds, "_USUAL_SECONDS", 3600.0)


@pytest.mark.usefixtures("calm")
async def test_what_comes_meanwhile_goes_together_when_the_round_is_back() -> None:
    served = Served()
    served.rounds.submit(1)
    await served.until(1)
    for number in range(2, 10):
        served.rounds.submit(number)
    await asyncio.sleep(0)
    assert served.given == [[1]]
    served.gate.set()
    await served.until(9)
    assert served.given == [[1], list(range(2, 10))]


@pytest.mark.usefixtures("calm")
async def test_what_comes_before_the_round_began_goes_with_it() -> None:
    served = Served()
    served.gate.set()
    served.rounds.submit(1)
    served.rounds.submit(2)
    await served.until(2)
    assert served.given == [[1, 2]]


@pytest.mark.usefixtures("calm")
async def test_what_was_put_off_goes_first_with_the_next_round() -> None:
    served = Served()
    served.put_off = {2}
    for number in (1, 2):
        served.rounds.submit(number)
    await served.until(2)
    served.rounds.submit(3)
    served.gate.set()
    await served.until(5)
    assert served.given == [[1, 2], [2, 3], [2]]


async def test_stuck_round_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_USUAL_SECONDS", 0.01)
    served = Served()
    served.rounds.submit(1)
    await served.until(1)
    served.rounds.submit(2)
    # Nobody else comes, and the first never ends.
    await served.until(2)
    assert served.given == [[1], [2]]
    served.gate.set()
