"""Finding one account of the household, with the precise reason when it cannot be used."""

from __future__ import annotations

from msgspec import UnsetType

from pfh.features.accounts.errors import (
    AccountClosed,
    AccountNotFound,
    AccountVersionConflict,
    AccountWrongKind,
    CategoryNotFound,
)
from pfh.features.accounts.store import AccountRecord, find_accounts
from pfh.ports.database import Connection


async def real_account(
    connection: Connection, household_id: int, account_id: int, *, field: str | None = "accountId"
) -> AccountRecord:
    """Return an account that holds or owes money, closed or not.

    Raises:
        AccountNotFound: absent, or another household's.
        AccountWrongKind: a category or one of the hub's own.
    """
    record = (await find_accounts(connection, household_id, [account_id])).get(account_id)
    if record is None:
        message = "There is no such account."
        raise AccountNotFound(message, field=field, fix="Choose one of your accounts.")
    if not record.is_real:
        message = f"“{record.name}” is not an account that holds money."
        raise AccountWrongKind(message, field=field, fix="Choose one of your accounts.")
    return record


async def open_real_account(
    connection: Connection, household_id: int, account_id: int
) -> AccountRecord:
    """Return an account that can take entries.

    Raises:
        AccountNotFound, AccountWrongKind: as `real_account`.
        AccountClosed: it was closed.
    """
    record = await real_account(connection, household_id, account_id)
    if record.closed_at is not None:
        message = f"The account “{record.name}” is closed."
        raise AccountClosed(message, field="accountId", fix="Reopen it, or choose another account.")
    return record


async def category(
    connection: Connection, household_id: int, account_id: int, *, field: str | None = "categoryId"
) -> AccountRecord:
    """Return a category, merged away or not.

    Raises:
        CategoryNotFound: absent, another household's, or an account.
    """
    record = (await find_accounts(connection, household_id, [account_id])).get(account_id)
    if record is None or not record.is_category:
        message = "There is no such category."
        raise CategoryNotFound(message, field=field, fix="Choose one of your categories.")
    return record


def check_version(record: AccountRecord, version: int | UnsetType) -> None:
    """Refuse a change that was made upon an older state; without a version it is not asked.

    Raises:
        AccountVersionConflict.
    """
    if not isinstance(version, UnsetType) and version != record.version:
        message = f"“{record.name}” was changed meanwhile."
        raise AccountVersionConflict(
            message, field="version", fix="Load it again and repeat your change."
        )
