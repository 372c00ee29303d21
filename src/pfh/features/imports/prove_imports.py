"""Proving imports: their counts are those of their events, and every booked row is remembered.

It exists because a forgotten row would be booked a second time by the next import of the file.
"""

from __future__ import annotations

import msgspec

from pfh.features.imports import events
from pfh.features.imports.events import ImportSummed
from pfh.ports.database import Connection

_IMPORTS = """
    SELECT i.import_id, i.status, i.new_count, i.duplicate_count, i.error_count, i.file_name,
           i.format, e.type, e.payload
    FROM imports i
    LEFT JOIN (SELECT subject_id, MAX(position) AS position FROM events
               WHERE household_id = $1 AND type = ANY($2::text[]) GROUP BY subject_id) last
      ON last.subject_id = i.import_id
    LEFT JOIN events e ON e.position = last.position
    WHERE i.household_id = $1 ORDER BY i.import_id"""
_LOST = """
    SELECT e.subject_id FROM events e
    WHERE e.household_id = $1 AND e.type = ANY($2::text[])
      AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.import_id = e.subject_id)"""
# A remembered row without its entry is no fault: it keeps what was deleted from coming back.
_UNREMEMBERED = """
    SELECT n.entry_id FROM entries n
    LEFT JOIN (SELECT r.entry_id FROM import_rows r JOIN accounts a ON a.account_id = r.account_id
               WHERE a.household_id = $1) kept ON kept.entry_id = n.entry_id
    WHERE n.household_id = $1 AND n.import_id IS NOT NULL AND kept.entry_id IS NULL
    ORDER BY n.entry_id LIMIT 50"""
_ENDS = {events.IMPORT_COMMITTED: "committed", events.IMPORT_REVERTED: "reverted"}
_decode = msgspec.json.Decoder(ImportSummed).decode


async def import_faults(connection: Connection, household_id: int) -> tuple[str, ...]:
    """Return one sentence for each import or remembered row that differs from what happened."""
    kinds = list(events.EVENT_TYPES)
    faults = []
    for row in await connection.fetch_all(_IMPORTS, household_id, kinds):
        import_id, status, *kept, kind, payload = row
        if (kind is None) != (status not in _ENDS.values()):
            # While it is reverted, its last event is still that it was committed.
            if status not in {"committing", "reverting"}:
                faults.append(f"imports: import {import_id}: it is {status}, its events differ")
        elif kind is not None:
            told = _decode(payload)
            counts = (told.new_count, told.duplicate_count, told.error_count)
            if _ENDS[kind] != status:
                faults.append(f"imports: import {import_id}: it is {status}, its events differ")
            elif (*counts, told.file_name, told.format) != tuple(kept):
                faults.append(f"imports: import {import_id}: its counts are not those booked")
    for (import_id,) in await connection.fetch_all(_LOST, household_id, kinds):
        faults.append(f"imports: import {import_id}: its events tell of it, and it is not there")
    for (entry_id,) in await connection.fetch_all(_UNREMEMBERED, household_id):
        faults.append(f"import_rows: entry {entry_id} came from a file, and is not remembered")
    return tuple(faults)
