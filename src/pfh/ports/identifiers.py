"""The identifier port: time-ordered 63-bit numbers, unique in the whole installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Identifiers(Protocol):
    """Hands out identifiers; see docs/decisions/0003 for the layout."""

    def next(self) -> int:
        """Return a number greater than every one this process returned before, 0 < n < 2**63."""
        ...

    def take(self, count: int) -> Sequence[int]:
        """Return that many numbers, increasing, each as `next` would give it; 0 <= count."""
        ...
