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
from pfh.persistence.event_store import lock_household
from pfh.ports.database import Connection

_FIND = (
    "SELECT request_hash, status, body FROM idempotency_keys WHERE user_id = $1 AND key_hash = $2"
)
_STORE = """
    INSERT INTO idempotency_keys (user_id, key_hash, request_hash, status, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)"""
# A second request with the key must neither wait nor run: it is told that the first is in flight.
_CLAIM = "SELECT 1 WHERE pg_try_advisory_xact_lock($1)"
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

    @property
    def claim(self) -> int:
        """The number of the lock that a unit with this key holds, signed, of 64 bits."""
        return int.from_bytes(self.key_hash[:8], "big", signed=True) ^ self.user_id


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


def once(
    key: RequestKey | None, unit: AnswerUnit, *, household_id: int | None = None
) -> AnswerUnit:
    """Wrap a unit so that it runs at most once for a key; with no key it runs each time.

    With a household, the unit is the only one that writes to it until it ends.
    """

    async def guarded(connection: Connection) -> Answer:
        if not await _start(connection, key, household_id):
            message = "A request with this Idempotency-Key is still being worked on."
            raise IdempotencyKeyInFlight(
                message, field="Idempotency-Key", fix="Wait a moment and send it again."
            )
        if key is None:
            return await unit(connection)
        # Asked after the claim was got, so that it sees what the holder before stored.
        stored = await connection.fetch_one(_FIND, key.user_id, key.key_hash)
        if stored is not None:
            if bytes(stored[0]) != key.request_hash:
                message = "This Idempotency-Key was already used with another request."
                raise IdempotencyKeyReused(
                    message, field="Idempotency-Key", fix="Use a new key for a new request."
                )
            return Answer(int(stored[1]), bytes(stored[2]), replayed=True)
        answer = await unit(connection)
        connection.defer(
            "idempotency_keys",
            _STORE,
            key.user_id,
            key.key_hash,
            key.request_hash,
            answer.status,
            answer.body,
            key.now,
        )
        return answer

    return guarded


async def _start(connection: Connection, key: RequestKey | None, household_id: int | None) -> bool:
    """Get the locks of the unit; False when another one holds the key."""
    if key is not None:
        connection.expect(_FIND, key.user_id, key.key_hash)
    if household_id is not None:
        claim = None if key is None else key.claim
        return await lock_household(connection, household_id, claim=claim)
    if key is None or connection.dialect == "sqlite":
        return True
    return bool(await connection.lock(_CLAIM, key.claim))
