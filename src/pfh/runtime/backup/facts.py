"""What books say of themselves, in few numbers that two copies can be compared by."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from pfh.adapters.backup.archive import Facts
from pfh.ports.database import Connection
from pfh.runtime.backup.problems import RestoredBooksDiffer
from pfh.runtime.schema import revision

_COUNTS: Final = """
    SELECT (SELECT COUNT(*) FROM households), (SELECT COUNT(*) FROM users),
        (SELECT COUNT(*) FROM entries), (SELECT COUNT(*) FROM events),
        (SELECT COALESCE(MAX(occurred_at), 0) FROM events)"""
# In two halves: the sum of a billion postings of the largest amount has no place in 64 bits.
_HALF: Final = 1_000_000
_TURNOVER: Final = """
    SELECT commodity, SUM(amount_minor / 1000000), SUM(amount_minor % 1000000)
    FROM postings WHERE amount_minor > 0 GROUP BY commodity ORDER BY commodity"""
_HEADS: Final = """
    SELECT household_id, household_seq, hash FROM event_heads WHERE household_id > $1
    ORDER BY household_id LIMIT 10000"""
_NEWEST_EVENT: Final = "SELECT COALESCE(MAX(occurred_at), 0) FROM events"


async def facts_of(connection: Connection) -> Facts:
    """Count and add up the books; a unit of work on one snapshot."""
    row = await connection.fetch_one(_COUNTS) or (0,) * 5
    turnover = {
        str(code): int(high) * _HALF + int(low)
        for code, high, low in await connection.fetch_all(_TURNOVER)
    }
    return Facts(
        revision=await revision(connection) or "",
        households=int(row[0]),
        users=int(row[1]),
        entries=int(row[2]),
        events=int(row[3]),
        turnover=turnover,
        chains=await _chains(connection),
        newest_event_at=int(row[4]),
    )


async def newest_event_at(connection: Connection) -> int:
    """Return the instant of the newest event, 0 without any."""
    return int(await connection.fetch_value(_NEWEST_EVENT))


def require_equal(expected: Facts, found: Facts) -> None:
    """Raise `RestoredBooksDiffer` with everything that is not as the manifest tells."""
    told, seen = msgspec.structs.asdict(expected), msgspec.structs.asdict(found)
    faults = [
        f"{name} is {seen[name]!r}, not {told[name]!r}" for name in told if told[name] != seen[name]
    ]
    if faults:
        raise RestoredBooksDiffer(f"The restored books differ: {'; '.join(faults)}.")


async def _chains(connection: Connection) -> str:
    digest, after = hashlib.sha256(), -1
    while rows := await connection.fetch_all(_HEADS, after):
        for household_id, household_seq, head in rows:
            digest.update(f"{household_id}:{household_seq}:{bytes(head).hex()}\n".encode())
        after = int(rows[-1][0])
    return digest.hexdigest()
