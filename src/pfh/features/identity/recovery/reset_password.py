"""Choosing a new password with the code of a letter: every session ends, nobody is signed in.

Who holds the code reads the person's mail, so the address counts as proven, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pfh.features.households.api import membership_of
from pfh.features.identity.audit_log import account_hash, auth_ended, auth_failed
from pfh.features.identity.change_password import check_new_password
from pfh.features.identity.client import Client
from pfh.features.identity.errors import LinkCodeInvalid
from pfh.features.identity.events import password_changed
from pfh.features.identity.keys import token_keys
from pfh.features.identity.letters import password_changed_letter
from pfh.features.identity.passwords import hash_password
from pfh.features.identity.recovery.code_store import (
    PASSWORD_RESET,
    consume_code,
    find_code,
    void_codes,
)
from pfh.features.identity.session_store import revoke_sessions
from pfh.features.identity.store import UserRecord, find_user, mark_verified, reset_hash
from pfh.features.identity.throttling import admit_code, forgive
from pfh.features.mail.api import code_hash, hint_letter, post_letter
from pfh.persistence.event_store import Origin, append, lock_household
from pfh.ports.database import Connection
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword:
    """The wish, as typed."""

    code: str = field(repr=False)
    new_password: str = field(repr=False)
    confirm_password: str = field(repr=False)


async def reset_password(wish: ResetPassword, client: Client, services: Services) -> None:
    """Store the new password, end every session and tell the person by mail.

    Raises:
        TooManyAttempts, SignInBusy: later.
        LinkCodeInvalid: the code is wrong, used, too old, or of another address.
        Problems: the new password cannot be used; the code stays good.
    """
    await admit_code(services.throttle, client)
    hashed = code_hash(wish.code.strip())
    now = services.clock.now()
    user = None if hashed is None else await _owner(services, hashed, now)
    if hashed is None or user is None:
        auth_failed(client, reason="reset_code_invalid")
        raise link_code_invalid("/forgot-password")
    check_new_password(wish.new_password, wish.confirm_password, user.email)
    new_hash = await hash_password(wish.new_password)
    await _store(services, hashed, user, new_hash, client)
    await services.sessions.revoke_user(user.user_id)
    hint_letter(services)
    account = account_hash(token_keys(services.token_key), user.email_key)
    await forgive(services.throttle, client, account)
    auth_ended(client.correlation_id, user_id=user.user_id, scope="password_reset")


async def _owner(services: Services, hashed: bytes, now: int) -> UserRecord | None:
    async def unit(connection: Connection) -> UserRecord | None:
        user_id = await find_code(connection, hashed, PASSWORD_RESET, now=now)
        return None if user_id is None else await find_user(connection, user_id)

    return await services.database.read(unit)


async def _store(
    services: Services, hashed: bytes, user: UserRecord, new_hash: str, client: Client
) -> None:
    now = services.clock.now()
    event_id, mail_id = services.identifiers.next(), services.identifiers.next()
    origin = Origin(user.user_id, client.correlation_id, now)
    letter = password_changed_letter(mail_id, user, client.correlation_id)

    async def unit(connection: Connection) -> None:
        membership = await membership_of(connection, user.user_id)
        if membership is not None:
            # First, as everywhere: two units that lock in different orders wait for each other.
            await lock_household(connection, membership.household.household_id)
        if await consume_code(connection, hashed, PASSWORD_RESET, now=now) is None:
            raise link_code_invalid("/forgot-password")
        await void_codes(connection, user.user_id, PASSWORD_RESET, now=now)
        epoch = await reset_hash(connection, user.user_id, new_hash=new_hash)
        await mark_verified(connection, user.user_id, now=now)
        await revoke_sessions(connection, user.user_id, now=now)
        await post_letter(connection, letter, now=now)
        if membership is not None:
            draft = password_changed(event_id, user.user_id, epoch)
            await append(connection, membership.household.household_id, origin, (draft,))

    await services.database.write(unit)


def link_code_invalid(page: str) -> LinkCodeInvalid:
    """The one problem of every code that opens nothing."""
    return LinkCodeInvalid(
        "This link was used already, is too old, or is incomplete.",
        field="code",
        fix=f"Ask for a new one at {page}.",
    )
