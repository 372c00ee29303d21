"""Answering a repeated request with the stored answer, in the transaction of the first.

`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): same key and same request get the
same bytes again, another request with the key is refused. The row is written by the unit of work
itself, so an answer exists exactly when the change does.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from pfh.core.errors import Kind, Problem
from pfh.ports.database import Connection, Row

_FIND = (
    "SELECT request_hash, status, body FROM idempotency_keys WHERE user_id = $1 AND key_hash = $2"
)
_STORE = """
    INSERT INTO idempotency_keys (user_id, key_hash, request_hash, status, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"""
# A second request with the key must neither wait nor run: it is told that the first is in flight.
# Both questions are one statement, since each round trip is paid by every write.
_CLAIM_AND_FIND = """
    SELECT CASE WHEN pg_try_advisory_xact_lock($3) THEN 1 ELSE 0 END,
           stored.request_hash, stored.status, stored.body
    FROM (SELECT 1) AS one
    LEFT JOIN idempotency_keys stored ON stored.user_id = $1 AND stored.key_hash = $2"""
KEY_LENGTH_MAX = 255
_KEY = re.compile(r"[!-~]+")


class IdempotencyKeyReused(Problem):
    """The key was used with another request."""

    code = "idempotency_key_reused"
    kind = Kind.INVALID


class IdempotencyKeyInFlight(Problem):
    """The first request with the key has not ended."""

    code = "idempotency_key_in_flight"
    kind = Kind.CONFLICT


class IdempotencyKeyInvalid(Problem):
    """The key is empty, too long, or not printable ASCII without spaces."""

    code = "idempotency_key_invalid"


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key with the fingerprint of its request; hashes of 32 bytes."""

    user_id: int
    key_hash: bytes
    request_hash: bytes
    now: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendered answer: HTTP status, JSON body, and whether it was stored before."""

    status: int
    body: bytes
    replayed: bool = False


AnswerUnit: TypeAlias = Callable[[Connection], Awaitable[Answer]]


def request_key(user_id: int, key: str, *, route: str, body: bytes, now: int) -> RequestKey:
    """Fingerprint a request; `route` is method and path, so that a key cannot cross routes."""
    if not 1 <= len(key) <= KEY_LENGTH_MAX or _KEY.fullmatch(key) is None:
        message = f"The Idempotency-Key must have 1 to {KEY_LENGTH_MAX} characters without spaces."
        raise IdempotencyKeyInvalid(
            message, field="Idempotency-Key", fix="Send a fresh random key, for example a UUID."
        )
    return RequestKey(
        user_id,
        sha256(key.encode()).digest(),
        sha256(route.encode() + b"\x00" + body).digest(),
        now,
    )


def once(key: RequestKey | None, unit: AnswerUnit) -> AnswerUnit:
    """Wrap a unit so that it runs at most once for a key; with no key it runs each time."""
    if key is None:
        return unit

    async def guarded(connection: Connection) -> Answer:
        stored = await _find(connection, key)
        if stored is not None:
            if bytes(stored[0]) != key.request_hash:
                message = "This Idempotency-Key was already used with another request."
                raise IdempotencyKeyReused(
                    message, field="Idempotency-Key", fix="Use a new key for a new request."
                )
            return Answer(int(stored[1]), bytes(stored[2]), replayed=True)
        answer = await unit(connection)
        is_first = await connection.execute(
            _STORE, key.user_id, key.key_hash, key.request_hash, answer.status, answer.body, key.now
        )
        if not is_first:
            # The first one ended between our look at its answer and our claim.
            raise _in_flight()
        return answer

    return guarded


async def _find(connection: Connection, key: RequestKey) -> Row | None:
    """Return what is stored for the key: the hash of its request, status and body."""
    if connection.dialect == "sqlite":
        return await connection.fetch_one(_FIND, key.user_id, key.key_hash)
    lock = int.from_bytes(key.key_hash[:8], "big", signed=True) ^ key.user_id
    row = await connection.fetch_one(_CLAIM_AND_FIND, key.user_id, key.key_hash, lock)
    if row is None or not row[0]:
        raise _in_flight()
    _, request_hash, status, body = row
    return None if request_hash is None else (request_hash, status, body)


def _in_flight() -> IdempotencyKeyInFlight:
    message = "A request with this Idempotency-Key is still being worked on."
    return IdempotencyKeyInFlight(
        message, field="Idempotency-Key", fix="Wait a moment and send it again."
    )
