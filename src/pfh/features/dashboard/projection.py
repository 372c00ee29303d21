"""What events add to the read models of the dashboard; pure, so that any backend may apply it.

docs/specs/events.md §6. Every number is an integer in minor units of its own commodity: nothing is
converted here, because a rate that is entered tomorrow must change yesterday's totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from pfh.features.ledger.api import (
    ENTRY_CHANGED,
    ENTRY_DELETED,
    ENTRY_POSTED,
    ENTRY_RESTORED,
)
from pfh.ports.documents import Collection, Increment
from pfh.ports.event_log import RecordedEvent

ALL = 0
"""The subject of a summary: the household as a whole."""


Key: TypeAlias = tuple[Collection, str, int, str]


class Leg(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What the read models need of a posting: minor units, debit positive."""

    account_id: int
    account_class: str
    amount_minor: int
    commodity: str


class Movement(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What they need of an entry's snapshot; the other fields are passed over when decoding."""

    date: str
    transaction_type: str
    postings: tuple[Leg, ...]


class Replacement(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What they need of a change: the entry before and after."""

    before: Movement
    after: Movement


_decode_entry = msgspec.json.Decoder(Movement).decode
_decode_change = msgspec.json.Decoder(Replacement).decode


class Sums:
    """Adds up what entries bring, one sum a document, so that a batch writes each row once."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._sums: dict[Key, list[int]] = {}

    def add(self, key: Key, first_minor: int, second_minor: int, count: int) -> None:
        """Add to one document."""
        total = self._sums.get(key)
        if total is None:
            self._sums[key] = [first_minor, second_minor, count]
        else:
            total[0] += first_minor
            total[1] += second_minor
            total[2] += count

    def add_entry(self, entry: Movement, sign: int) -> None:
        """Add one entry (sign 1) or take it away (sign -1).

        Example: groceries 12.34 by card on 2026-11-03 add 1234 to the spending of that day and
        category and of the month, one entry to the month, and -1234 to the card's history.
        """
        date = entry.date
        month = date[:7]
        if entry.transaction_type != "opening":
            self.add(("monthly_summaries", month, ALL, entry.postings[0].commodity), 0, 0, sign)
        for posting in entry.postings:
            amount, code = sign * posting.amount_minor, posting.commodity
            account = posting.account_id
            match posting.account_class:
                case "expense":
                    self.add(("monthly_summaries", month, ALL, code), 0, amount, 0)
                    self.add(("daily_category_spend", date, account, code), amount, 0, sign)
                case "income":
                    self.add(("monthly_summaries", month, ALL, code), -amount, 0, 0)
                    self.add(("daily_category_spend", date, account, code), -amount, 0, sign)
                case "asset" | "liability":
                    self.add(("balance_history", month, account, code), amount, 0, sign)
                case _:
                    # Equity is the other side of openings and exchanges; no dashboard shows it.
                    continue

    def increments(self) -> list[Increment]:
        """Return the sums that are not zero throughout."""
        return [Increment(*key, *sums) for key, sums in self._sums.items() if any(sums)]


def increments_of(events: Sequence[RecordedEvent]) -> list[Increment]:
    """Return what the events add, one increment a document; other features' events add nothing.

    A change takes the entry before out and puts the entry after in.
    """
    sums = Sums()
    for event in events:
        if event.type in {ENTRY_POSTED, ENTRY_RESTORED}:
            sums.add_entry(_decode_entry(event.payload), 1)
        elif event.type == ENTRY_DELETED:
            sums.add_entry(_decode_entry(event.payload), -1)
        elif event.type == ENTRY_CHANGED:
            change = _decode_change(event.payload)
            sums.add_entry(change.before, -1)
            sums.add_entry(change.after, 1)
    return sums.increments()
