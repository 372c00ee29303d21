"""SQL of the account tree; every statement names the household, so another's rows do not exist."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pfh.ports.database import Connection, Row

_COLUMNS = """account_id, account_class, account_type, name, parent_id, commodity, external_id,
    sort_order, version, created_at, closed_at, merged_into_id"""
_ALL = f"""
    SELECT {_COLUMNS} FROM accounts WHERE household_id = $1
    ORDER BY account_class, sort_order, name_key, account_id"""
_SOME = f"""
    SELECT {_COLUMNS} FROM accounts
    WHERE account_id = ANY($2::bigint[]) AND household_id = $1"""
# What people see for an account: a category that was merged away is what it became.
_SHOWN = """
    SELECT a.account_id, COALESCE(m.account_id, a.account_id), COALESCE(m.name, a.name)
    FROM accounts a LEFT JOIN accounts m ON m.account_id = a.merged_into_id
    WHERE a.account_id = ANY($2::bigint[]) AND a.household_id = $1"""
_SYSTEM = f"""
    SELECT {_COLUMNS} FROM accounts
    WHERE household_id = $1 AND account_type = $2 AND parent_id IS NULL"""
_BY_EXTERNAL = f"""
    SELECT {_COLUMNS} FROM accounts
    WHERE household_id = $1 AND external_id = $2
    ORDER BY account_id LIMIT 1"""
_INSERT = """
    INSERT INTO accounts (account_id, household_id, account_class, account_type, name, name_key,
                          parent_id, commodity, external_id, sort_order, version, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)"""
_UPDATE = """
    UPDATE accounts
    SET name = $3, name_key = $4, parent_id = $5, account_type = $6, sort_order = $7,
        external_id = $8, closed_at = $9, merged_into_id = $10, account_class = $11,
        version = version + 1
    WHERE household_id = $1 AND account_id = $2"""
_HAS_POSTINGS = "SELECT 1 FROM postings WHERE account_id = $1 LIMIT 1"
_HAS_CHILDREN = """
    SELECT 1 FROM accounts
    WHERE household_id = $1 AND $2 IN (parent_id, merged_into_id) LIMIT 1"""
# The hub's own categories keep their place behind all others.
_LAST_PLACE = """
    SELECT COALESCE(MAX(sort_order), -1) FROM accounts
    WHERE household_id = $1 AND account_class = $2 AND COALESCE(parent_id, 0) = $3
      AND account_type = 'category'"""
_DELETE = "DELETE FROM accounts WHERE household_id = $1 AND account_id = $2"
_NAME_TAKEN = """
    SELECT 1 FROM accounts
    WHERE household_id = $1 AND account_class = ANY($2::text[]) AND COALESCE(parent_id, 0) = $3
      AND name_key = $4 AND account_id <> $5 AND merged_into_id IS NULL LIMIT 1"""


CATEGORY_TYPE = "category"
"""The type of a category that a person may move and remove; the hub's own have other types."""


class AccountRecord(msgspec.Struct, frozen=True, gc=False):
    """One row of the tree, a real account or a category; instants in microseconds.

    A Struct, since each posting of each request looks one up: it is made in a tenth of the time.
    """

    account_id: int
    account_class: str
    account_type: str
    name: str
    parent_id: int | None = None
    commodity: str | None = None
    external_id: str | None = None
    sort_order: int = 0
    version: int = 1
    created_at: int = 0
    closed_at: int | None = None
    merged_into_id: int | None = None

    @property
    def is_category(self) -> bool:
        """Whether people call it a category: income and expense accounts."""
        return self.account_class in {"income", "expense"}

    @property
    def is_system(self) -> bool:
        """Whether the hub itself needs it."""
        return not self.is_real and self.account_type != CATEGORY_TYPE

    @property
    def is_real(self) -> bool:
        """Whether people call it an account: assets and liabilities."""
        return self.account_class in {"asset", "liability"}


def _record(row: Row) -> AccountRecord:
    return AccountRecord(*row)


async def all_accounts(connection: Connection, household_id: int) -> list[AccountRecord]:
    """Return the whole tree of a household, categories and system accounts included."""
    return [_record(row) for row in await connection.fetch_all(_ALL, household_id)]


async def find_accounts(
    connection: Connection, household_id: int, account_ids: Sequence[int]
) -> dict[int, AccountRecord]:
    """Return the accounts that exist in this household, by id; the others are simply absent."""
    rows = await connection.fetch_all(_SOME, household_id, list(account_ids))
    return {row[0]: _record(row) for row in rows}


def expect_accounts(connection: Connection, household_id: int, account_ids: Sequence[int]) -> None:
    """Say that `find_accounts` will be called with the same arguments."""
    connection.expect(_SOME, household_id, list(account_ids))


async def shown_accounts(
    connection: Connection, household_id: int, account_ids: Sequence[int]
) -> Sequence[Row]:
    """Return (account id, id shown, name shown) of the accounts that exist in this household."""
    return await connection.fetch_all(_SHOWN, household_id, list(account_ids))


async def system_account(
    connection: Connection, household_id: int, account_type: str
) -> AccountRecord | None:
    """Return the account that the hub itself uses for a purpose, such as `exchange`."""
    row = await connection.fetch_one(_SYSTEM, household_id, account_type)
    return None if row is None else _record(row)


def expect_system_account(connection: Connection, household_id: int, account_type: str) -> None:
    """Say that `system_account` will be called with the same arguments."""
    connection.expect(_SYSTEM, household_id, account_type)


async def account_by_external_id(
    connection: Connection, household_id: int, external_id: str
) -> AccountRecord | None:
    """Return the account that an import said belongs to this number of the bank."""
    row = await connection.fetch_one(_BY_EXTERNAL, household_id, external_id)
    return None if row is None else _record(row)


async def insert_account(
    connection: Connection, household_id: int, record: AccountRecord, name_key: str
) -> None:
    """Add one account; the caller has checked its name and parent."""
    await connection.execute(
        _INSERT,
        record.account_id,
        household_id,
        record.account_class,
        record.account_type,
        record.name,
        name_key,
        record.parent_id,
        record.commodity,
        record.external_id,
        record.sort_order,
        record.created_at,
    )


async def update_account(
    connection: Connection, household_id: int, record: AccountRecord, name_key: str
) -> None:
    """Store the changed fields of an account and count its version up by one."""
    await connection.execute(
        _UPDATE,
        household_id,
        record.account_id,
        record.name,
        name_key,
        record.parent_id,
        record.account_type,
        record.sort_order,
        record.external_id,
        record.closed_at,
        record.merged_into_id,
        record.account_class,
    )


async def has_postings(connection: Connection, account_id: int) -> bool:
    """Say whether anything was ever booked on an account and still stands."""
    return await connection.fetch_value(_HAS_POSTINGS, account_id) is not None


async def has_children(connection: Connection, household_id: int, account_id: int) -> bool:
    """Say whether another account stands below it or was merged into it."""
    return await connection.fetch_value(_HAS_CHILDREN, household_id, account_id) is not None


async def last_place(
    connection: Connection, household_id: int, account_class: str, parent_id: int | None
) -> int:
    """Return the greatest `sort_order` among the categories below a parent, -1 without any."""
    return int(
        await connection.fetch_value(_LAST_PLACE, household_id, account_class, parent_id or 0)
    )


async def delete_account(connection: Connection, household_id: int, account_id: int) -> None:
    """Delete one row; the caller has checked that nothing refers to it."""
    await connection.execute(_DELETE, household_id, account_id)


async def name_taken(  # noqa: PLR0913 -- the parts of one unique key
    connection: Connection,
    household_id: int,
    *,
    classes: Sequence[str],
    parent_id: int | None,
    name_key: str,
    except_id: int,
) -> bool:
    """Say whether a sibling has this name; real accounts share one space of names."""
    found = await connection.fetch_value(
        _NAME_TAKEN, household_id, list(classes), parent_id or 0, name_key, except_id
    )
    return found is not None
