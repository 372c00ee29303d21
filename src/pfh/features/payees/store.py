"""SQL of payees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.ports.database import Connection

_FIND = """
    SELECT COALESCE(p.merged_into_id, p.payee_id), COALESCE(m.name, p.name)
    FROM payees p LEFT JOIN payees m ON m.payee_id = p.merged_into_id
    WHERE p.household_id = $1 AND p.name_key = $2"""
_INSERT = """
    INSERT INTO payees (payee_id, household_id, name, name_key, created_at)
    VALUES ($1, $2, $3, $4, $5)"""
_CONTAINING = """
    SELECT payee_id, name, merged_into_id, created_at FROM payees
    WHERE household_id = $1 AND merged_into_id IS NULL AND name_key LIKE $2 ESCAPE '\\'
    ORDER BY CASE WHEN name_key LIKE $3 ESCAPE '\\' THEN 0 ELSE 1 END, name_key, payee_id
    LIMIT $4"""
_ONE = """
    SELECT payee_id, name, merged_into_id, created_at FROM payees
    WHERE household_id = $1 AND payee_id = $2"""
_RENAME = "UPDATE payees SET name = $3, name_key = $4 WHERE household_id = $1 AND payee_id = $2"
_OF_KEY = "SELECT payee_id FROM payees WHERE household_id = $1 AND name_key = $2"
_STANDING_FOR = """
    SELECT payee_id FROM payees WHERE household_id = $1 AND merged_into_id = $2
    ORDER BY payee_id"""
_POINT_AT = """
    UPDATE payees SET merged_into_id = $3
    WHERE household_id = $1 AND payee_id = ANY($2::bigint[])"""
_PAGE = """
    SELECT payee_id, name, merged_into_id, created_at FROM payees
    WHERE household_id = $1 AND merged_into_id IS NULL AND (name_key, payee_id) > ($2, $3)
      AND name_key LIKE $4 ESCAPE '\\'
    ORDER BY name_key, payee_id LIMIT $5"""
# Looks back a fixed number of entries, so that the cost does not grow with the book.
RECENT_ENTRIES = 2_000
_LAST_USES = f"""
    SELECT COALESCE(y.merged_into_id, y.payee_id), e.transaction_type, own.account_id,
           CASE WHEN other.line IS NULL
                THEN COALESCE(a.merged_into_id, a.account_id) ELSE NULL END
    FROM (SELECT entry_id, payee_id, date, transaction_type FROM entries
          WHERE household_id = $1 ORDER BY date DESC, entry_id DESC LIMIT {RECENT_ENTRIES}) e
    JOIN payees y ON y.payee_id = e.payee_id
    JOIN postings own ON own.entry_id = e.entry_id AND own.line = 0
    JOIN postings counter ON counter.entry_id = e.entry_id AND counter.line = 1
    JOIN accounts a ON a.account_id = counter.account_id
    LEFT JOIN postings other ON other.entry_id = e.entry_id AND other.line = 2
    WHERE e.transaction_type IN ('income', 'expense')
      AND COALESCE(y.merged_into_id, y.payee_id) = ANY($2::bigint[])
    ORDER BY e.date, e.entry_id"""
NAME_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class LastUse:
    """What the last income or expense with a payee was; no category when it was split."""

    transaction_type: str
    account_id: int
    category_id: int | None


@dataclass(frozen=True, slots=True)
class PayeeRecord:
    """One payee; `merged_into_id` is the payee it now stands for."""

    payee_id: int
    name: str
    merged_into_id: int | None
    created_at: int


async def find_payee(
    connection: Connection, household_id: int, name_key: str
) -> tuple[int, str] | None:
    """Return id and spelling of the payee behind a name, resolved through a merge."""
    row = await connection.fetch_one(_FIND, household_id, name_key)
    return None if row is None else (int(row[0]), str(row[1]))


def expect_payee(connection: Connection, household_id: int, name_key: str) -> None:
    """Say that `find_payee` will be called with the same arguments."""
    connection.expect(_FIND, household_id, name_key)


async def insert_payee(
    connection: Connection, household_id: int, record: PayeeRecord, name_key: str
) -> None:
    """Add one payee."""
    await connection.execute(
        _INSERT, record.payee_id, household_id, record.name, name_key, record.created_at
    )


async def payees_containing(
    connection: Connection, household_id: int, part: str, *, limit: int
) -> list[PayeeRecord]:
    """Return payees whose case-folded name contains `part`, those that start with it first."""
    words = _escaped(part)
    rows = await connection.fetch_all(_CONTAINING, household_id, f"%{words}%", f"{words}%", limit)
    return [PayeeRecord(*row) for row in rows]


async def one_payee(connection: Connection, household_id: int, payee_id: int) -> PayeeRecord | None:
    """Return one payee, None when it is not in this household."""
    row = await connection.fetch_one(_ONE, household_id, payee_id)
    return None if row is None else PayeeRecord(*row)


async def rename_payee(
    connection: Connection, household_id: int, payee_id: int, name: str, name_key: str
) -> None:
    """Give a payee another name."""
    await connection.execute(_RENAME, household_id, payee_id, name, name_key)


async def payee_of_key(connection: Connection, household_id: int, name_key: str) -> int | None:
    """Return the payee that has exactly this name, merged or not."""
    found = await connection.fetch_value(_OF_KEY, household_id, name_key)
    return None if found is None else int(found)


async def standing_for(connection: Connection, household_id: int, payee_id: int) -> list[int]:
    """Return the payees that were merged into this one."""
    rows = await connection.fetch_all(_STANDING_FOR, household_id, payee_id)
    return [int(row[0]) for row in rows]


async def point_payees_at(
    connection: Connection, household_id: int, payee_ids: Sequence[int], target_id: int | None
) -> None:
    """Let payees stand for another one; None makes them stand for themselves."""
    await connection.execute(_POINT_AT, household_id, list(payee_ids), target_id)


async def page_of_payees(
    connection: Connection, household_id: int, *, part: str, after: tuple[str, int], limit: int
) -> list[PayeeRecord]:
    """Return payees behind (name key, id) whose case-folded name contains `part`, by name."""
    rows = await connection.fetch_all(_PAGE, household_id, *after, f"%{_escaped(part)}%", limit)
    return [PayeeRecord(*row) for row in rows]


async def last_uses(
    connection: Connection, household_id: int, payee_ids: Sequence[int]
) -> dict[int, LastUse]:
    """Return what the last of the recent entries with each payee was; the others are absent."""
    if not payee_ids:
        return {}
    rows = await connection.fetch_all(_LAST_USES, household_id, list(payee_ids))
    return {int(row[0]): LastUse(row[1], int(row[2]), row[3]) for row in rows}


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
