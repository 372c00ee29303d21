"""The SQL of households and of who belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.ports.database import Connection, Row

_COLUMNS = "h.household_id, h.name, h.base_commodity, h.created_at"
_INSERT = """
    INSERT INTO households (household_id, name, base_commodity, created_at)
    VALUES ($1, $2, $3, $4)"""
_INSERT_MEMBERSHIP = """
    INSERT INTO memberships (household_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)"""
_FIND = f"SELECT {_COLUMNS} FROM households h WHERE h.household_id = $1"
_FIND_BASE_COMMODITY = "SELECT base_commodity FROM households WHERE household_id = $1"
_FIND_MEMBERSHIP = f"""
    SELECT {_COLUMNS}, m.role
    FROM memberships m JOIN households h ON h.household_id = m.household_id
    WHERE m.user_id = $1 AND m.household_id = $2"""
# The household that a person joined first is where a new session starts.
_FIND_FIRST_MEMBERSHIP = f"""
    SELECT {_COLUMNS}, m.role
    FROM memberships m JOIN households h ON h.household_id = m.household_id
    WHERE m.user_id = $1
    ORDER BY m.created_at, m.household_id LIMIT 1"""
_UPDATE = "UPDATE households SET name = $2, base_commodity = $3 WHERE household_id = $1"


@dataclass(frozen=True, slots=True)
class HouseholdRecord:
    """One household; `base_commodity` is a currency code, `created_at` microseconds."""

    household_id: int
    name: str
    base_commodity: str
    created_at: int


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """One person's place in one household; the role is owner, member or viewer."""

    household: HouseholdRecord
    role: str


async def insert_household(connection: Connection, record: HouseholdRecord) -> None:
    """Store a new household."""
    await connection.execute(
        _INSERT, record.household_id, record.name, record.base_commodity, record.created_at
    )


async def insert_membership(
    connection: Connection, household_id: int, user_id: int, *, role: str, created_at: int
) -> None:
    """Make a person belong to a household."""
    await connection.execute(_INSERT_MEMBERSHIP, household_id, user_id, role, created_at)


async def find_household(connection: Connection, household_id: int) -> HouseholdRecord | None:
    """Return a household, or None."""
    row = await connection.fetch_one(_FIND, household_id)
    return None if row is None else _household(row)


async def find_base_commodity(connection: Connection, household_id: int) -> str | None:
    """Return the base commodity's code alone, or None when there is no such household."""
    code: str | None = await connection.fetch_value(_FIND_BASE_COMMODITY, household_id)
    return code


async def find_membership(
    connection: Connection, user_id: int, household_id: int | None
) -> MembershipRecord | None:
    """Return a person's place in one household, or in the first one that they joined."""
    if household_id is None:
        row = await connection.fetch_one(_FIND_FIRST_MEMBERSHIP, user_id)
    else:
        row = await connection.fetch_one(_FIND_MEMBERSHIP, user_id, household_id)
    return None if row is None else MembershipRecord(_household(row), row[4])


async def delete_memberships(connection: Connection, user_id: int) -> None:
    """Take a person out of every household."""
    await connection.execute("DELETE FROM memberships WHERE user_id = $1", user_id)


async def update_household(connection: Connection, record: HouseholdRecord) -> None:
    """Store the name and the base commodity."""
    await connection.execute(_UPDATE, record.household_id, record.name, record.base_commodity)


def _household(row: Row) -> HouseholdRecord:
    return HouseholdRecord(row[0], row[1], row[2], row[3])
