"""The figures of a dashboard from documents, accounts and rates; pure arithmetic in minor units.

Sums are made per commodity first and converted once at the end (ledger spec §4). A commodity
without a rate is left out of a total and named in `missing_rates`: a figure may be partial, never
wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from pfh.core.period import FIRST_DATE, parse_month
from pfh.features.accounts.api import AccountRecord
from pfh.features.rates.api import total_in
from pfh.ports.documents import Document

Key = TypeVar("Key", int, str)
_BEFORE_ALL: Final = "1899-12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the figures are made of.

    Attributes:
        period: the month shown, `YYYY-MM`.
        base: the household's base commodity; every figure but an account's balance is in it.
        rates: commodity → units of base for one unit of it.
        accounts: the whole tree, read after the documents. A document of an account that is not in
            it counts for nothing: an account is removed only when all that moved was taken back.
        monthly, daily, history: documents of the three collections; `daily` covers at least the
            period and the month before.
    """

    period: str
    base: str
    rates: Mapping[str, Decimal]
    accounts: Sequence[AccountRecord]
    monthly: Sequence[Document]
    daily: Sequence[Document]
    history: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Flow:
    """Money in and out of a month or day, positive, and its entries."""

    period: str
    income_minor: int
    expenses_minor: int
    count: int

    @property
    def net_minor(self) -> int:
        """Income minus expenses."""
        return self.income_minor - self.expenses_minor


@dataclass(frozen=True, slots=True)
class CategoryFigure:
    """What a category received or spent in the period and in the month before."""

    category_id: int
    name: str
    account_class: str
    parent_id: int | None
    amount_minor: int
    previous_minor: int


@dataclass(frozen=True, slots=True)
class AccountFigure:
    """An account's balance at the end of the period, signed, in its own commodity."""

    account_id: int
    name: str
    account_type: str
    account_class: str
    commodity: str
    balance_minor: int
    closed: bool


@dataclass(frozen=True, slots=True)
class NetWorth:
    """Assets and debts at the end of a month, both positive."""

    month: str
    assets_minor: int
    debts_minor: int

    @property
    def net_minor(self) -> int:
        """Assets minus debts."""
        return self.assets_minor - self.debts_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything a dashboard shows of one month, in minor units of `currency`."""

    currency: str
    period: str
    months: tuple[str, ...]
    flows: tuple[Flow, ...]
    days: tuple[Flow, ...]
    categories: tuple[CategoryFigure, ...]
    accounts: tuple[AccountFigure, ...]
    net_worth: tuple[NetWorth, ...]
    missing_rates: tuple[str, ...]

    def flow(self, month: str) -> Flow:
        """Return the flow of a month, zeros when nothing moved."""
        return next((flow for flow in self.flows if flow.period == month), Flow(month, 0, 0, 0))


class _Converter:
    """Converts sums per commodity and remembers which had no rate."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.missing: set[str] = set()

    def total(self, sums: Mapping[str, int]) -> int:
        """Return the total in base units of what has a rate."""
        used = {code: amount for code, amount in sums.items() if amount}
        total, missing = total_in(used, self._facts.base, self._facts.rates)
        self.missing.update(missing)
        return total


def figures_of(facts: Facts) -> Figures:
    """Return the figures of a month.

    Example: groceries of 12.34 EUR and 10.00 USD at 0.90 in November give 21.34 EUR of spending.
    """
    convert = _Converter(facts)
    flows = _flows(facts.monthly, convert)
    categories = _categories(facts, convert)
    net_worth = _net_worth(facts, convert)
    return Figures(
        currency=facts.base,
        period=facts.period,
        months=tuple(sorted({document.period for document in facts.monthly}, reverse=True)),
        flows=flows,
        days=_days(facts, convert),
        categories=categories,
        accounts=_accounts(facts),
        net_worth=net_worth,
        missing_rates=tuple(sorted(convert.missing)),
    )


def _flows(monthly: Iterable[Document], convert: _Converter) -> tuple[Flow, ...]:
    income: dict[str, dict[str, int]] = {}
    expenses: dict[str, dict[str, int]] = {}
    counts: dict[str, int] = {}
    for document in monthly:
        month, code = document.period, document.commodity
        _add(income, month, code, document.first_minor)
        _add(expenses, month, code, document.second_minor)
        counts[month] = counts.get(month, 0) + document.count
    return tuple(
        Flow(month, convert.total(income[month]), convert.total(expenses[month]), counts[month])
        for month in sorted(counts)
    )


def _days(facts: Facts, convert: _Converter) -> tuple[Flow, ...]:
    classes = {record.account_id: record.account_class for record in facts.accounts}
    sums: dict[str, dict[str, dict[str, int]]] = {"income": {}, "expense": {}}
    counts = dict.fromkeys(parse_month(facts.period).days(), 0)
    for document in facts.daily:
        if document.period in counts and document.subject_id in classes:
            side = sums[classes[document.subject_id]]
            _add(side, document.period, document.commodity, document.first_minor)
            counts[document.period] += document.count
    return tuple(
        Flow(
            day,
            convert.total(sums["income"].get(day, {})),
            convert.total(sums["expense"].get(day, {})),
            count,
        )
        for day, count in counts.items()
    )


def _categories(facts: Facts, convert: _Converter) -> tuple[CategoryFigure, ...]:
    by_id = {record.account_id: record for record in facts.accounts}
    previous = month_before(facts.period)
    sums: dict[str, dict[int, dict[str, int]]] = {facts.period: {}, previous: {}}
    for document in facts.daily:
        month = sums.get(document.period[:7])
        record = by_id.get(document.subject_id)
        if month is not None and record is not None:
            # What was merged into another category counts there.
            target = record.merged_into_id or record.account_id
            _add(month, target, document.commodity, document.first_minor)
    figures = []
    for category_id in {*sums[facts.period], *sums[previous]}:
        shown = by_id[category_id]
        figures.append(
            CategoryFigure(
                category_id,
                shown.name,
                shown.account_class,
                shown.parent_id,
                convert.total(sums[facts.period].get(category_id, {})),
                convert.total(sums[previous].get(category_id, {})),
            )
        )
    return tuple(sorted(figures, key=lambda f: (-f.amount_minor, f.name, f.category_id)))


def _accounts(facts: Facts) -> tuple[AccountFigure, ...]:
    balances: dict[int, int] = {}
    for document in facts.history:
        if document.period <= facts.period:
            subject = document.subject_id
            balances[subject] = balances.get(subject, 0) + document.first_minor
    return tuple(
        AccountFigure(
            record.account_id,
            record.name,
            record.account_type,
            record.account_class,
            record.commodity or facts.base,
            balances.get(record.account_id, 0),
            record.closed_at is not None,
        )
        for record in facts.accounts
        if record.is_real
    )


def _net_worth(facts: Facts, convert: _Converter) -> tuple[NetWorth, ...]:
    classes = {record.account_id: record.account_class for record in facts.accounts}
    moves: dict[str, dict[str, dict[str, int]]] = {}
    for document in facts.history:
        if document.subject_id not in classes:
            continue
        sides = moves.setdefault(document.period, {"asset": {}, "liability": {}})
        side = sides[classes[document.subject_id]]
        side[document.commodity] = side.get(document.commodity, 0) + document.first_minor
    assets: dict[str, int] = {}
    debts: dict[str, int] = {}
    found = []
    for month in _every_month(moves, facts.period):
        for sums, name in ((assets, "asset"), (debts, "liability")):
            for code, amount in moves.get(month, {}).get(name, {}).items():
                sums[code] = sums.get(code, 0) + amount
        found.append(NetWorth(month, convert.total(assets), -convert.total(debts)))
    return tuple(found)


def month_before(period: str) -> str:
    """Return the month before one, as text; no book has anything before the first, 1900-01."""
    month = parse_month(period)
    return _BEFORE_ALL if month.first == FIRST_DATE else str(month.previous())


def _every_month(moves: Iterable[str], last: str) -> list[str]:
    """Return the months from the first movement to `last` without a gap; at least `last`."""
    first = min(moves, default=last)
    months = [last]
    while months[-1] > first:
        months.append(str(parse_month(months[-1]).previous()))
    return months[::-1]


def _add(sums: dict[Key, dict[str, int]], key: Key, code: str, amount: int) -> None:
    by_code = sums.setdefault(key, {})
    by_code[code] = by_code.get(code, 0) + amount
