"""SQL that only the pages need: the last account used, names for chips."""

from __future__ import annotations

from pfh.ports.database import Connection

_LAST_ACCOUNT = """
    SELECT p.account_id FROM postings p
    WHERE p.line = 0 AND p.entry_id = (
        SELECT e.entry_id FROM entries e WHERE e.household_id = $1
        ORDER BY e.date DESC, e.entry_id DESC LIMIT 1)"""
_BALANCE = "SELECT amount_minor FROM balances WHERE account_id = $1 AND commodity = $2"
_TAG_NAMES = "SELECT name FROM tags WHERE household_id = $1 ORDER BY name_key"
_PAYEE_NAME = "SELECT name FROM payees WHERE household_id = $1 AND payee_id = $2"


async def last_account_id(connection: Connection, household_id: int) -> int | None:
    """Return the account of the latest transaction, None in an empty book."""
    found = await connection.fetch_value(_LAST_ACCOUNT, household_id)
    return None if found is None else int(found)


async def balance_of(connection: Connection, account_id: int, code: str) -> int:
    """Return the kept balance of an account in minor units, 0 when nothing was booked."""
    return int(await connection.fetch_value(_BALANCE, account_id, code) or 0)


async def tag_names(connection: Connection, household_id: int) -> list[str]:
    """Return the names of all tags in alphabetical order, without counting their use."""
    return [str(row[0]) for row in await connection.fetch_all(_TAG_NAMES, household_id)]


async def payee_name(connection: Connection, household_id: int, payee_id: int) -> str:
    """Return the name of a payee, empty when it is not in this household."""
    return str(await connection.fetch_value(_PAYEE_NAME, household_id, payee_id) or "")
