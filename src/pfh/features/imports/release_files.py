"""Deleting uploaded files that nothing will read again (docs/specs/import-matching.md §5).

A file is kept while its import may be read or booked. Reverting needs the books alone, so the end
of an import is the end of its file; one that nobody looks at for 30 days is discarded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pfh.ports.database import Connection, Row
from pfh.ports.services import Services

ABANDONED_DAYS: Final = 30
BATCH_FILES: Final = 100
_MICROSECONDS_PER_DAY: Final = 86_400_000_000
_DISCARD_ABANDONED: Final = """
    UPDATE imports SET status = 'discarded'
    WHERE status IN ('preview', 'failed') AND object_key <> '' AND first_entry_id IS NULL
      AND created_at < $1"""
_ENDED: Final = """
    SELECT import_id, object_key FROM imports
    WHERE status IN ('committed', 'reverted', 'discarded') AND object_key <> ''
    ORDER BY import_id LIMIT $1"""
_RELEASE: Final = "UPDATE imports SET object_key = '' WHERE import_id = ANY($1::bigint[])"


async def release_files(services: Services) -> int:
    """Discard abandoned imports, delete the files of ended ones and return how many files.

    Cut off in between, it finds the same files again: deleting what is gone is fine.
    """
    before = services.clock.now() - ABANDONED_DAYS * _MICROSECONDS_PER_DAY
    await services.database.write(lambda connection: connection.execute(_DISCARD_ABANDONED, before))
    total = 0
    while ended := await services.database.read(_ended):
        for _, object_key in ended:
            await services.objects.delete(object_key)
        await _release(services, [int(row[0]) for row in ended])
        total += len(ended)
    return total


async def _ended(connection: Connection) -> Sequence[Row]:
    return await connection.fetch_all(_ENDED, BATCH_FILES)


async def _release(services: Services, import_ids: Sequence[int]) -> None:
    await services.database.write(lambda connection: connection.execute(_RELEASE, import_ids))
