"""The worked examples of docs/specs/ledger.md §12 add up as it says; every code is in the page."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pfh.core
from pfh.core.balance import fold
from pfh.core.commodity import commodity
from pfh.core.entry import Entry, Heading, imbalances
from pfh.core.errors import Problem
from pfh.core.identity_types import AccountId
from pfh.core.money import format_minor
from pfh.core.transaction import Holding, Split, expense, income, opening, transfer

SPEC = Path(__file__).parents[3] / "docs" / "specs" / "ledger.md"
EUR, USD = commodity("EUR"), commodity("USD")
CHECKING, CARD, DOLLARS = (
    Holding(AccountId(1), EUR),
    Holding(AccountId(2), EUR),
    Holding(AccountId(3), USD),
)
OPENING, EXCHANGE, SALARY, FOOD, HOUSEHOLD = (AccountId(number) for number in range(10, 15))
# Other modules of the core have a page of their own.
CORE_OF_THE_LEDGER = {
    "account",
    "balance",
    "commodity",
    "entry",
    "errors",
    "money",
    "period",
    "text",
    "transaction",
}
NAMES = {
    CHECKING.account_id: "checking",
    CARD.account_id: "card",
    DOLLARS.account_id: "dollars",
    OPENING: "opening balances",
    EXCHANGE: "exchange",
    SALARY: "salary",
    FOOD: "food",
    HOUSEHOLD: "household",
}


def examples() -> list[Entry]:
    day = Heading("2026-11-23")
    return [
        opening(day, CHECKING, 100000, opening_balances_id=OPENING),
        opening(day, CARD, -35000, opening_balances_id=OPENING),
        income(day, CHECKING, 250000, [Split(SALARY, 250000)]),
        expense(day, CHECKING, 8000, [Split(FOOD, 6550), Split(HOUSEHOLD, 1450)]),
        income(day, CHECKING, 2000, [Split(FOOD, 2000)]),
        transfer(day, CHECKING, CARD, 35000, exchange_id=EXCHANGE),
        transfer(day, CHECKING, DOLLARS, 10000, exchange_id=EXCHANGE, transfer_amount_minor=10850),
    ]


def written(entry: Entry) -> str:
    several = len({leg.commodity for leg in entry.postings}) > 1
    return ", ".join(
        f"{NAMES[leg.account_id]} {leg.amount_minor:+d}{' ' + leg.commodity if several else ''}"
        for leg in entry.postings
    ).replace("-", "−")


def test_postings_of_the_worked_examples_are_those_of_the_page() -> None:
    page = SPEC.read_text(encoding="utf-8")
    for number, entry in enumerate(examples(), start=1):
        row = next(line for line in page.splitlines() if line.startswith(f"| 12.{number} "))
        assert row.split(" | ")[-1].removesuffix(" |") == written(entry)


def test_balances_of_the_worked_examples_are_those_of_the_page() -> None:
    postings = [leg for entry in examples() for leg in entry.postings]
    balances = fold(postings)
    assert balances[CHECKING.account_id, "EUR"] == 299000
    assert format_minor(balances[FOOD, "EUR"], EUR) == "45.50"
    assert format_minor(balances[DOLLARS.account_id, "USD"], USD) == "108.50"
    assert (CARD.account_id, "EUR") not in balances
    assert imbalances(postings) == {}


def test_every_problem_of_the_core_is_in_the_page() -> None:
    page = SPEC.read_text(encoding="utf-8")
    codes = {
        value.code
        for module in pkgutil.iter_modules(pfh.core.__path__, "pfh.core.")
        if module.name.count(".") == 2 and module.name.rsplit(".", 1)[1] in CORE_OF_THE_LEDGER
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, type) and issubclass(value, Problem) and value is not Problem
    }
    assert len(codes) == 35
    assert {code for code in codes if f"`{code}`" not in page} == set()
