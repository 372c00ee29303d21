"""The events of the ledger; payloads are JSON of these structs (docs/specs/events.md §5)."""

from __future__ import annotations

import msgspec

from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.persistence.event_store import Draft

ENTRY_POSTED = "EntryPosted"
ENTRY_CHANGED = "EntryChanged"
ENTRY_DELETED = "EntryDeleted"
ENTRY_RESTORED = "EntryRestored"

EVENT_TYPES = (ENTRY_POSTED, ENTRY_CHANGED, ENTRY_DELETED, ENTRY_RESTORED)
VERSION = 1

_encode = msgspec.json.Encoder().encode


class EntryChange(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `EntryChanged`: the entry before and after."""

    before: EntrySnapshot
    after: EntrySnapshot


def posted(event_id: int, entry: EntrySnapshot) -> Draft:
    """An entry came into the books; the payload is its snapshot."""
    return Draft(event_id, ENTRY_POSTED, VERSION, entry.entry_id, _encode(entry).decode())


def changed(event_id: int, before: EntrySnapshot, after: EntrySnapshot) -> Draft:
    """An entry was changed in place; undo reads `before`."""
    return Draft(
        event_id,
        ENTRY_CHANGED,
        VERSION,
        after.entry_id,
        _encode(EntryChange(before, after)).decode(),
    )


def deleted(event_id: int, entry: EntrySnapshot) -> Draft:
    """An entry went to the trash; the payload is what was taken out of the books."""
    return Draft(event_id, ENTRY_DELETED, VERSION, entry.entry_id, encode(entry))


def restored(event_id: int, entry: EntrySnapshot) -> Draft:
    """An entry came back from the trash."""
    return Draft(event_id, ENTRY_RESTORED, VERSION, entry.entry_id, encode(entry))


def encode(entry: EntrySnapshot) -> str:
    """Return the snapshot as the JSON text that events and the trash keep."""
    return _encode(entry).decode()


decode_entry = msgspec.json.Decoder(EntrySnapshot).decode
decode_change = msgspec.json.Decoder(EntryChange).decode
