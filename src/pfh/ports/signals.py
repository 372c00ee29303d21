"""The signal port: "there is something to do", said between the parts of an installation."""

from __future__ import annotations

from typing import Protocol


class Signals(Protocol):
    """Wakes those who wait for work of a kind.

    A signal is a hint: it may be missed or doubled, so a waiter also looks at the truth every few
    seconds. One given while nobody waits is kept for the next wait.
    """

    def give(self, name: str) -> None:
        """Wake the waiters of this name."""
        ...

    async def wait(self, name: str, *, seconds: float) -> bool:
        """Return True when the signal was given, False when the time is over."""
        ...
