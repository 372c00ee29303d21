"""SQL of payees."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.ports.database import Connection

_FIND = """
    SELECT COALESCE(merged_into_id, payee_id) FROM payees
    WHERE household_id = $1 AND name_key = $2"""
_INSERT = """
    INSERT INTO payees (payee_id, household_id, name, name_key, created_at)
    VALUES ($1, $2, $3, $4, $5)"""
_ALL = """
    SELECT payee_id, name, merged_into_id, created_at FROM payees
    WHERE household_id = $1 ORDER BY name_key, payee_id"""
_ONE = """
    SELECT payee_id, name, merged_into_id, created_at FROM payees
    WHERE household_id = $1 AND payee_id = $2"""
_RENAME = "UPDATE payees SET name = $3, name_key = $4 WHERE household_id = $1 AND payee_id = $2"
_MERGE = """
    UPDATE payees SET merged_into_id = $3
    WHERE household_id = $1 AND (payee_id = $2 OR merged_into_id = $2)"""
_UNMERGE = """
    UPDATE payees SET merged_into_id = NULL WHERE household_id = $1 AND payee_id = $2"""


@dataclass(frozen=True, slots=True)
class PayeeRecord:
    """One payee; `merged_into_id` is the payee it now stands for."""

    payee_id: int
    name: str
    merged_into_id: int | None
    created_at: int


async def find_payee(connection: Connection, household_id: int, name_key: str) -> int | None:
    """Return the id behind a name, resolved through a merge; None when there is none."""
    found = await connection.fetch_value(_FIND, household_id, name_key)
    return None if found is None else int(found)


async def insert_payee(
    connection: Connection, household_id: int, record: PayeeRecord, name_key: str
) -> None:
    """Add one payee."""
    await connection.execute(
        _INSERT, record.payee_id, household_id, record.name, name_key, record.created_at
    )


async def all_payees(connection: Connection, household_id: int) -> list[PayeeRecord]:
    """Return every payee of a household by name, merged ones included."""
    return [PayeeRecord(*row) for row in await connection.fetch_all(_ALL, household_id)]


async def one_payee(connection: Connection, household_id: int, payee_id: int) -> PayeeRecord | None:
    """Return one payee, None when it is not in this household."""
    row = await connection.fetch_one(_ONE, household_id, payee_id)
    return None if row is None else PayeeRecord(*row)


async def rename_payee(
    connection: Connection, household_id: int, payee_id: int, name: str, name_key: str
) -> None:
    """Give a payee another name."""
    await connection.execute(_RENAME, household_id, payee_id, name, name_key)


async def point_payee_at(
    connection: Connection, household_id: int, payee_id: int, target_id: int | None
) -> None:
    """Merge a payee, and all that were merged into it, into another; None undoes it."""
    if target_id is None:
        await connection.execute(_UNMERGE, household_id, payee_id)
    else:
        await connection.execute(_MERGE, household_id, payee_id, target_id)
