"""What other features and the pages may ask of households."""

from __future__ import annotations

from pfh.features.households.change_household import ChangeHousehold, change_household
from pfh.features.households.erase_households import erase_households
from pfh.features.households.errors import HouseholdNotFound
from pfh.features.households.found_household import (
    NAME_LENGTH_MAX,
    Founding,
    HouseholdFounder,
    base_currency,
    found_household,
)
from pfh.features.households.prove_household import household_faults
from pfh.features.households.read_household import read_household
from pfh.features.households.schemas import HouseholdAnswer, household_answer
from pfh.features.households.store import (
    HouseholdRecord,
    MembershipRecord,
    delete_memberships,
    find_base_commodity,
    find_household,
    find_membership,
)
from pfh.ports.database import Connection

__all__ = [
    "NAME_LENGTH_MAX",
    "ChangeHousehold",
    "Founding",
    "HouseholdAnswer",
    "HouseholdFounder",
    "HouseholdRecord",
    "MembershipRecord",
    "base_commodity_of",
    "base_currency",
    "change_household",
    "erase_households",
    "found_household",
    "household_answer",
    "household_faults",
    "household_of",
    "leave_households",
    "membership_of",
    "read_household",
]


async def household_of(connection: Connection, household_id: int) -> HouseholdRecord:
    """Return a household inside a unit of work; raises HouseholdNotFound."""
    record = await find_household(connection, household_id)
    if record is None:
        raise HouseholdNotFound("There is no such household.")
    return record


async def base_commodity_of(connection: Connection, household_id: int) -> str:
    """Return the code of the household's base commodity; raises HouseholdNotFound."""
    code = await find_base_commodity(connection, household_id)
    if code is None:
        raise HouseholdNotFound("There is no such household.")
    return code


async def leave_households(connection: Connection, user_id: int) -> None:
    """End every membership of a person; a household without members is erased by housekeeping."""
    await delete_memberships(connection, user_id)


async def membership_of(
    connection: Connection, user_id: int, household_id: int | None = None
) -> MembershipRecord | None:
    """Return a person's membership: in one household, or in the first that they joined."""
    return await find_membership(connection, user_id, household_id)
