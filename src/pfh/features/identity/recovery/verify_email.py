"""Proving that an address is one's own, with the code of a letter that went there.

Nobody is kept out of their books before: an address is only not believed for what goes by mail.
"""

from __future__ import annotations

from pfh.features.households.api import membership_of
from pfh.features.identity.audit_log import auth_failed
from pfh.features.identity.client import Client
from pfh.features.identity.current_user import current_user
from pfh.features.identity.events import profile_changed
from pfh.features.identity.letters import verification_letter
from pfh.features.identity.recovery.code_store import VERIFY_EMAIL, consume_code, find_code
from pfh.features.identity.recovery.post_code import post_code
from pfh.features.identity.recovery.reset_password import link_code_invalid
from pfh.features.identity.store import mark_verified
from pfh.features.identity.throttling import admit_code, admit_verification
from pfh.features.mail.api import code_hash, hint_letter
from pfh.persistence.event_store import Origin, append, lock_household
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def verify_email(code: str, client: Client, services: Services) -> None:
    """Note that the address to which the code went is its person's.

    Raises:
        TooManyAttempts: later.
        LinkCodeInvalid: the code is wrong, used, too old, or of an earlier address.
    """
    await admit_code(services.throttle, client)
    hashed = code_hash(code.strip())
    now, event_id = services.clock.now(), services.identifiers.next()

    async def unit(connection: Connection) -> bool:
        if hashed is None:
            return False
        user_id = await find_code(connection, hashed, VERIFY_EMAIL, now=now)
        if user_id is None:
            return False
        membership = await membership_of(connection, user_id)
        if membership is not None:
            # First, as everywhere: two units that lock in different orders wait for each other.
            await lock_household(connection, membership.household.household_id)
        if await consume_code(connection, hashed, VERIFY_EMAIL, now=now) is None:
            return False
        await mark_verified(connection, user_id, now=now)
        if membership is not None:
            draft = profile_changed(event_id, user_id, ("emailVerified",))
            origin = Origin(user_id, client.correlation_id, now)
            await append(connection, membership.household.household_id, origin, (draft,))
        return True

    if not await services.database.write(unit):
        auth_failed(client, reason="verify_code_invalid")
        raise link_code_invalid("/settings")


async def request_verification(actor: Actor, client: Client, services: Services) -> bool:
    """Post another letter to the actor's address; False when it is proven already.

    Raises:
        TooManyAttempts: later.
    """
    person = await current_user(actor, services)
    if person.user.email_verified_at is not None:
        return False
    await admit_verification(services.throttle, client, actor.user_id)
    letter = verification_letter(services.identifiers.next(), person.user, client.correlation_id)
    now = services.clock.now()
    await services.database.write(
        lambda connection: post_code(
            connection, letter, person.user.email_key, services.token_key, now=now
        )
    )
    hint_letter(services)
    return True
