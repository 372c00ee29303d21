"""The builders: signs, line 0, exchange legs, and every refusal under the API's field names."""

from __future__ import annotations

import pytest

from pfh.core.commodity import commodity
from pfh.core.entry import AmountZero, Entry, Heading, check_entry
from pfh.core.errors import Problem, Problems
from pfh.core.identity_types import AccountId
from pfh.core.money import AmountTooLarge
from pfh.core.period import DateInvalid
from pfh.core.text import TextTooLong
from pfh.core.transaction import (
    AmountNegative,
    Holding,
    Split,
    SplitsMissing,
    SplitsTooMany,
    SplitsUnequal,
    TransferAmountMissing,
    TransferAmountUnequal,
    TransferToItself,
    expense,
    income,
    opening,
    transfer,
)

HEADING = Heading("2026-11-23", "Words")
BANK = Holding(AccountId(1), commodity("EUR"))
SAVINGS = Holding(AccountId(2), commodity("EUR"))
DOLLARS = Holding(AccountId(3), commodity("USD"))
FOOD, PAY, TAX, EXCHANGE, OPENING = (AccountId(number) for number in range(10, 15))


def shown(entry: Entry) -> list[tuple[int, int, int, str]]:
    check_entry(entry)
    return [(leg.line, leg.account_id, leg.amount_minor, leg.commodity) for leg in entry.postings]


def test_income_comes_in_with_deductions() -> None:
    splits = [Split(PAY, 500000), Split(TAX, -120000, "withheld")]
    entry = income(HEADING, BANK, 380000, splits)
    assert shown(entry) == [
        (0, 1, 380000, "EUR"),
        (1, PAY, -500000, "EUR"),
        (2, TAX, 120000, "EUR"),
    ]
    assert [leg.memo for leg in entry.postings] == [None, None, "withheld"]
    assert (entry.transaction_type, entry.heading) == ("income", HEADING)


def test_expense_goes_out() -> None:
    entry = expense(HEADING, BANK, 1234, [Split(FOOD, 1234)])
    assert shown(entry) == [(0, 1, -1234, "EUR"), (1, FOOD, 1234, "EUR")]
    assert entry.transaction_type == "expense"


def test_one_hundred_splits_pass() -> None:
    entry = expense(HEADING, BANK, 100, [Split(FOOD, 1)] * 100)
    assert len(shown(entry)) == 101


@pytest.mark.parametrize(
    ("amount", "splits", "problem", "field"),
    [
        (0, [Split(FOOD, 1), Split(FOOD, -1)], AmountZero, "amount"),
        (-5, [Split(FOOD, -5)], AmountNegative, "amount"),
        (10**15, [Split(FOOD, 10**14)] * 10, AmountTooLarge, "amount"),
        (5, [], SplitsMissing, "categoryId"),
        (101, [Split(FOOD, 1)] * 101, SplitsTooMany, "splits"),
        (5, [Split(FOOD, 4)], SplitsUnequal, "splits"),
        (5, [Split(FOOD, 5), Split(FOOD, 0)], AmountZero, "splits.1.amount"),
        (5, [Split(FOOD, 5, "x" * 2001)], TextTooLong, "splits.0.memo"),
    ],
)
def test_income_and_expense_are_refused_with_the_field(
    amount: int, splits: list[Split], problem: type[Problem], field: str
) -> None:
    for build in (income, expense):
        with pytest.raises(problem) as caught:
            build(HEADING, BANK, amount, splits)
        assert caught.value.field == field
        assert caught.value.fix


def test_unequal_splits_say_by_how_much() -> None:
    with pytest.raises(SplitsUnequal, match=r"sum to 12\.00, the amount is 10\.50") as caught:
        expense(HEADING, BANK, 1050, [Split(FOOD, 1200)])
    assert caught.value.fix == "Change the splits by -1.50 EUR."


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Problems) as caught:
        expense(Heading("2026-02-30"), BANK, -5, [Split(FOOD, 0)])
    assert [(type(item), item.field) for item in caught.value.problems] == [
        (DateInvalid, "transactionDate"),
        (AmountNegative, "amount"),
        (AmountZero, "splits.0.amount"),
        (SplitsUnequal, "splits"),
    ]


@pytest.mark.parametrize("arriving", [None, 5000])
def test_transfer_moves_within_one_currency(arriving: int | None) -> None:
    entry = transfer(
        HEADING, BANK, SAVINGS, 5000, exchange_id=EXCHANGE, transfer_amount_minor=arriving
    )
    assert shown(entry) == [(0, 1, -5000, "EUR"), (1, 2, 5000, "EUR")]
    assert entry.transaction_type == "transfer"


def test_transfer_passes_through_exchange_when_currencies_differ() -> None:
    entry = transfer(
        HEADING, BANK, DOLLARS, 10000, exchange_id=EXCHANGE, transfer_amount_minor=10850
    )
    assert shown(entry) == [
        (0, 1, -10000, "EUR"),
        (1, 3, 10850, "USD"),
        (2, EXCHANGE, 10000, "EUR"),
        (3, EXCHANGE, -10850, "USD"),
    ]


@pytest.mark.parametrize(
    ("target", "amount", "arriving", "problem", "field"),
    [
        (BANK, 5, None, TransferToItself, "transferAccountId"),
        (SAVINGS, 0, None, AmountZero, "amount"),
        (SAVINGS, -5, None, AmountNegative, "amount"),
        (SAVINGS, 10**15, None, AmountTooLarge, "amount"),
        (SAVINGS, 5, 6, TransferAmountUnequal, "transferAmount"),
        (DOLLARS, 5, None, TransferAmountMissing, "transferAmount"),
        (DOLLARS, 5, 0, AmountZero, "transferAmount"),
        (DOLLARS, 5, -6, AmountNegative, "transferAmount"),
        (DOLLARS, 5, 10**15, AmountTooLarge, "transferAmount"),
    ],
)
def test_transfer_is_refused_with_the_field(
    target: Holding, amount: int, arriving: int | None, problem: type[Problem], field: str
) -> None:
    with pytest.raises(problem) as caught:
        transfer(
            HEADING, BANK, target, amount, exchange_id=EXCHANGE, transfer_amount_minor=arriving
        )
    assert caught.value.field == field
    assert caught.value.fix


@pytest.mark.parametrize("amount", [100000, -35000])
def test_opening_takes_either_sign(amount: int) -> None:
    entry = opening(HEADING, BANK, amount, opening_balances_id=OPENING)
    assert shown(entry) == [(0, 1, amount, "EUR"), (1, OPENING, -amount, "EUR")]
    assert entry.transaction_type == "opening"


@pytest.mark.parametrize(("amount", "problem"), [(0, AmountZero), (-(10**15), AmountTooLarge)])
def test_opening_is_refused_with_the_field(amount: int, problem: type[Problem]) -> None:
    with pytest.raises(problem) as caught:
        opening(HEADING, BANK, amount, opening_balances_id=OPENING)
    assert caught.value.field == "openingBalance"


def test_opening_is_refused_when_the_date_is_none() -> None:
    with pytest.raises(DateInvalid):
        opening(Heading("soon"), BANK, 100, opening_balances_id=OPENING)
