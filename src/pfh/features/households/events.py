"""The events of households; payloads are JSON of these structs (docs/specs/events.md)."""

from __future__ import annotations

import msgspec

from pfh.persistence.event_store import Draft

HOUSEHOLD_CREATED = "HouseholdCreated"
HOUSEHOLD_CHANGED = "HouseholdChanged"

EVENT_TYPES = (HOUSEHOLD_CREATED, HOUSEHOLD_CHANGED)
VERSION = 1

_encoder = msgspec.json.Encoder()


class HouseholdSnapshot(msgspec.Struct, frozen=True, rename="camel"):
    """A household's own fields; payload of `HouseholdCreated`."""

    name: str
    base_commodity: str


class HouseholdChange(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `HouseholdChanged`: the household before and after."""

    before: HouseholdSnapshot
    after: HouseholdSnapshot


def household_created(event_id: int, household_id: int, snapshot: HouseholdSnapshot) -> Draft:
    """A household came into being, with its first owner."""
    return _draft(event_id, HOUSEHOLD_CREATED, household_id, snapshot)


def household_changed(event_id: int, household_id: int, change: HouseholdChange) -> Draft:
    """A household got another name or base commodity."""
    return _draft(event_id, HOUSEHOLD_CHANGED, household_id, change)


def _draft(event_id: int, event_type: str, household_id: int, payload: msgspec.Struct) -> Draft:
    return Draft(event_id, event_type, VERSION, household_id, _encoder.encode(payload).decode())
