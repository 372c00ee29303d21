"""The chart of accounts of a new household: the hub's own accounts and default categories."""

from __future__ import annotations

from collections.abc import Mapping

from pfh.core.account import SystemAccount, name_key
from pfh.features.accounts.default_tree import EXPENSE_TREE, INCOME_TREE
from pfh.features.accounts.store import AccountRecord, insert_account
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

CATEGORY_TYPE = "category"


async def found_tree(
    connection: Connection, household_id: int, *, identifiers: Identifiers, now: int
) -> None:
    """Create the system accounts and default categories inside the founding unit of work."""

    async def add(
        name: str, account_class: str, account_type: str, parent_id: int | None, sort_order: int
    ) -> int:
        account = AccountRecord(
            account_id=identifiers.next(),
            account_class=account_class,
            account_type=account_type,
            name=name,
            parent_id=parent_id,
            commodity=None,
            external_id=None,
            sort_order=sort_order,
            version=1,
            created_at=now,
            closed_at=None,
            merged_into_id=None,
        )
        await insert_account(connection, household_id, account, name_key(name))
        return account.account_id

    async def add_tree(tree: Mapping[str, tuple[str, ...]], account_class: str) -> None:
        for place, (name, below) in enumerate(tree.items()):
            parent_id = await add(name, account_class, CATEGORY_TYPE, None, place)
            for inner, child in enumerate(below):
                await add(child, account_class, CATEGORY_TYPE, parent_id, inner)

    for system in SystemAccount:
        await add(system.default_name, system.account_class.value, system.value, None, 1000)
    await add_tree(EXPENSE_TREE, "expense")
    await add_tree(INCOME_TREE, "income")
