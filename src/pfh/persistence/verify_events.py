"""Proving the event log of a household: no gap, every link of the hash chain, the right head."""

from __future__ import annotations

from hashlib import sha256

from pfh.persistence.event_store import GENESIS_HASH, Draft, digest
from pfh.ports.database import Connection, Database, Row

BATCH_EVENTS = 5_000
_READ = """
    SELECT household_seq, event_id, type, version, subject_id, actor_id, occurred_at, payload,
           prev_hash, hash, position
    FROM events WHERE household_id = $1 AND household_seq > $2
    ORDER BY household_seq LIMIT $3"""
_HEAD = "SELECT household_seq, hash FROM event_heads WHERE household_id = $1"


async def chain_faults(database: Database, household_id: int) -> list[str]:
    """Return one sentence for each fault of a household's chain, naming the event; [] when sound.

    After a broken link the check goes on from the stored hash, so that one change gives one fault
    and not a thousand.
    """
    faults: list[str] = []
    sequence, previous = 0, GENESIS_HASH
    while True:
        rows = await _batch(database, household_id, sequence)
        for row in rows:
            faults.extend(_faults_of(household_id, row, sequence, previous))
            sequence, previous = row[0], bytes(row[9])
        if len(rows) < BATCH_EVENTS:
            break

    async def head(connection: Connection) -> Row | None:
        return await connection.fetch_one(_HEAD, household_id)

    end = await database.read(head)
    if end is None:
        if sequence:
            faults.append(f"event_heads: household {household_id} has events and no head")
    elif (end[0], bytes(end[1])) != (sequence, previous):
        faults.append(
            f"event_heads: household {household_id} says {end[0]} events, the log ends at"
            f" {sequence} with another hash or number"
        )
    return faults


async def _batch(database: Database, household_id: int, after: int) -> list[Row]:
    async def unit(connection: Connection) -> list[Row]:
        return list(await connection.fetch_all(_READ, household_id, after, BATCH_EVENTS))

    return await database.read(unit)


def _faults_of(household_id: int, row: Row, sequence: int, previous: bytes) -> list[str]:
    number, event_id, kind, version, subject_id, actor_id, occurred_at, payload, *rest = row
    prev_hash, stored, position = rest
    where = f"events: position {position} (household {household_id}, number {number}, {kind})"
    faults = []
    if number != sequence + 1:
        faults.append(f"{where}: number {sequence + 1} is missing before it")
    if bytes(prev_hash) != previous:
        faults.append(f"{where}: it does not follow the event before it")
    draft = Draft(event_id, kind, version, subject_id, payload)
    link = sha256(bytes(prev_hash) + digest(household_id, number, draft, actor_id, occurred_at))
    if link.digest() != bytes(stored):
        faults.append(f"{where}: its content is not what was written")
    return faults
