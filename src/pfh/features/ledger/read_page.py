"""Reading what the transaction pages show: a filtered page of rows and the lists of choice.

An address may be an old bookmark or be typed by hand, so a filter that cannot be is left out and
said, where the API would refuse the request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from pfh.core.commodity import commodity
from pfh.core.errors import Problem, Problems
from pfh.core.money import format_minor
from pfh.features.accounts import api as accounts
from pfh.features.forms.api import FormView
from pfh.features.ledger import page_store
from pfh.features.ledger.errors import FilteredImportNotFound
from pfh.features.ledger.list_filter import ListFilter, parse_filter
from pfh.features.ledger.list_transactions import list_transactions, sum_transactions
from pfh.features.ledger.page_views import (
    FILTER_NAMES,
    FilterChip,
    TransactionChoices,
    TransactionForm,
    TransactionRows,
    TransactionsPage,
)
from pfh.features.ledger.schemas import TotalsView, TransactionList
from pfh.features.payees import api as payees
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

# As many as two screens of a desk show; the next page comes before they are read.
PAGE_ROWS: Final = 30
# In the address of a page whose totals shall not come later, which takes a script.
TOTALS_AT_ONCE: Final = "totals"
_KINDS: Final = {
    "expense": "Spent",
    "income": "Received",
    "transfer": "Moved",
    "opening": "Opening",
}
_STATUSES: Final = {"pending": "Pending", "cleared": "Booked", "reconciled": "Checked"}
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class FoundRows:
    """A page of rows, the filter that was applied, and what was wrong with the rest of it.

    `totals` is None where the page shall ask for them when its rows are shown.
    """

    rows: TransactionRows
    totals: TotalsView | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Applied(Generic[_Found]):
    """What a query found, with the part of it that could be applied."""

    found: _Found
    given: dict[str, str]
    cursor: str
    problem: str | None


_NOT_THERE = (
    accounts.AccountNotFound,
    accounts.CategoryNotFound,
    payees.PayeeNotFound,
    FilteredImportNotFound,
)


async def read_rows(
    services: Services, actor: Actor, query: Mapping[str, str], *, with_totals: bool = False
) -> FoundRows:
    """Return the rows of a query; parameters that cannot be are left out.

    Rows do not wait for totals that look at every entry (0.4 s for a million, with a word as with
    an amount), unless `with_totals` says so.
    """

    async def read(wanted: ListFilter) -> TransactionList:
        at_once = with_totals or not wanted.is_seen_in_entries_alone
        return await list_transactions(services, actor, wanted, with_totals=at_once)

    applied = await _forgiving(query, read)
    rows = _rows_of(actor, applied.found, applied.given, applied.cursor)
    totals = applied.found.totals
    return FoundRows(rows, totals and _with_something(totals), applied.problem)


async def read_totals(services: Services, actor: Actor, query: Mapping[str, str]) -> TotalsView:
    """Return the totals of a query, whichever its page; parameters that cannot be are left out."""

    async def read(wanted: ListFilter) -> TotalsView:
        return await sum_transactions(services, actor, wanted)

    return _with_something((await _forgiving(query, read)).found)


def _with_something(totals: TotalsView) -> TotalsView:
    """Return totals without the currencies in which nothing came or went; one at least stays."""
    told = [one for one in totals.by_currency if Decimal(one.income) or Decimal(one.expenses)]
    return msgspec.structs.replace(totals, by_currency=told or totals.by_currency[:1])


async def _forgiving(
    query: Mapping[str, str], read: Callable[[ListFilter], Awaitable[_Found]]
) -> _Applied[_Found]:
    """Read with the parameters that can be, and tell what was wrong with the others."""
    given = {name: query[name] for name in FILTER_NAMES if query.get(name)}
    given, cursor, problem = _forgiven(given, query.get("cursor", ""))
    while True:
        wanted = parse_filter({**given, "cursor": cursor, "limit": str(PAGE_ROWS)})
        try:
            return _Applied(await read(wanted), given, cursor, problem)
        except _NOT_THERE as error:
            problem = f"{error.detail} {error.fix or ''}".strip()
            given = {name: value for name, value in given.items() if name != error.field}
            cursor = ""


async def read_choices(
    services: Services, actor: Actor, *, also: Sequence[int] = ()
) -> TransactionChoices:
    """Return what the forms and filters of transactions offer; `also` are closed accounts."""
    today = services.clock.today()

    async def unit(connection: Connection) -> TransactionChoices:
        records = await accounts.all_accounts(connection, actor.household_id)
        offered = accounts.account_choices(records, also=also)
        last = await page_store.last_account_id(connection, actor.household_id)
        known = {choice.account_id for choice in offered}
        first = offered[0].account_id if offered else ""
        return TransactionChoices(
            accounts=offered,
            categories=accounts.category_choices(records),
            tags=await page_store.tag_names(connection, actor.household_id),
            today=today,
            account_id=str(last if last in known else first),
        )

    return await services.database.read(unit)


async def read_transactions_page(
    services: Services, actor: Actor, query: Mapping[str, str]
) -> tuple[TransactionsPage, str | None]:
    """Return the whole page, and what was wrong with the query."""
    found = await read_rows(services, actor, query, with_totals=TOTALS_AT_ONCE in query)
    choices = await read_choices(services, actor)
    chosen = found.rows.query.get("accountId")
    name = balance = currency = None
    if chosen is not None and set(found.rows.query) <= {"accountId"}:
        name, balance, currency = await _account(services, actor, int(chosen))
        # Whoever looks at one account adds to it.
        if any(str(one.account_id) == chosen for one in choices.accounts):
            choices = _with_account(choices, chosen)
    page = TransactionsPage(
        list=found.rows,
        totals=found.totals,
        choices=choices,
        quick_add=TransactionForm(form=FormView(), choices=choices, place="inline"),
        chips=await read_chips(services, actor, found.rows.query),
        account_name=name,
        account_balance=balance,
        account_currency=currency,
        is_book_empty=is_book_empty(found),
    )
    return page, found.problem


def is_book_empty(found: FoundRows) -> bool:
    """Tell whether there is no transaction at all, which only an unfiltered list can say."""
    return not found.rows.rows and not found.rows.query and not found.rows.cursor


async def read_chips(
    services: Services, actor: Actor, query: Mapping[str, str]
) -> tuple[FilterChip, ...]:
    """Return the filters set, in words."""
    if not query:
        return ()
    ids = [int(query[name]) for name in ("accountId", "categoryId") if name in query]
    payee_id = int(query.get("payeeId", "0"))

    async def unit(connection: Connection) -> tuple[dict[int, str], str]:
        found = await accounts.find_accounts(connection, actor.household_id, ids)
        payee = await page_store.payee_name(connection, actor.household_id, payee_id)
        return {key: record.name for key, record in found.items()}, payee

    names, payee = await services.database.read(unit)
    words = {
        "q": f"“{query.get('q', '')}”",
        "from": f"from {query.get('from', '')}",
        "to": f"to {query.get('to', '')}",
        "accountId": names.get(int(query.get("accountId", "0")), "one account"),
        "categoryId": names.get(int(query.get("categoryId", "0")), "one category"),
        "payeeId": payee or "one payee",
        "importId": "one import",
        "tag": f"#{query.get('tag', '')}",
        "minAmount": f"at least {query.get('minAmount', '')}",
        "maxAmount": f"at most {query.get('maxAmount', '')}",
        "transactionType": _KINDS.get(query.get("transactionType", ""), ""),
        "status": _STATUSES.get(query.get("status", ""), ""),
    }
    return tuple(
        FilterChip(
            label=words[name],
            query_without=urlencode({key: value for key, value in query.items() if key != name}),
        )
        for name in query
    )


def _forgiven(given: dict[str, str], cursor: str) -> tuple[dict[str, str], str, str | None]:
    """Return the parameters that can be, and a sentence about the others."""
    try:
        _checked(given, cursor)
    except Problem as problem:
        singles: Sequence[Problem] = (
            problem.problems if isinstance(problem, Problems) else (problem,)
        )
        wrong = {single.field for single in singles}
        kept = {name: value for name, value in given.items() if name not in wrong}
        words = " ".join(f"{single.detail} {single.fix or ''}".strip() for single in singles)
        return kept, "" if "cursor" in wrong else cursor, words
    return given, cursor, None


def _checked(given: dict[str, str], cursor: str) -> ListFilter:
    wanted = parse_filter({**given, "cursor": cursor})
    for name in ("payeeId", "importId"):
        if name in given and not given[name].isdecimal():
            del given[name]
    return wanted


def _rows_of(
    actor: Actor, found: TransactionList, given: dict[str, str], cursor: str
) -> TransactionRows:
    return TransactionRows(
        rows=found.items,
        next_cursor=found.next_cursor,
        query=given,
        cursor=cursor,
        can_write=actor.household_role != "viewer",
    )


def _with_account(choices: TransactionChoices, account_id: str) -> TransactionChoices:
    return TransactionChoices(
        accounts=choices.accounts,
        categories=choices.categories,
        tags=choices.tags,
        today=choices.today,
        account_id=account_id,
    )


async def _account(
    services: Services, actor: Actor, account_id: int
) -> tuple[str | None, str | None, str | None]:
    """Return the name, the balance as decimal text, and the currency of one account."""

    async def unit(connection: Connection) -> tuple[str | None, str | None, str | None]:
        record = (await accounts.find_accounts(connection, actor.household_id, [account_id])).get(
            account_id
        )
        if record is None or not record.is_real or record.commodity is None:
            return None, None, None
        minor = await page_store.balance_of(connection, account_id, record.commodity)
        return record.name, format_minor(minor, commodity(record.commodity)), record.commodity

    return await services.database.read(unit)
