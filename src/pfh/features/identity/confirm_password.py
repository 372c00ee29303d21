"""Asking the current password again before something that a borrowed screen must not do."""

from __future__ import annotations

from pfh.features.identity.audit_log import account_hash, auth_failed
from pfh.features.identity.client import Client
from pfh.features.identity.errors import CurrentPasswordWrong
from pfh.features.identity.keys import token_keys
from pfh.features.identity.passwords import check_password
from pfh.features.identity.store import UserRecord
from pfh.features.identity.throttling import admit_password_attempt, forgive
from pfh.ports.services import Services


async def confirm_password(
    user: UserRecord, password: str, client: Client, services: Services
) -> None:
    """Check the password, counted and logged like a sign-in.

    Raises:
        TooManyAttempts, SignInBusy: later.
        CurrentPasswordWrong: on the field `currentPassword`.
    """
    account = account_hash(token_keys(services.token_key), user.email_key)
    await admit_password_attempt(services.throttle, client, account)
    checked = await check_password(user.password_hash, password)
    if not checked.is_right:
        auth_failed(client, reason="current_password_wrong", account=account)
        raise CurrentPasswordWrong(
            "The current password is wrong.",
            field="currentPassword",
            fix="Type the password that you signed in with.",
        )
    await forgive(services.throttle, client, account)
