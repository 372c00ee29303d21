"""The SQL of sessions and of the refresh tokens of each.

Every statement that decides is one statement, so that of two requests at once exactly one wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.ports.database import Connection

_INSERT = """
    INSERT INTO sessions (session_id, user_id, household_id, user_agent, address, created_at,
                          last_seen_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7)"""
_FIND_LIVE = """
    SELECT session_id, user_id, household_id, user_agent, address, created_at, last_seen_at,
           expires_at
    FROM sessions WHERE session_id = $1 AND revoked_at IS NULL AND expires_at > $2"""
_LIST_LIVE = """
    SELECT session_id, user_id, household_id, user_agent, address, created_at, last_seen_at,
           expires_at
    FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
    ORDER BY last_seen_at DESC, session_id DESC"""
_SEE = """
    UPDATE sessions SET last_seen_at = $2, user_agent = $3, address = $4 WHERE session_id = $1"""
_REVOKE = """
    UPDATE sessions SET revoked_at = $3
    WHERE session_id = $1 AND user_id = $2 AND revoked_at IS NULL"""
_REVOKE_ALL = "UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL"
_ISSUE = """
    INSERT INTO refresh_tokens (token_hash, session_id, issued_at) VALUES ($1, $2, $3)"""
# Whoever gets the row back has consumed the token; everybody else finds it used.
_CONSUME = """
    UPDATE refresh_tokens SET used_at = $2, successor_hash = $3
    WHERE token_hash = $1 AND used_at IS NULL
    RETURNING session_id, issued_at, used_at"""
_FIND_ISSUED = "SELECT session_id, issued_at, used_at FROM refresh_tokens WHERE token_hash = $1"
_FORGET_USED = "DELETE FROM refresh_tokens WHERE session_id = $1 AND used_at < $2"
_ENDED = """
    SELECT session_id FROM sessions
    WHERE user_id = $1 AND (expires_at < $2 OR revoked_at < $2 OR last_seen_at < $3)
    LIMIT 100"""
_COUNT_SEEN = "SELECT COUNT(DISTINCT user_id) FROM sessions WHERE last_seen_at >= $1"
_FORGET_TOKENS = "DELETE FROM refresh_tokens WHERE session_id = ANY($1::bigint[])"
_FORGET_SESSIONS = "DELETE FROM sessions WHERE session_id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One signed-in device; instants in microseconds."""

    session_id: int
    user_id: int
    household_id: int
    user_agent: str
    address: str
    created_at: int
    last_seen_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One refresh token, without itself; `used_at` is None while it is good."""

    session_id: int
    issued_at: int
    used_at: int | None


async def insert_session(connection: Connection, session: SessionRecord) -> None:
    """Store a new session, seen now."""
    await connection.execute(
        _INSERT,
        session.session_id,
        session.user_id,
        session.household_id,
        session.user_agent,
        session.address,
        session.created_at,
        session.expires_at,
    )


async def find_live_session(
    connection: Connection, session_id: int, *, now: int
) -> SessionRecord | None:
    """Return a session that was neither ended nor outlived, or None."""
    row = await connection.fetch_one(_FIND_LIVE, session_id, now)
    return None if row is None else _session(*row)


async def list_live_sessions(
    connection: Connection, user_id: int, *, now: int
) -> tuple[SessionRecord, ...]:
    """Return a person's live sessions, the one seen last first."""
    rows = await connection.fetch_all(_LIST_LIVE, user_id, now)
    return tuple(_session(*row) for row in rows)


async def see_session(connection: Connection, session: SessionRecord) -> None:
    """Store when, from where and with what the session was last used."""
    await connection.execute(
        _SEE, session.session_id, session.last_seen_at, session.user_agent, session.address
    )


async def revoke_session(
    connection: Connection, session_id: int, user_id: int, *, now: int
) -> bool:
    """End one session of a person; False when it is not theirs or was ended before."""
    return await connection.execute(_REVOKE, session_id, user_id, now) == 1


async def revoke_sessions(connection: Connection, user_id: int, *, now: int) -> int:
    """End every session of a person and return how many were alive."""
    return await connection.execute(_REVOKE_ALL, user_id, now)


async def count_seen_users(connection: Connection, *, since: int) -> int:
    """Return how many people have a session that was used since then, ended or not."""
    return int(await connection.fetch_value(_COUNT_SEEN, since))


async def insert_token(
    connection: Connection, token_hash: bytes, session_id: int, *, now: int
) -> None:
    """Store the hash of a refresh token that is good from now on."""
    await connection.execute(_ISSUE, token_hash, session_id, now)


async def consume_token(
    connection: Connection, token_hash: bytes, *, now: int, successor_hash: bytes
) -> TokenRecord | None:
    """Use a token up; None when it is unknown or was used before."""
    row = await connection.fetch_one(_CONSUME, token_hash, now, successor_hash)
    return None if row is None else TokenRecord(row[0], row[1], row[2])


async def find_token(connection: Connection, token_hash: bytes) -> TokenRecord | None:
    """Return a token, used or not, or None."""
    row = await connection.fetch_one(_FIND_ISSUED, token_hash)
    return None if row is None else TokenRecord(row[0], row[1], row[2])


async def forget_used_tokens(connection: Connection, session_id: int, *, before: int) -> None:
    """Drop the tokens of a session that were used up before an instant."""
    await connection.execute(_FORGET_USED, session_id, before)


async def forget_ended_sessions(
    connection: Connection, user_id: int, *, ended_before: int, seen_before: int
) -> None:
    """Drop up to 100 sessions of a person that ended or fell idle long ago, with their tokens."""
    rows = await connection.fetch_all(_ENDED, user_id, ended_before, seen_before)
    if rows:
        ended: Sequence[int] = [row[0] for row in rows]
        await connection.execute(_FORGET_TOKENS, ended)
        await connection.execute(_FORGET_SESSIONS, ended)


def _session(  # noqa: PLR0913 -- the columns of a row, in their order
    session_id: int,
    user_id: int,
    household_id: int,
    user_agent: str,
    address: str,
    created_at: int,
    last_seen_at: int,
    expires_at: int,
) -> SessionRecord:
    return SessionRecord(
        session_id=session_id,
        user_id=user_id,
        household_id=household_id,
        user_agent=user_agent,
        address=address,
        created_at=created_at,
        last_seen_at=last_seen_at,
        expires_at=expires_at,
    )
