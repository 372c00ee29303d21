"""Proving the trash: what it keeps is exactly what the last event of each entry took out."""

from __future__ import annotations

from pfh.features.ledger import events
from pfh.ports.database import Connection

# What an import's undoing took out, and an opening balance that was set to nothing, go past the
# trash: of those only what is in it is judged, of all others also what is missing.
_TRASH = """
    SELECT t.entry_id, t.content, e.type, e.payload
    FROM trash t
    LEFT JOIN (SELECT subject_id, MAX(position) AS position FROM events
               WHERE household_id = $1 AND type LIKE 'Entry%' GROUP BY subject_id) last
      ON last.subject_id = t.entry_id
    LEFT JOIN events e ON e.position = last.position
    WHERE t.household_id = $1 ORDER BY t.entry_id"""
_DELETED = """
    SELECT e.subject_id, e.payload
    FROM (SELECT subject_id, MAX(position) AS position FROM events
          WHERE household_id = $1 AND type LIKE 'Entry%' GROUP BY subject_id) last
    JOIN events e ON e.position = last.position
    LEFT JOIN trash t ON t.entry_id = e.subject_id AND t.household_id = $1
    WHERE e.type = 'EntryDeleted' AND t.entry_id IS NULL ORDER BY e.subject_id"""


async def trash_faults(connection: Connection, household_id: int) -> tuple[str, ...]:
    """Return one sentence for each entry of the trash that differs from its events."""
    faults = []
    for entry_id, content, kind, payload in await connection.fetch_all(_TRASH, household_id):
        if kind != events.ENTRY_DELETED:
            faults.append(f"trash: entry {entry_id}: its last event did not delete it")
        elif content != payload:
            faults.append(f"trash: entry {entry_id}: its content is not what was deleted")
    for entry_id, payload in await connection.fetch_all(_DELETED, household_id):
        entry = events.decode_entry(payload)
        if entry.import_id is None and entry.transaction_type != "opening":
            faults.append(f"trash: entry {entry_id}: it was deleted, and is not there")
    return tuple(faults)
