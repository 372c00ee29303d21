"""The document port: read models made of counters, kept beside the truth and rebuildable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from pfh.ports.event_log import Head

Collection: TypeAlias = Literal["monthly_summaries", "daily_category_spend", "balance_history"]


@dataclass(frozen=True, slots=True)
class Increment:
    """What a group of events adds to one document.

    Collections, their keys and their counters (all integers, minor units where money):
    - `monthly_summaries`: period `YYYY-MM`, subject 0; income, expense, count of entries.
    - `daily_category_spend`: period `YYYY-MM-DD`, subject = category; first = amount in the
      category's own sense (income and expense both positive), second unused, count of postings.
    - `balance_history`: period `YYYY-MM`, subject = account; first = change of the balance,
      count of postings.
    """

    collection: Collection
    period: str
    subject_id: int
    commodity: str
    first_minor: int
    second_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class Range:
    """Documents of one collection with first ≤ period ≤ last."""

    collection: Collection
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Document:
    """One stored document; the fields mean what `Increment` says."""

    period: str
    subject_id: int
    commodity: str
    first_minor: int
    second_minor: int
    count: int


class DocumentsUnavailable(Exception):
    """The store does not answer; what it would have told can be computed from the journal."""


class Documents(Protocol):
    """Keeps the read models of the dashboard.

    Guarantee: after `apply` returned True, every increment of the events between the two heads is
    visible exactly once, whatever crashed or was repeated.

    Every method may raise `DocumentsUnavailable` when the store is a server of its own, within a
    bounded time; whether an `apply` that raised took effect, the next head tells.
    """

    async def apply(
        self,
        household_id: int,
        *,
        before: Head,
        after: Head,
        increments: Sequence[Increment],
    ) -> bool:
        """Add the increments and move the head from `before` to `after`, atomically.

        Returns False, and changes nothing, when the head is not `before`.
        """
        ...

    async def read(
        self, household_id: int, ranges: Sequence[Range]
    ) -> tuple[Head, list[list[Document]]]:
        """Return the head and, for each range, its documents by period, subject and commodity.

        All of one call are of one moment: exactly the events up to the returned head are in them.
        """
        ...

    async def head(self, household_id: int) -> Head:
        """Return what was applied last, `NO_EVENTS` when nothing was."""
        ...

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """Return the heads of several households at once; those without documents are left out."""
        ...

    async def forget(self, household_id: int, *, at: Head | None = None) -> None:
        """Drop every document of one household and begin again at `NO_EVENTS`, atomically.

        With `at` only while that is the head: whoever decided by a head that has moved on does
        nothing.
        """
        ...
