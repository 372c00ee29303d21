"""The events of exchange rates; payloads are JSON of these structs (docs/specs/events.md §5)."""

from __future__ import annotations

import msgspec

from pfh.persistence.event_store import Draft

RATE_SET = "RateSet"
RATE_REMOVED = "RateRemoved"

EVENT_TYPES = (RATE_SET, RATE_REMOVED)
VERSION = 1

_encoder = msgspec.json.Encoder()


class RateSnapshot(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A rate of one day as exact decimal text; `before` is what it replaced."""

    commodity: str
    quote: str
    date: str
    rate: str
    before: str | None = None


def rate_set(event_id: int, household_id: int, snapshot: RateSnapshot) -> Draft:
    """A rate was entered or replaced; the subject is the household."""
    return _draft(event_id, RATE_SET, household_id, snapshot)


def rate_removed(event_id: int, household_id: int, snapshot: RateSnapshot) -> Draft:
    """A rate was removed; the subject is the household."""
    return _draft(event_id, RATE_REMOVED, household_id, snapshot)


def _draft(event_id: int, kind: str, household_id: int, payload: RateSnapshot) -> Draft:
    return Draft(event_id, kind, VERSION, household_id, _encoder.encode(payload).decode())
