"""Reading the person behind a request."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.features.households.api import MembershipRecord, membership_of
from pfh.features.identity.errors import SessionEnded
from pfh.features.identity.store import UserRecord, find_user
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True)
class Person:
    """A person and their place in the household that they are working in."""

    user: UserRecord
    membership: MembershipRecord


async def current_user(actor: Actor, services: Services) -> Person:
    """Return the actor with their names and household; raises SessionEnded when they are gone."""
    return await services.database.read(lambda connection: person_in(connection, actor))


async def person_in(connection: Connection, actor: Actor) -> Person:
    """Return the actor inside a unit of work."""
    user = await find_user(connection, actor.user_id)
    membership = await membership_of(connection, actor.user_id, actor.household_id)
    if user is None or membership is None:
        raise session_ended()
    return Person(user, membership)


def session_ended() -> SessionEnded:
    """The one problem of a session that is no more."""
    return SessionEnded("This session has ended.", fix="Sign in again.")
