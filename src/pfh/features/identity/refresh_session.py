"""Exchanging a refresh token for a new pair: each is good once (RFC 9700 §4.14).

Consuming is one UPDATE, so of two requests at once one wins. The other finds the token used: within
10 seconds that is a lost answer or a second tab, and it gets the same successor again; later it
means that two hold the same token, and the whole session ends. When the successor was used within
the grace as well, the chain is followed to its live end, so that a burst of tabs never signs the
person out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from pfh.features.households.api import MembershipRecord, membership_of
from pfh.features.identity.audit_log import (
    account_hash,
    auth_failed,
    auth_ok,
    auth_reuse_detected,
)
from pfh.features.identity.client import Client
from pfh.features.identity.errors import RefreshTokenReused
from pfh.features.identity.keys import TokenKeys, token_keys
from pfh.features.identity.letters import session_stolen_letter
from pfh.features.identity.open_session import MICROSECONDS, Opening, SignedIn, let_in
from pfh.features.identity.refresh_tokens import (
    GRACE_SECONDS,
    IDLE_SECONDS,
    from_text,
    hash_of,
    refresh_token_invalid,
    successor_of,
)
from pfh.features.identity.session_store import (
    SessionRecord,
    TokenRecord,
    consume_token,
    find_live_session,
    find_token,
    forget_used_tokens,
    insert_token,
    revoke_session,
    see_session,
)
from pfh.features.identity.store import UserRecord, find_user
from pfh.features.mail.api import hint_letter, post_letter
from pfh.ports.database import Connection
from pfh.ports.services import Services

_CHAIN_LENGTH_MAX: Final = 16


class _Refusal(Enum):
    """Why a token opens nothing; the names are the reasons in the log."""

    REFRESH_UNKNOWN = auto()
    REFRESH_IDLE = auto()
    SESSION_ENDED = auto()
    REFRESH_REUSED = auto()


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: _Refusal
    session: SessionRecord | None = None
    user: UserRecord | None = None


@dataclass(frozen=True, slots=True)
class _Rotated:
    user: UserRecord
    membership: MembershipRecord
    opening: Opening


@dataclass(frozen=True, slots=True)
class _Attempt:
    token: bytes
    keys: TokenKeys
    client: Client
    now: int
    mail_id: int


async def refresh_session(text: str, client: Client, services: Services) -> SignedIn:
    """Use up a refresh token and return the next one with a new access token.

    Raises:
        RefreshTokenInvalid: it is unknown, or its session has ended or fallen idle.
        RefreshTokenReused: it was used before and its session is ended now.
    """
    keys = token_keys(services.token_key)
    attempt = _Attempt(
        from_text(text), keys, client, services.clock.now(), services.identifiers.next()
    )

    async def unit(connection: Connection) -> _Rotated | _Refused:
        # A refusal is returned, not raised: what it wrote (an ended session) must be committed.
        return await _rotate(connection, attempt)

    outcome = await services.database.write(unit)
    if isinstance(outcome, _Rotated):
        signed_in = await let_in(services, outcome.user, outcome.membership, outcome.opening)
        session = outcome.opening.session
        auth_ok(client, method="refresh", user_id=session.user_id, session_id=session.session_id)
        return signed_in
    if outcome.session is not None:
        await services.sessions.revoke(outcome.session.session_id)
    if outcome.reason is _Refusal.REFRESH_REUSED and outcome.session is not None:
        auth_reuse_detected(
            client,
            account=None if outcome.user is None else account_hash(keys, outcome.user.email_key),
            user_id=outcome.session.user_id,
            session_id=outcome.session.session_id,
        )
        hint_letter(services)
        raise RefreshTokenReused(
            "This refresh token was used before, so its session was ended.",
            fix="Sign in again; if it was not you who used it, change your password.",
        )
    auth_failed(client, reason=outcome.reason.name.lower())
    raise refresh_token_invalid()


async def _rotate(connection: Connection, attempt: _Attempt) -> _Rotated | _Refused:
    now = attempt.now
    successor = successor_of(attempt.token, attempt.keys)
    consumed = await consume_token(
        connection, hash_of(attempt.token), now=now, successor_hash=hash_of(successor)
    )
    known = consumed or await find_token(connection, hash_of(attempt.token))
    if known is None:
        return _Refused(_Refusal.REFRESH_UNKNOWN)
    session = await find_live_session(connection, known.session_id, now=now)
    if session is None:
        return _Refused(_Refusal.SESSION_ENDED)
    if consumed is None:
        end = await _live_end(connection, attempt, known)
        return await (
            _end_stolen(connection, session, attempt)
            if end is None
            else _renew(connection, session, end, attempt)
        )
    if consumed.issued_at + IDLE_SECONDS * MICROSECONDS <= now:
        return await _end(connection, session, _Refusal.REFRESH_IDLE, now)
    await insert_token(connection, hash_of(successor), session.session_id, now=now)
    # A token that was used longer ago than any token lives opens nothing anyway.
    await forget_used_tokens(
        connection, session.session_id, before=now - IDLE_SECONDS * MICROSECONDS
    )
    return await _renew(connection, session, successor, attempt)


async def _live_end(connection: Connection, attempt: _Attempt, used: TokenRecord) -> bytes | None:
    """Follow used tokens to the one that is good; None when one was used before the grace."""
    token, record = attempt.token, used
    for _ in range(_CHAIN_LENGTH_MAX):
        if record.used_at is None:
            return token
        if record.used_at + GRACE_SECONDS * MICROSECONDS <= attempt.now:
            return None
        token = successor_of(token, attempt.keys)
        found = await find_token(connection, hash_of(token))
        if found is None:
            return None
        record = found
    return None


async def _renew(
    connection: Connection, session: SessionRecord, token: bytes, attempt: _Attempt
) -> _Rotated | _Refused:
    user = await find_user(connection, session.user_id)
    membership = await membership_of(connection, session.user_id, session.household_id)
    if user is None or membership is None or user.disabled_at is not None:
        return await _end(connection, session, _Refusal.SESSION_ENDED, attempt.now)
    seen = replace(
        session,
        last_seen_at=attempt.now,
        user_agent=attempt.client.shown_user_agent,
        address=attempt.client.shown_address,
    )
    await see_session(connection, seen)
    return _Rotated(user, membership, Opening(seen, token))


async def _end_stolen(
    connection: Connection, session: SessionRecord, attempt: _Attempt
) -> _Refused:
    """End a session whose token somebody else may hold, and tell its person."""
    user = await find_user(connection, session.user_id)
    if user is not None:
        letter = session_stolen_letter(attempt.mail_id, user, attempt.client.correlation_id)
        await post_letter(connection, letter, now=attempt.now)
    refused = await _end(connection, session, _Refusal.REFRESH_REUSED, attempt.now)
    return replace(refused, user=user)


async def _end(
    connection: Connection, session: SessionRecord, reason: _Refusal, now: int
) -> _Refused:
    await revoke_session(connection, session.session_id, session.user_id, now=now)
    return _Refused(reason, session)
