"""Removing everything of a household from the books, batch by batch.

It exists as the one place that knows every table: a household is removed whole or not at all, and a
test compares this module with the schema, so that a new table cannot be forgotten.
"""

from __future__ import annotations

from typing import Final

from pfh.ports.database import Connection, Database

BATCH_ROWS: Final = 1_000
# Each removes at most $2 rows and is repeated until it finds none; other writers come in between.
_BATCHES: Final = (
    """DELETE FROM import_rows WHERE (account_id, date, digest) IN (
        SELECT r.account_id, r.date, r.digest FROM import_rows r
        JOIN accounts a ON a.account_id = r.account_id WHERE a.household_id = $1 LIMIT $2)""",
    """DELETE FROM trash WHERE entry_id IN (
        SELECT entry_id FROM trash WHERE household_id = $1 LIMIT $2)""",
    """DELETE FROM outbox WHERE position IN (
        SELECT position FROM outbox WHERE household_id = $1 LIMIT $2)""",
    """DELETE FROM events WHERE household_id = $1 AND household_seq <= $2 - 1 + (
        SELECT min(household_seq) FROM events WHERE household_id = $1)""",
)
# An entry goes with its postings in one unit: no entry is ever seen without them.
_ENTRIES: Final = (
    """DELETE FROM entry_tags WHERE entry_id IN (
        SELECT entry_id FROM entries WHERE household_id = $1 ORDER BY entry_id LIMIT $2)""",
    """DELETE FROM postings WHERE entry_id IN (
        SELECT entry_id FROM entries WHERE household_id = $1 ORDER BY entry_id LIMIT $2)""",
    """DELETE FROM entries WHERE entry_id IN (
        SELECT entry_id FROM entries WHERE household_id = $1 ORDER BY entry_id LIMIT $2)""",
)
# Few rows each, in an order that no foreign key refuses; the household itself goes last.
_REST: Final = (
    """DELETE FROM balances WHERE account_id IN (
        SELECT account_id FROM accounts WHERE household_id = $1)""",
    """DELETE FROM account_totals WHERE account_id IN (
        SELECT account_id FROM accounts WHERE household_id = $1)""",
    "DELETE FROM entry_totals WHERE household_id = $1",
    "DELETE FROM imports WHERE household_id = $1",
    "DELETE FROM csv_mappings WHERE household_id = $1",
    "DELETE FROM rates WHERE household_id = $1",
    "DELETE FROM tags WHERE household_id = $1",
    "DELETE FROM payees WHERE household_id = $1",
    "DELETE FROM accounts WHERE household_id = $1",
    "DELETE FROM outbox_quarantine WHERE household_id = $1",
    "DELETE FROM parked_households WHERE household_id = $1",
    "DELETE FROM event_heads WHERE household_id = $1",
    "DELETE FROM memberships WHERE household_id = $1",
    "DELETE FROM households WHERE household_id = $1",
)


async def erase_household(database: Database, household_id: int) -> None:
    """Remove every row of a household; cut off in between, it goes on when called again."""

    async def entries(connection: Connection) -> int:
        count = 0
        for sql in _ENTRIES:
            count = await connection.execute(sql, household_id, BATCH_ROWS)
        return count

    async def rest(connection: Connection) -> None:
        for sql in _REST:
            await connection.execute(sql, household_id)

    for sql in _BATCHES:
        await _until_none(database, sql, household_id)
    while await database.write(entries):
        pass
    await database.write(rest)


async def _until_none(database: Database, sql: str, household_id: int) -> None:
    async def unit(connection: Connection) -> int:
        return await connection.execute(sql, household_id, BATCH_ROWS)

    while await database.write(unit):
        pass
