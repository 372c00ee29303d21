"""Appending events in the transaction of the change that they tell (docs/specs/events.md).

It exists so that no feature can write a change without its event, its place in the household's
gapless sequence, and its link in the hash chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from pfh.observability.failpoints import reached
from pfh.ports.database import Connection

GENESIS_HASH = bytes(32)

_HEAD_FOR_UPDATE = {
    "sqlite": "SELECT household_seq, hash FROM event_heads WHERE household_id = $1",
    # The row lock orders the writers of one household, which is what makes the sequence gapless.
    "postgres": "SELECT household_seq, hash FROM event_heads WHERE household_id = $1 FOR UPDATE",
}
_CREATE_HEAD = """
    INSERT INTO event_heads (household_id, household_seq, hash) VALUES ($1, 0, $2)
    ON CONFLICT (household_id) DO NOTHING"""
_MOVE_HEAD = "UPDATE event_heads SET household_seq = $2, hash = $3 WHERE household_id = $1"
_INSERT_EVENT = """
    INSERT INTO events (event_id, household_id, household_seq, type, version, subject_id, actor_id,
                        correlation_id, causation_id, traceparent, occurred_at, payload,
                        prev_hash, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""
# What waits for a relay is noted by the statement of the event: a round trip of its own would be
# paid by every write. Only PostgreSQL has relays (docs/specs/events.md §8).
_NOTE_FOR_RELAY = """
    INSERT INTO outbox (position, household_id)
    SELECT position, household_id FROM {appended} WHERE EXISTS (SELECT 1 FROM relays)"""
_INSERT_RETURNING = f"{_INSERT_EVENT} RETURNING position, household_id"
_INSERT = {
    "sqlite": _INSERT_EVENT,
    "postgres": f"WITH appended AS ({_INSERT_RETURNING}) {_NOTE_FOR_RELAY}".format(
        appended="appended"
    ),
}
_NOTE_DEFERRED = _NOTE_FOR_RELAY.format(appended="written_events")
# Whoever changes what the events of a household tell moves its head: where that stands, it is so.
_UNMOVED = "SELECT 1 FROM event_heads WHERE household_id = $1 AND household_seq = $2 FOR UPDATE"
_LOCK = "SELECT 1 FROM event_heads WHERE household_id = $1 FOR UPDATE"
# Whoever does not get the claim must not wait for the row either: it is looked for only after.
_CLAIM_AND_LOCK = f"SELECT ({_LOCK}) WHERE pg_try_advisory_xact_lock($2)"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who caused a change and in which request; shared by all events of one unit of work.

    `actor_id` is a user or None for the hub itself; `occurred_at` is an instant in microseconds.
    """

    actor_id: int | None
    correlation_id: str
    occurred_at: int
    causation_id: int | None = None
    traceparent: str | None = None


class Draft(NamedTuple):
    """An event before it has its place: `payload` is the exact JSON text that will be stored."""

    event_id: int
    type: str
    version: int
    subject_id: int
    payload: str


def digest(
    household_id: int, household_seq: int, draft: Draft, actor_id: int | None, occurred_at: int
) -> bytes:
    """Return the SHA-256 over the fields that history must not change, in a fixed layout.

    Layout (docs/specs/events.md §4): decimal numbers and text joined by U+001F, UTF-8.
    """
    return sha256(
        f"{household_id}\x1f{household_seq}\x1f{draft.event_id}\x1f{draft.type}\x1f{draft.version}"
        f"\x1f{draft.subject_id}\x1f{actor_id or 0}\x1f{occurred_at}\x1f{draft.payload}".encode()
    ).digest()


async def lock_household(
    connection: Connection, household_id: int, *, claim: int | None = None
) -> bool:
    """Make this unit of work the only one that writes to the household until it ends.

    Taken first, before any row, it gives all writers one order, so they cannot wait in a circle. On
    SQLite the writer is alone anyway.

    Args:
        connection: of the unit of work.
        household_id: whose event head is locked.
        claim: a number that no other unit may hold at the same time, got in the same round trip.

    Returns:
        False when another unit holds the claim; then nothing was waited for and nothing is locked.
    """
    if connection.dialect == "sqlite":
        return True
    if claim is None:
        await connection.lock(_LOCK, household_id)
    elif not await connection.lock(_CLAIM_AND_LOCK, household_id, claim):
        return False
    connection.expect(_HEAD_FOR_UPDATE["postgres"], household_id)
    return True


async def append(
    connection: Connection, household_id: int, origin: Origin, drafts: Sequence[Draft]
) -> int:
    """Append events in order and return the household's new sequence number.

    Must run in the unit of work that makes the change. The caller's household is announced to the
    consumers after the commit. With no drafts it only returns the present number.

    Example: a household at 41 that appends two drafts gets 42 and 43, and 43 is returned.
    """
    head = await connection.fetch_one(_HEAD_FOR_UPDATE[connection.dialect], household_id)
    if head is None:
        await connection.execute(_CREATE_HEAD, household_id, GENESIS_HASH)
        head = await connection.fetch_one(_HEAD_FOR_UPDATE[connection.dialect], household_id)
        if head is None:
            message = "an event head vanished between two statements of one transaction"
            raise RuntimeError(message)
    sequence, previous = int(head[0]), bytes(head[1])
    if not drafts:
        return sequence
    connection.confirm(_UNMOVED, household_id, sequence)
    rows = []
    for draft in drafts:
        sequence += 1
        link = sha256(
            previous + digest(household_id, sequence, draft, origin.actor_id, origin.occurred_at)
        ).digest()
        rows.append(
            (
                draft.event_id,
                household_id,
                sequence,
                draft.type,
                draft.version,
                draft.subject_id,
                origin.actor_id,
                origin.correlation_id,
                origin.causation_id,
                origin.traceparent,
                origin.occurred_at,
                draft.payload,
                previous,
                link,
            )
        )
        previous = link
    if len(rows) == 1 and connection.dialect == "postgres":
        connection.defer("events", _INSERT_RETURNING, *rows[0])
        connection.defer("outbox", _NOTE_DEFERRED)
        connection.defer("event_heads", _MOVE_HEAD, household_id, sequence, previous)
    else:
        await connection.execute_many(_INSERT[connection.dialect], rows)
        await connection.execute(_MOVE_HEAD, household_id, sequence, previous)
    reached("events.appended")
    connection.announce(household_id)
    return sequence
