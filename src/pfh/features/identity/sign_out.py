"""Ending sessions: this one, another one of mine, or all of mine.

Ended means ended now: the row is revoked in SQL, so no refresh works, and the session port forgets
it, so no access token of it works either, however long it would still be good.
"""

from __future__ import annotations

from pfh.features.identity.audit_log import auth_ended
from pfh.features.identity.client import Client
from pfh.features.identity.errors import RefreshTokenInvalid, SessionNotFound
from pfh.features.identity.refresh_tokens import from_text, hash_of
from pfh.features.identity.session_store import (
    SessionRecord,
    find_live_session,
    find_token,
    list_live_sessions,
    revoke_session,
    revoke_sessions,
)
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def sign_out(actor: Actor, services: Services) -> None:
    """End the session of the present request; ending it twice is fine."""
    await _end(services, actor.session_id, actor.user_id)
    auth_ended(actor.correlation_id, user_id=actor.user_id, scope="sign_out")


async def sign_out_by_refresh_token(text: str, client: Client, services: Services) -> None:
    """End the session of a refresh token, used or not; a token of nobody ends nothing."""
    try:
        token_hash = hash_of(from_text(text))
    except RefreshTokenInvalid:
        return
    now = services.clock.now()

    async def unit(connection: Connection) -> SessionRecord | None:
        known = await find_token(connection, token_hash)
        if known is None:
            return None
        return await find_live_session(connection, known.session_id, now=now)

    session = await services.database.read(unit)
    if session is not None:
        await _end(services, session.session_id, session.user_id)
        auth_ended(client.correlation_id, user_id=session.user_id, scope="sign_out")


async def sign_out_everywhere(actor: Actor, services: Services) -> int:
    """End every session of the actor, the present one too; return how many were alive."""
    ended = await end_all_sessions(actor.user_id, services)
    auth_ended(actor.correlation_id, user_id=actor.user_id, scope="sign_out_everywhere")
    return ended


async def end_all_sessions(user_id: int, services: Services) -> int:
    """End every session of a person: for themselves and for an administrator."""
    now = services.clock.now()
    ended = await services.database.write(
        lambda connection: revoke_sessions(connection, user_id, now=now)
    )
    await services.sessions.revoke_user(user_id)
    return ended


async def list_sessions(actor: Actor, services: Services) -> tuple[SessionRecord, ...]:
    """Return the actor's live sessions, the one seen last first."""
    now = services.clock.now()
    return await services.database.read(
        lambda connection: list_live_sessions(connection, actor.user_id, now=now)
    )


async def end_session(actor: Actor, session_id: int, services: Services) -> None:
    """End one session of the actor; raises SessionNotFound when it is not theirs or not alive."""
    if not await _end(services, session_id, actor.user_id):
        raise SessionNotFound(
            "You have no such session.", fix="Read the list at GET /api/auth/sessions."
        )
    auth_ended(actor.correlation_id, user_id=actor.user_id, scope="end_session")


async def _end(services: Services, session_id: int, user_id: int) -> bool:
    now = services.clock.now()
    was_alive = await services.database.write(
        lambda connection: revoke_session(connection, session_id, user_id, now=now)
    )
    if was_alive:
        await services.sessions.revoke(session_id)
    return was_alive
