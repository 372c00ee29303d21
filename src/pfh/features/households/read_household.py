"""Reading the household that a person is working in."""

from __future__ import annotations

from pfh.features.households.errors import HouseholdNotFound
from pfh.features.households.store import MembershipRecord, find_membership
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def read_household(actor: Actor, services: Services) -> MembershipRecord:
    """Return the actor's household and role; raises HouseholdNotFound when they left it."""

    async def unit(connection: Connection) -> MembershipRecord:
        return await membership_in(connection, actor)

    return await services.database.read(unit)


async def membership_in(connection: Connection, actor: Actor) -> MembershipRecord:
    """Return the actor's membership inside a unit of work."""
    membership = await find_membership(connection, actor.user_id, actor.household_id)
    if membership is None:
        raise HouseholdNotFound(
            "You are no longer a member of this household.", fix="Sign in again."
        )
    return membership
