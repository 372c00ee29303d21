"""What events add to the read models of the dashboard; pure, so that any backend may apply it.

docs/specs/events.md §6. Every number is an integer in minor units of its own commodity: nothing is
converted here, because a rate that is entered tomorrow must change yesterday's totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pfh.features.ledger.api import (
    ENTRY_CHANGED,
    ENTRY_DELETED,
    ENTRY_POSTED,
    ENTRY_RESTORED,
    EntrySnapshot,
    decode_change,
    decode_entry,
)
from pfh.ports.documents import Increment
from pfh.ports.event_log import RecordedEvent

ALL = 0
"""The subject of a summary: the household as a whole."""


def increments_of(events: Sequence[RecordedEvent]) -> list[Increment]:
    """Return what the events add; events of other features add nothing.

    A change takes the entry before out and puts the entry after in.
    """
    found: list[Increment] = []
    for event in events:
        if event.type in {ENTRY_POSTED, ENTRY_RESTORED}:
            found.extend(increments_of_entry(decode_entry(event.payload), 1))
        elif event.type == ENTRY_DELETED:
            found.extend(increments_of_entry(decode_entry(event.payload), -1))
        elif event.type == ENTRY_CHANGED:
            change = decode_change(event.payload)
            found.extend(increments_of_entry(change.before, -1))
            found.extend(increments_of_entry(change.after, 1))
    return found


def increments_of_entry(entry: EntrySnapshot, sign: int) -> Iterator[Increment]:
    """Yield what one entry adds (sign 1) or takes away (sign -1).

    Example: groceries 12.34 by card on 2026-11-03 adds 1234 to the spending of that day and
    category and of the month, one entry to the month, and -1234 to the card's history.
    """
    month = entry.date[:7]
    first = entry.postings[0]
    if entry.transaction_type != "opening":
        yield Increment("monthly_summaries", month, ALL, first.commodity, 0, 0, sign)
    for posting in entry.postings:
        amount = sign * posting.amount_minor
        code = posting.commodity
        match posting.account_class:
            case "income":
                yield Increment("monthly_summaries", month, ALL, code, -amount, 0, 0)
                yield Increment(
                    "daily_category_spend", entry.date, posting.account_id, code, -amount, 0, sign
                )
            case "expense":
                yield Increment("monthly_summaries", month, ALL, code, 0, amount, 0)
                yield Increment(
                    "daily_category_spend", entry.date, posting.account_id, code, amount, 0, sign
                )
            case "asset" | "liability":
                yield Increment("balance_history", month, posting.account_id, code, amount, 0, sign)
            case _:
                # Equity is the other side of openings and exchanges; no dashboard shows it.
                continue
