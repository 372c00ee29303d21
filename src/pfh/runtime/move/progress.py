"""What a move tells while it goes on, so that the command can draw it and a test can watch it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of each step: a name, how much there is to do, and what was done."""

    def begin(self, step: str, *, total: int, done: int = 0) -> None:
        """Begin a step of `total` pieces, of which `done` were done by an earlier run."""
        ...

    def advance(self, count: int) -> None:
        """Count pieces of the present step."""
        ...

    def say(self, words: str) -> None:
        """Tell one sentence."""
        ...


class Silent:
    """Tells nobody."""

    def begin(self, step: str, *, total: int, done: int = 0) -> None:
        """Do nothing."""

    def advance(self, count: int) -> None:
        """Do nothing."""

    def say(self, words: str) -> None:
        """Do nothing."""
