"""SQL that reads what stands on the accounts: kept balances, their use, the last day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.ports.database import Connection

_BALANCES = """
    SELECT b.account_id, b.commodity, b.amount_minor, b.posting_count
    FROM balances b JOIN accounts a ON a.account_id = b.account_id
    WHERE a.household_id = $1 ORDER BY b.account_id, b.commodity"""
_LAST_DATE = "SELECT MAX(date) FROM postings WHERE account_id = $1"
_FORGET = "DELETE FROM balances WHERE account_id = $1"


@dataclass(frozen=True, slots=True)
class Balance:
    """The sum of an account's postings in one commodity, debit positive, and how many they are."""

    account_id: int
    commodity: str
    amount_minor: int
    posting_count: int


async def balances_of(connection: Connection, household_id: int) -> list[Balance]:
    """Return the kept balances of every account and category of a household."""
    rows = await connection.fetch_all(_BALANCES, household_id)
    return [Balance(row[0], row[1], int(row[2]), int(row[3])) for row in rows]


async def last_dates(connection: Connection, account_ids: Sequence[int]) -> dict[int, str]:
    """Return account → day of its latest posting; one step down an index for each."""
    found = {}
    for account_id in account_ids:
        date = await connection.fetch_value(_LAST_DATE, account_id)
        if date is not None:
            found[account_id] = str(date)
    return found


async def forget_balances(connection: Connection, account_id: int) -> None:
    """Remove the rows of an account without postings, before the account itself goes."""
    await connection.execute(_FORGET, account_id)
