"""Reading what the pages of accounts and categories show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from pfh.core.commodity import commodity
from pfh.core.money import read_formatted
from pfh.features.accounts.category_views import category_list
from pfh.features.accounts.choices import category_choices, group_of, group_order
from pfh.features.accounts.page_store import moved_by_category
from pfh.features.accounts.page_views import (
    AccountForm,
    AccountGroup,
    AccountRow,
    AccountsPage,
    CategoriesPage,
    CategoryForm,
    CategoryRow,
)
from pfh.features.accounts.read_accounts import list_accounts
from pfh.features.accounts.schemas import AccountView, CategoryList, CategoryView
from pfh.features.accounts.store import AccountRecord, all_accounts
from pfh.features.forms.api import FormView, commodity_choices
from pfh.features.households import api as households
from pfh.features.rates import api as rates
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def read_accounts_page(
    services: Services, actor: Actor, *, add: bool = False
) -> AccountsPage:
    """Return the accounts by heading, the closed ones apart, with totals as of today."""
    found = await list_accounts(services, actor)
    today, base = services.clock.today(), found.totals.currency

    async def unit(connection: Connection) -> dict[str, Decimal]:
        return await rates.latest_rates(connection, actor.household_id, base, today)

    known = await services.database.read(unit)
    unit_of_base = commodity(base)
    days = (view.last_transaction_date or "" for view in found.items)
    later = [day for day in days if day[:7] > today[:7]]
    return AccountsPage(
        currency=base,
        assets_minor=read_formatted(found.totals.assets, unit_of_base),
        debts_minor=-read_formatted(found.totals.liabilities, unit_of_base),
        groups=_groups([view for view in found.items if not view.is_closed], base, known),
        closed=[row_of(view) for view in found.items if view.is_closed],
        missing_rates=found.totals.missing_rates,
        add=add,
        last_date=max(later, default=None),
    )


async def read_account_form(
    services: Services, actor: Actor, account_id: str | None, form: FormView | None = None
) -> AccountForm:
    """Return the dialog of a new account or of one; `form` is shown instead of what is stored."""
    found = await list_accounts(services, actor)
    view = next((one for one in found.items if one.id == account_id), None)
    values = {"openingDate": services.clock.today()} if view is None else _values(view)
    return AccountForm(
        form=form or FormView(values=values),
        currencies=commodity_choices(found.totals.currency),
        parents=_parents(found.items, view),
        account=None if view is None else row_of(view),
    )


async def read_categories_page(services: Services, actor: Actor) -> CategoriesPage:
    """Return the tree of categories; each counts what is below it, this year's amounts in base."""
    year = services.clock.today()[:4]
    first, last = f"{year}-01-01", f"{year}-12-31"

    async def unit(
        connection: Connection,
    ) -> tuple[CategoryList, dict[int, dict[str, int]], str, dict[str, Decimal]]:
        base = await households.base_commodity_of(connection, actor.household_id)
        return (
            await category_list(connection, actor.household_id),
            await moved_by_category(connection, actor.household_id, first, last),
            base,
            await rates.latest_rates(connection, actor.household_id, base, services.clock.today()),
        )

    found, moved, base, known = await services.database.read_to_show(unit, actor.household_id)
    amounts = _amounts(found, moved, base, known)
    counts = _summed_up(found.items, {view.id: view.transaction_count for view in found.items})
    rows = [
        CategoryRow(
            category_id=view.id,
            name=view.name,
            kind=view.kind,
            depth=view.depth,
            transaction_count=counts[view.id],
            amount_minor=amounts[view.id],
            is_system=view.is_system,
        )
        for view in found.items
    ]
    return CategoriesPage(currency=base, year=year, categories=rows)


async def read_category_form(
    services: Services,
    actor: Actor,
    view: CategoryView | None,
    *,
    form: FormView,
    kind: str | None = None,
) -> CategoryForm:
    """Return the dialog of a category; its choices leave out itself and what is below it."""

    async def unit(connection: Connection) -> list[AccountRecord]:
        return await all_accounts(connection, actor.household_id)

    records = await services.database.read(unit)
    wanted = view.kind if view else kind
    without = frozenset() if view is None else _subtree(records, int(view.id))
    system = frozenset(record.account_id for record in records if record.is_system)
    choices = category_choices(records, without=without | system)
    return CategoryForm(
        form=form,
        choices=[one for one in choices if wanted is None or one.kind == wanted],
        category=None if view is None else _row_of_category(view),
    )


def row_of(view: AccountView) -> AccountRow:
    """Return one account as a row."""
    return AccountRow(
        account_id=view.id,
        name=view.name,
        account_type=view.account_type,
        currency=view.currency,
        balance=view.balance,
        depth=view.depth,
        transaction_count=view.transaction_count,
        last_date=view.last_transaction_date,
        is_closed=view.is_closed,
    )


def _groups(
    views: Sequence[AccountView], base: str, known: Mapping[str, Decimal]
) -> list[AccountGroup]:
    by_name: dict[str, list[AccountView]] = {}
    for view in sorted(views, key=lambda one: group_order(one.account_type)):
        by_name.setdefault(group_of(view.account_type), []).append(view)
    groups = []
    for name, members in by_name.items():
        sums: dict[str, int] = {}
        for view in members:
            amount = read_formatted(view.balance, commodity(view.currency))
            sums[view.currency] = sums.get(view.currency, 0) + amount
        total, _ = rates.total_in(sums, base, known)
        groups.append(
            AccountGroup(name=name, total_minor=total, accounts=[row_of(one) for one in members])
        )
    return groups


def _values(view: AccountView) -> dict[str, str]:
    return {
        "name": view.name,
        "accountType": view.account_type,
        "currency": view.currency,
        "openingBalance": view.opening_balance if view.opening_date else "",
        "openingDate": view.opening_date or "",
        "parentId": view.parent_id or "",
        "version": str(view.version),
    }


def _parents(views: Sequence[AccountView], view: AccountView | None) -> list[tuple[str, str]]:
    """Return the accounts that one can stand below: of its class, and not below itself."""
    below = {view.id} if view else set()
    # Parents stand before their children, so one pass finds everything below.
    for one in views:
        if one.parent_id in below:
            below.add(one.id)
    return [
        (one.id, one.name)
        for one in views
        if one.id not in below
        and not one.is_closed
        and (view is None or one.account_class == view.account_class)
    ]


def _amounts(
    found: CategoryList,
    moved: Mapping[int, Mapping[str, int]],
    base: str,
    known: Mapping[str, Decimal],
) -> dict[str, int]:
    """Return category → what it and everything below it moved, in its own sense, in base units."""
    own: dict[str, dict[str, int]] = {}
    for view in (*found.items, *found.merged):
        shown = own.setdefault(view.merged_into_id or view.id, {})
        sign = -1 if view.kind == "income" else 1
        for code, amount in moved.get(int(view.id), {}).items():
            shown[code] = shown.get(code, 0) + sign * amount
    totals = {view.id: rates.total_in(own.get(view.id, {}), base, known)[0] for view in found.items}
    return _summed_up(found.items, totals)


def _summed_up(views: Sequence[CategoryView], own: Mapping[str, int]) -> dict[str, int]:
    """Add to each category what is below it."""
    sums = dict(own)
    # Children stand after their parents, so from the end each sum is complete when it is added.
    for view in reversed(views):
        if view.parent_id in sums:
            sums[view.parent_id] += sums[view.id]
    return sums


def _row_of_category(view: CategoryView) -> CategoryRow:
    return CategoryRow(
        category_id=view.id,
        name=view.name,
        kind=view.kind,
        depth=view.depth,
        transaction_count=view.transaction_count,
        amount_minor=0,
        is_system=view.is_system,
    )


def _subtree(records: Iterable[AccountRecord], top: int) -> frozenset[int]:
    below: dict[int, list[int]] = {}
    for record in records:
        if record.parent_id is not None:
            below.setdefault(record.parent_id, []).append(record.account_id)
    found: set[int] = set()
    waiting = [top]
    while waiting:
        present = waiting.pop()
        if present not in found:
            found.add(present)
            waiting.extend(below.get(present, ()))
    return frozenset(found)
