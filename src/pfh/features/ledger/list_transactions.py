"""Listing transactions: one page, latest first, with the totals of the whole filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pfh.core.commodity import commodity
from pfh.core.money import format_minor
from pfh.features.accounts import api as accounts
from pfh.features.accounts.api import AccountRecord
from pfh.features.ledger import list_store, store
from pfh.features.ledger.errors import FilteredImportNotFound, TransactionNotFound
from pfh.features.ledger.list_filter import ListFilter, cursor_text
from pfh.features.ledger.schemas import (
    TotalsView,
    TotalView,
    TransactionList,
    TransactionView,
)
from pfh.features.ledger.view import view_of
from pfh.features.ledger.write import entry_of, names_of
from pfh.features.payees import api as payees
from pfh.ports.actor import Actor
from pfh.ports.database import Connection, Result, Unit
from pfh.ports.services import Services


async def list_transactions(
    services: Services, actor: Actor, wanted: ListFilter, *, with_totals: bool = True
) -> TransactionList:
    """Return a page of the actor's transactions; totals come with the first page alone.

    What is filtered by and is not in the household is a problem and not an empty list, which would
    look like an answer.

    Raises:
        AccountNotFound, CategoryNotFound, PayeeNotFound, FilteredImportNotFound.
    """

    async def unit(connection: Connection) -> TransactionList:
        touching = await _judged(connection, actor.household_id, wanted)
        page = await list_store.page_of_ids(connection, actor.household_id, wanted, touching)
        more = len(page) > wanted.limit
        page = page[: wanted.limit]
        items = await views_in_order(connection, actor.household_id, [item[1] for item in page])
        totals = None
        if with_totals and wanted.is_first_page:
            sums = await list_store.totals_of(connection, actor.household_id, wanted, touching)
            totals = _totals_view(sums)
        return TransactionList(items, cursor_text(*page[-1]) if more else None, totals)

    return await _shown(services, actor, wanted, unit)


async def sum_transactions(services: Services, actor: Actor, wanted: ListFilter) -> TotalsView:
    """Return the totals of `list_transactions` alone, for a page that showed its rows already.

    Raises:
        As `list_transactions`.
    """

    async def unit(connection: Connection) -> TotalsView:
        touching = await _judged(connection, actor.household_id, wanted)
        sums = await list_store.totals_of(connection, actor.household_id, wanted, touching)
        return _totals_view(sums)

    return await _shown(services, actor, wanted, unit)


async def page_without_totals(
    services: Services, actor: Actor, wanted: ListFilter
) -> list[TransactionView]:
    """Return a page alone, for those who read every page: totals cost as much as many of them.

    Raises:
        As `list_transactions`.
    """

    async def unit(connection: Connection) -> list[TransactionView]:
        touching = await _judged(connection, actor.household_id, wanted)
        page = await list_store.page_of_ids(connection, actor.household_id, wanted, touching)
        ids = [item[1] for item in page[: wanted.limit]]
        return await views_in_order(connection, actor.household_id, ids)

    return await _shown(services, actor, wanted, unit)


async def _shown(
    services: Services, actor: Actor, wanted: ListFilter, unit: Unit[Result]
) -> Result:
    if wanted.import_id is not None:
        # An import that was only begun has told no event yet, so a replica may not know it.
        return await services.database.read(unit)
    return await services.database.read_to_show(unit, actor.household_id)


async def read_transaction(services: Services, actor: Actor, entry_id: int) -> TransactionView:
    """Return one transaction; raises TransactionNotFound when it is not there or not yours."""

    async def unit(connection: Connection) -> TransactionView:
        entry = await entry_of(connection, actor, entry_id)
        return view_of(entry, await names_of(connection, actor.household_id, [entry]))

    return await services.database.read(unit)


async def views_in_order(
    connection: Connection, household_id: int, entry_ids: Sequence[int]
) -> list[TransactionView]:
    """Return the views of entries in the given order.

    Raises:
        TransactionNotFound: one vanished between two statements, which a snapshot rules out.
    """
    entries = await store.find_entries(connection, household_id, entry_ids)
    if len(entries) != len(entry_ids):
        message = "A transaction vanished while the list was read."
        raise TransactionNotFound(message, fix="Load the list again.")
    by_id = {entry.entry_id: entry for entry in entries}
    names = await names_of(connection, household_id, entries)
    return [view_of(by_id[entry_id], names) for entry_id in entry_ids]


async def _judged(
    connection: Connection, household_id: int, wanted: ListFilter
) -> list_store.Touching:
    """Return the accounts that a filter means, once all that it names is known to be there."""
    if wanted.payee_id is not None:
        await payees.require_payee(connection, household_id, wanted.payee_id)
    if wanted.import_id is not None and not await list_store.is_import(
        connection, household_id, wanted.import_id
    ):
        raise FilteredImportNotFound(
            "There is no such import.", field="importId", fix="Choose another one."
        )
    return await _accounts_meant(connection, household_id, wanted)


async def _accounts_meant(
    connection: Connection, household_id: int, wanted: ListFilter
) -> list_store.Touching:
    if wanted.account_id is None and wanted.category_id is None:
        return list_store.Touching()
    tree = await accounts.all_accounts(connection, household_id)
    return list_store.Touching(
        _subtree_of(tree, wanted.account_id, is_category=False),
        _subtree_of(tree, wanted.category_id, is_category=True),
    )


def _subtree_of(
    tree: Sequence[AccountRecord], account_id: int | None, *, is_category: bool
) -> tuple[int, ...]:
    if account_id is None:
        return ()
    if not any(
        record.account_id == account_id and record.is_category == is_category for record in tree
    ):
        raise _not_found(is_category=is_category)
    return tuple(sorted(subtree(tree, account_id)))


def _not_found(*, is_category: bool) -> Exception:
    if is_category:
        message = "There is no such category."
        return accounts.CategoryNotFound(message, field="categoryId", fix="Choose another one.")
    message = "There is no such account."
    return accounts.AccountNotFound(message, field="accountId", fix="Choose another one.")


def subtree(tree: Iterable[AccountRecord], account_id: int) -> set[int]:
    """Return an account with all below it and all that were merged into any of them."""
    children: dict[int, list[int]] = {}
    for record in tree:
        for above in (record.parent_id, record.merged_into_id):
            if above is not None:
                children.setdefault(above, []).append(record.account_id)
    found: set[int] = set()
    waiting = [account_id]
    while waiting:
        present = waiting.pop()
        if present not in found:
            found.add(present)
            waiting.extend(children.get(present, ()))
    return found


def _totals_view(sums: Sequence[list_store.Total]) -> TotalsView:
    by_code: dict[str, dict[str, int]] = {}
    for total in sums:
        kinds = by_code.setdefault(total.commodity, {})
        kinds[total.kind] = kinds.get(total.kind, 0) + total.amount_minor
    views = []
    for code, kinds in sorted(by_code.items()):
        unit = commodity(code)
        income, expenses = kinds.get("income", 0), kinds.get("expense", 0)
        views.append(
            TotalView(
                currency=code,
                income=format_minor(income, unit),
                expenses=format_minor(expenses, unit),
                net=format_minor(income - expenses, unit),
                transfers=format_minor(kinds.get("transfer", 0), unit),
            )
        )
    return TotalsView(sum(total.count for total in sums), views)
