"""What the simulated processes share: chance, faults, and a life that ends at any await."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from pfh.ports.database import DatabaseUnavailable
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.event_stream import StreamUnavailable

ERRORS: dict[str, Callable[[str], Exception]] = {
    "database": DatabaseUnavailable,
    "documents": DocumentsUnavailable,
    "stream": StreamUnavailable,
}


class Died(BaseException):
    """The process was killed: nothing that it still tries has any effect."""


@dataclass
class Process:
    """One process; `alive` ends with it, and a new one takes its place."""

    name: str
    alive: bool = True
    died: asyncio.Event = field(default_factory=asyncio.Event)

    def kill(self) -> NoReturn:
        """End it here."""
        self.alive = False
        self.died.set()
        raise Died


@dataclass
class World:
    """Chance, and how rough it is. All is calm once `calm` is set, so that a run can end."""

    seed: int
    calm: bool = False
    chance: random.Random = field(init=False)
    crash: float = field(init=False)
    error: float = field(init=False)
    slow: float = field(init=False)

    def __post_init__(self) -> None:
        """Draw how rough this run is."""
        self.chance = random.Random(self.seed)
        self.crash = self.chance.choice((0.0, 0.01, 0.04))
        self.error = self.chance.choice((0.0, 0.03, 0.12))
        self.slow = self.chance.choice((0.0, 0.05, 0.3))

    def happens(self, probability: float) -> bool:
        """Draw, unless all is calm."""
        return not self.calm and self.chance.random() < probability

    async def step(
        self, process: Process, server: str, effect: Callable[[], None], *, answers: bool = False
    ) -> None:
        """Do one thing on a server, with whatever may go wrong before, during and after.

        It may take no time or a minute (a paused process); the process may die before or after;
        the server may refuse, or do it and not answer, unless it always `answers`.
        """
        if not process.alive:
            raise Died
        await asyncio.sleep(self._delay())
        if not process.alive:
            raise Died
        if self.happens(self.crash):
            process.kill()
        if not answers and self.happens(self.error):
            raise ERRORS[server]("refused")
        effect()
        if self.happens(self.crash):
            process.kill()
        if not answers and self.happens(self.error):
            raise ERRORS[server]("no answer")

    def _delay(self) -> float:
        if self.happens(self.slow):
            return self.chance.choice((0.01, 0.3, 2.0, 60.0))
        return 0.0005
