"""The events of imports as wholes; each entry has its own `EntryPosted` besides."""

from __future__ import annotations

import msgspec

from pfh.features.imports.store import ImportRecord
from pfh.persistence.event_store import Draft

IMPORT_COMMITTED = "ImportCommitted"
IMPORT_REVERTED = "ImportReverted"
EVENT_TYPES = (IMPORT_COMMITTED, IMPORT_REVERTED)
VERSION = 1


class ImportSummed(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of both: what the import was and what it did."""

    import_id: int
    file_name: str
    format: str
    new_count: int
    duplicate_count: int
    error_count: int


def committed(event_id: int, record: ImportRecord) -> Draft:
    """Every row of the import that could be booked is booked."""
    return Draft(event_id, IMPORT_COMMITTED, VERSION, record.import_id, _payload(record))


def reverted(event_id: int, record: ImportRecord) -> Draft:
    """Every entry that the import brought, and that still stood, is out of the books."""
    return Draft(event_id, IMPORT_REVERTED, VERSION, record.import_id, _payload(record))


def _payload(record: ImportRecord) -> str:
    return msgspec.json.encode(
        ImportSummed(
            record.import_id,
            record.file_name,
            record.format,
            record.new_count,
            record.duplicate_count,
            record.error_count,
        )
    ).decode()
