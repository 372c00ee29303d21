"""Where an account or category may stand: its name among its siblings and its parent.

Runs inside the caller's unit of work, after `lock_household`: nobody can take the name meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from pfh.core.account import AccountClass, AccountNode, ParentNotFound, check_parent, name_key
from pfh.core.identity_types import AccountId
from pfh.features.accounts.errors import AccountClosed, AccountNameTaken
from pfh.features.accounts.store import AccountRecord, all_accounts, name_taken
from pfh.ports.database import Connection

# People keep one list of accounts: a card and a bank account cannot both be called "Visa".
_REAL = ("asset", "liability")


async def check_name_free(
    connection: Connection,
    household_id: int,
    record: AccountRecord,
    *,
    field: str = "name",
) -> None:
    """Refuse a name that a sibling has, compared by `name_key`.

    Raises:
        AccountNameTaken.
    """
    taken = await name_taken(
        connection,
        household_id,
        classes=_REAL if record.is_real else (record.account_class,),
        parent_id=record.parent_id,
        name_key=name_key(record.name),
        except_id=record.account_id,
    )
    if taken:
        word = "An account" if record.is_real else "A category"
        message = f"{word} called “{record.name}” is already there."
        raise AccountNameTaken(message, field=field, fix="Choose another name.")


async def check_place(connection: Connection, household_id: int, record: AccountRecord) -> None:
    """Refuse a parent that is absent, closed, merged away, of another class or below the account.

    Raises:
        ParentNotFound, ParentOfOtherClass, AccountTreeCycle, AccountClosed.
    """
    if record.parent_id is None:
        return
    tree = await all_accounts(connection, household_id)
    parent = next((one for one in tree if one.account_id == record.parent_id), None)
    if parent is not None and parent.merged_into_id is not None:
        raise ParentNotFound(
            f"“{parent.name}” was merged into another category.",
            field="parentId",
            fix="Choose the one that it was merged into.",
        )
    check_parent(
        AccountClass(record.account_class),
        AccountId(record.parent_id),
        nodes_of(tree),
        account_id=AccountId(record.account_id),
    )
    if parent is not None and parent.closed_at is not None:
        message = f"The account “{parent.name}” is closed."
        raise AccountClosed(message, field="parentId", fix="Reopen it, or choose another one.")


def nodes_of(tree: Sequence[AccountRecord]) -> dict[AccountId, AccountNode]:
    """Return the tree as the core's rules read it."""
    return {
        AccountId(record.account_id): AccountNode(
            AccountClass(record.account_class),
            None if record.parent_id is None else AccountId(record.parent_id),
        )
        for record in tree
    }
