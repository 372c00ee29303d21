"""SQL that only the dashboard needs for its page: how far the books are, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pfh.persistence.event_reader import household_seq
from pfh.ports.database import Connection

# Pending transactions are recent ones; the book behind them is not searched for more.
RECENT_ENTRIES: Final = 500

_HAS_ENTRIES = "SELECT 1 FROM entries WHERE household_id = $1 LIMIT 1"
_UNCATEGORISED = """
    SELECT a.account_id, a.account_type, SUM(b.posting_count)
    FROM accounts a JOIN balances b ON b.account_id = a.account_id
    WHERE a.household_id = $1
      AND a.account_type IN ('uncategorised_income', 'uncategorised_expense')
    GROUP BY a.account_id, a.account_type ORDER BY a.account_type"""
_PENDING = """
    SELECT COUNT(*) FROM (
        SELECT e.status FROM entries e WHERE e.household_id = $1
        ORDER BY e.date DESC, e.entry_id DESC LIMIT $2) recent
    WHERE recent.status = 'pending'"""
_WAITING_IMPORTS = """
    SELECT COUNT(*), MAX(import_id) FROM imports WHERE household_id = $1 AND status = 'preview'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for the person, and how far the household's events are.

    `uncategorised` holds (category id, whether it is income, how many); `import_id` is the latest
    import that was looked at and not booked.
    """

    household_seq: int
    has_entries: bool
    uncategorised: tuple[tuple[int, bool, int], ...]
    pending_count: int
    import_count: int
    import_id: int


async def read_waiting(connection: Connection, household_id: int) -> Waiting:
    """Return what waits in a household; the cost does not grow with the book."""
    imports = await connection.fetch_one(_WAITING_IMPORTS, household_id)
    rows = await connection.fetch_all(_UNCATEGORISED, household_id)
    return Waiting(
        household_seq=await household_seq(connection, household_id),
        has_entries=await connection.fetch_value(_HAS_ENTRIES, household_id) is not None,
        uncategorised=tuple(
            (int(row[0]), row[1] == "uncategorised_income", int(row[2])) for row in rows if row[2]
        ),
        pending_count=int(
            await connection.fetch_value(_PENDING, household_id, RECENT_ENTRIES) or 0
        ),
        import_count=int(imports[0]) if imports else 0,
        import_id=int(imports[1] or 0) if imports else 0,
    )
