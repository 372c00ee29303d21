"""What every document store does with a batch: see that it is one, and add up its increments."""

from __future__ import annotations

from collections.abc import Sequence

from pfh.ports.documents import Collection, Increment
from pfh.ports.event_log import Head


def check_range(before: Head, after: Head) -> None:
    """Refuse a batch without an event: it would move nothing, or back."""
    if not 0 <= before.household_seq < after.household_seq:
        raise ValueError(f"no event between {before.household_seq} and {after.household_seq}")


def merged(increments: Sequence[Increment]) -> list[Increment]:
    """Return one increment a document, ordered by collection, period, subject and commodity.

    Example: +10.00 and -4.00 to the same month become one increment of 600 minor units.
    """
    sums: dict[tuple[Collection, str, int, str], list[int]] = {}
    for one in increments:
        key = (one.collection, one.period, one.subject_id, one.commodity)
        total = sums.setdefault(key, [0, 0, 0])
        total[0] += one.first_minor
        total[1] += one.second_minor
        total[2] += one.count
    return [Increment(*key, *total) for key, total in sorted(sums.items())]
