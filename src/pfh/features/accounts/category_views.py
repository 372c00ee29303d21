"""Categories as the API shows them: a tree with paths and use, merged ones apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pfh.features.accounts.balance_store import balances_of
from pfh.features.accounts.choices import in_tree_order
from pfh.features.accounts.schemas import CategoryList, CategoryView
from pfh.features.accounts.store import AccountRecord, all_accounts
from pfh.ports.database import Connection


async def category_list(connection: Connection, household_id: int) -> CategoryList:
    """Return every category of a household."""
    tree = [one for one in await all_accounts(connection, household_id) if one.is_category]
    merged_into = {one.account_id: one.merged_into_id for one in tree}
    use: Counter[int] = Counter()
    for balance in await balances_of(connection, household_id):
        shown = merged_into.get(balance.account_id) or balance.account_id
        use[shown] += balance.posting_count
    by_id = {one.account_id: one for one in tree}
    live = in_tree_order(one for one in tree if one.merged_into_id is None)
    return CategoryList(
        [_view(one, by_id, depth, use) for one, depth in live],
        [_view(one, by_id, 0, use) for one in tree if one.merged_into_id is not None],
        None,
    )


async def category_view(
    connection: Connection, household_id: int, category_id: int
) -> CategoryView:
    """Return one category, which the caller has found in the household."""
    found = await category_list(connection, household_id)
    wanted = str(category_id)
    return next(view for view in (*found.items, *found.merged) if view.id == wanted)


def _view(
    record: AccountRecord, by_id: Mapping[int, AccountRecord], depth: int, use: Mapping[int, int]
) -> CategoryView:
    return CategoryView(
        id=str(record.account_id),
        name=record.name,
        kind=record.account_class,
        path=_path(record, by_id),
        parent_id=None if record.parent_id is None else str(record.parent_id),
        depth=depth,
        order=record.sort_order,
        transaction_count=use.get(record.account_id, 0),
        is_system=record.is_system,
        merged_into_id=None if record.merged_into_id is None else str(record.merged_into_id),
        version=record.version,
    )


def _path(record: AccountRecord, by_id: Mapping[int, AccountRecord]) -> list[str]:
    names = [record.name]
    seen = {record.account_id}
    parent = by_id.get(record.parent_id or 0)
    # A damaged tree must not hang a request; `pfh verify` reports it.
    while parent is not None and parent.account_id not in seen:
        seen.add(parent.account_id)
        names.append(parent.name)
        parent = by_id.get(parent.parent_id or 0)
    return names[::-1]
