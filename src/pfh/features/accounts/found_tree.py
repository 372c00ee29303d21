"""The chart of accounts of a new household: the hub's own accounts and default categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pfh.core.account import SystemAccount, name_key
from pfh.features.accounts import events
from pfh.features.accounts.default_tree import EXPENSE_TREE, INCOME_TREE
from pfh.features.accounts.store import CATEGORY_TYPE, AccountRecord, insert_account
from pfh.persistence.event_store import Origin, append
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

# Behind every category that a person makes, which are numbered from 0.
_SYSTEM_PLACE = 1000


async def found_tree(
    connection: Connection, household_id: int, *, identifiers: Identifiers, origin: Origin
) -> None:
    """Create the system accounts and default categories, with one `ChartFounded` for all of them.

    Runs inside the founding unit of work.
    """
    chart = [
        *_system_accounts(identifiers, origin.occurred_at),
        *_categories(EXPENSE_TREE, "expense", identifiers, origin.occurred_at),
        *_categories(INCOME_TREE, "income", identifiers, origin.occurred_at),
    ]
    for record in chart:
        await insert_account(connection, household_id, record, name_key(record.name))
    draft = events.founded(identifiers.next(), household_id, chart)
    await append(connection, household_id, origin, [draft])


def _system_accounts(identifiers: Identifiers, now: int) -> Iterator[AccountRecord]:
    for system in SystemAccount:
        yield AccountRecord(
            account_id=identifiers.next(),
            account_class=system.account_class.value,
            account_type=system.value,
            name=system.default_name,
            sort_order=_SYSTEM_PLACE,
            created_at=now,
        )


def _categories(
    tree: Mapping[str, tuple[str, ...]], account_class: str, identifiers: Identifiers, now: int
) -> Iterator[AccountRecord]:
    def category(name: str, place: int, parent_id: int | None) -> AccountRecord:
        return AccountRecord(
            account_id=identifiers.next(),
            account_class=account_class,
            account_type=CATEGORY_TYPE,
            name=name,
            parent_id=parent_id,
            sort_order=place,
            created_at=now,
        )

    for place, (name, below) in enumerate(tree.items()):
        parent = category(name, place, None)
        yield parent
        for inner, child in enumerate(below):
            yield category(child, inner, parent.account_id)
