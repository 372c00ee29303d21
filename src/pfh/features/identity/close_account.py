"""Closing one's account: the person is gone at once, their household soon after."""

from __future__ import annotations

from typing import Final

from pfh.features.households.api import leave_households
from pfh.features.identity.audit_log import auth_ended
from pfh.features.identity.client import Client
from pfh.features.identity.confirm_password import confirm_password
from pfh.features.identity.current_user import current_user
from pfh.features.identity.errors import LastAdministrator
from pfh.features.identity.store import UserRecord, delete_user, is_last_administrator
from pfh.persistence.event_store import lock_household
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_SCOPE: Final = "close_account"


async def close_account(
    actor: Actor, current_password: str, client: Client, services: Services
) -> None:
    """Remove the actor: name, address, password, sessions, stored answers, mail and membership.

    A household that nobody belongs to afterwards is erased by housekeeping within the hour.

    Raises:
        CurrentPasswordWrong, TooManyAttempts, SignInBusy: see `confirm_password`.
        LastAdministrator: others are left, and none of them could administer the hub.
    """
    person = await current_user(actor, services)
    await confirm_password(person.user, current_password, client, services)
    await services.database.read(lambda connection: _refuse_last(connection, person.user))
    # Before the rows go: what other processes know of the sessions is found by them.
    await services.sessions.revoke_user(actor.user_id)

    async def unit(connection: Connection) -> None:
        await lock_household(connection, actor.household_id)
        await _refuse_last(connection, person.user)
        await leave_households(connection, actor.user_id)
        await delete_user(connection, actor.user_id)

    await services.database.write(unit)
    auth_ended(actor.correlation_id, user_id=actor.user_id, scope=_SCOPE)


async def _refuse_last(connection: Connection, user: UserRecord) -> None:
    if user.role == "admin" and await is_last_administrator(connection, user.user_id):
        raise LastAdministrator(
            "You are the only administrator, and other people use this hub.",
            fix="Make somebody else an administrator first.",
        )
