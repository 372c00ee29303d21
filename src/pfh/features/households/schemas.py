"""The JSON of households."""

from __future__ import annotations

import msgspec

from pfh.features.households.store import MembershipRecord


class HouseholdAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A household as its member sees it; `role` is owner, member or viewer."""

    id: str
    name: str
    base_currency: str
    role: str


class HouseholdChangedAnswer(HouseholdAnswer, frozen=True, rename="camel", kw_only=True):
    """A household after a change; `householdSeq` lets the next read see it."""

    household_seq: int


class ChangeHouseholdBody(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """What may be changed; what is left out stays as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    base_currency: str | msgspec.UnsetType = msgspec.UNSET


def household_answer(membership: MembershipRecord) -> HouseholdAnswer:
    """Show a household to its member."""
    household = membership.household
    return HouseholdAnswer(
        id=str(household.household_id),
        name=household.name,
        base_currency=household.base_commodity,
        role=membership.role,
    )
