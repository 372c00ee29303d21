"""Chance that is the same every time: one die for each purpose and day.

It exists so that yesterday's plan is a beginning of today's: a day's chances depend on the
seed, the purpose and that day alone. Only `Random.random` is used, whose sequence Python promises
to keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import TypeVar

Option = TypeVar("Option")


class Dice:
    """The chances of one purpose on one day."""

    def __init__(self, seed: int, purpose: str, day: date) -> None:
        """Seed from text, which Python hashes the same way on every machine."""
        # Made-up shopping is no secret.
        self._next = Random(f"{seed}/{purpose}/{day.isoformat()}").random  # noqa: S311

    def happens(self, chance: float) -> bool:
        """Return whether something of this chance (0 to 1) happens."""
        return self._next() < chance

    def amount(self, low_minor: int, high_minor: int) -> int:
        """Return minor units from low to high, the middle likelier than the ends."""
        share = (self._next() + self._next()) / 2
        return low_minor + int(share * (high_minor - low_minor + 1))

    def pick(self, options: Sequence[Option]) -> Option:
        """Return one of the options, the first ones likelier."""
        return options[int(len(options) * self._next() ** 1.5)]
