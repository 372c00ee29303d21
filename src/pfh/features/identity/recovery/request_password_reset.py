"""Asking for a new password: the same answer after the same work, whether or not there is anybody.

A known and an unknown address cost one read and two inserts of the same size each; what differs
between them is done later, by the sender of mail.
"""

from __future__ import annotations

from pfh.features.identity.audit_log import account_hash, auth_reset_requested
from pfh.features.identity.client import Client
from pfh.features.identity.keys import token_keys
from pfh.features.identity.letters import reset_letter
from pfh.features.identity.recovery.post_code import post_code
from pfh.features.identity.registration_rules import lookup_key
from pfh.features.identity.store import find_user_by_email
from pfh.features.identity.throttling import admit_reset_request
from pfh.features.mail.api import hint_letter
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def request_password_reset(email: str, client: Client, services: Services) -> None:
    """Post a letter with a code to the person with this address, if there is one.

    Raises:
        TooManyAttempts: counted by what was typed, whether or not anybody has the address.
    """
    key = lookup_key(email)
    account = account_hash(token_keys(services.token_key), key)
    await admit_reset_request(services.throttle, client, account)
    mail_id, now = services.identifiers.next(), services.clock.now()

    async def unit(connection: Connection) -> None:
        user = await find_user_by_email(connection, key)
        if user is not None and user.disabled_at is not None:
            user = None
        letter = reset_letter(mail_id, user, client.correlation_id)
        await post_code(connection, letter, key, services.token_key, now=now)

    await services.database.write(unit)
    hint_letter(services)
    auth_reset_requested(client, account=account)
