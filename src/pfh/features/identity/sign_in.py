"""Signing in with e-mail and password.

An unknown address, a wrong password and an address that is none get the same answer after the same
work: the throttle, one read and one argon2 computation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pfh.features.households.api import MembershipRecord, membership_of
from pfh.features.identity.audit_log import account_hash, auth_failed, auth_ok
from pfh.features.identity.client import Client
from pfh.features.identity.errors import AccountDisabled, SignInFailed
from pfh.features.identity.keys import token_keys
from pfh.features.identity.open_session import (
    MICROSECONDS,
    Opening,
    SignedIn,
    let_in,
    prepare_session,
    store_session,
)
from pfh.features.identity.passwords import Checked, check_password, hash_password
from pfh.features.identity.refresh_tokens import IDLE_SECONDS
from pfh.features.identity.registration_rules import lookup_key
from pfh.features.identity.session_store import forget_ended_sessions
from pfh.features.identity.store import UserRecord, find_user_by_email, replace_hash
from pfh.features.identity.throttling import admit_password_attempt, forgive
from pfh.ports.database import Connection
from pfh.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The wish, as typed."""

    email: str
    password: str = field(repr=False)


async def sign_in(wish: SignIn, client: Client, services: Services) -> SignedIn:
    """Open a session for the person with this address and password.

    Raises:
        TooManyAttempts, SignInBusy: later.
        SignInFailed: the address or the password is wrong.
        AccountDisabled: both are right but an administrator has closed the door.
    """
    key = lookup_key(wish.email)
    account = account_hash(token_keys(services.token_key), key)
    await admit_password_attempt(services.throttle, client, account)
    user, membership = await services.database.read(lambda connection: _find(connection, key))
    checked = await check_password(None if user is None else user.password_hash, wish.password)
    if user is None or not checked.is_right:
        auth_failed(client, reason="wrong_password" if user else "unknown_account", account=account)
        raise SignInFailed(
            "The e-mail address or the password is wrong.",
            fix="Check both and try again; the password is case-sensitive.",
        )
    if user.disabled_at is not None or membership is None:
        auth_failed(client, reason="account_disabled", account=account)
        raise AccountDisabled(
            "Your access to this hub has been disabled.", fix="Ask its administrator."
        )
    await forgive(services.throttle, client, account)
    household_id = membership.household.household_id
    opening = prepare_session(services, client, user_id=user.user_id, household_id=household_id)
    await _store(services, user, opening, new_hash=await _newer_hash(checked, wish.password))
    signed_in = await let_in(services, user, membership, opening)
    auth_ok(client, method="password", user_id=user.user_id, session_id=opening.session.session_id)
    return signed_in


async def _find(
    connection: Connection, key: str
) -> tuple[UserRecord | None, MembershipRecord | None]:
    user = await find_user_by_email(connection, key)
    return user, None if user is None else await membership_of(connection, user.user_id)


async def _newer_hash(checked: Checked, password: str) -> str | None:
    return await hash_password(password) if checked.is_outdated else None


async def _store(
    services: Services, user: UserRecord, opening: Opening, *, new_hash: str | None
) -> None:
    before = opening.session.created_at - IDLE_SECONDS * MICROSECONDS

    async def unit(connection: Connection) -> None:
        if new_hash is not None:
            await replace_hash(
                connection, user.user_id, old_hash=user.password_hash, new_hash=new_hash
            )
        await forget_ended_sessions(
            connection, user.user_id, ended_before=before, seen_before=before
        )
        await store_session(connection, opening)

    await services.database.write(unit)
