"""Removing a row of the tree that nothing refers to."""

from __future__ import annotations

from pfh.features.accounts.balance_store import forget_balances
from pfh.features.accounts.errors import AccountInUse
from pfh.features.accounts.store import AccountRecord, delete_account, has_children
from pfh.ports.database import Connection, ForeignKeyViolation


async def remove_row(connection: Connection, household_id: int, record: AccountRecord) -> None:
    """Delete an account or category without postings.

    Raises:
        AccountInUse: something is below it or merged into it, or an import remembers it.
    """
    if await has_children(connection, household_id, record.account_id):
        message = f"“{record.name}” still has others below it or merged into it."
        raise AccountInUse(message, fix="Move them elsewhere first.")
    await forget_balances(connection, record.account_id)
    try:
        await delete_account(connection, household_id, record.account_id)
    except ForeignKeyViolation as error:
        message = f"An import still remembers “{record.name}”."
        raise AccountInUse(message, fix="Close the account instead, or keep it.") from error
