"""What the proof of the books shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLine:
    """One thing that was checked.

    Attributes:
        name: `Every entry sums to zero`.
        checked: how many rows were looked at.
        failures: one sentence each, naming the row; at most 20.
    """

    name: str
    checked: int
    failures: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksPage:
    """The result of the last proof, or an invitation to run the first one.

    Attributes:
        lines: empty when it never ran.
        checked_at: microseconds in UTC, None when it never ran.
        seconds: how long it took, as text.
    """

    lines: Sequence[ProofLine] = ()
    checked_at: int | None = None
    seconds: str = ""

    @property
    def failure_count(self) -> int:
        """Failures of all lines together."""
        return sum(len(line.failures) for line in self.lines)
