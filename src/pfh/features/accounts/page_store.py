"""SQL that only the page of categories needs: what each moved in a span of days."""

from __future__ import annotations

from pfh.ports.database import Connection

_MOVED = """
    SELECT p.account_id, p.commodity, SUM(p.amount_minor)
    FROM accounts a JOIN postings p ON p.account_id = a.account_id
    WHERE a.household_id = $1 AND a.account_class IN ('income', 'expense')
      AND p.date BETWEEN $2 AND $3
    GROUP BY p.account_id, p.commodity"""


async def moved_by_category(
    connection: Connection, household_id: int, first: str, last: str
) -> dict[int, dict[str, int]]:
    """Map category → commodity → sum of its postings in minor units, debit positive."""
    found: dict[int, dict[str, int]] = {}
    for account_id, code, amount in await connection.fetch_all(_MOVED, household_id, first, last):
        found.setdefault(account_id, {})[code] = int(amount)
    return found
