"""Sums of postings, and what a change moves."""

from __future__ import annotations

import pytest

from pfh.core.balance import (
    BALANCE_LIMIT_MINOR,
    BalanceTooLarge,
    add,
    apply,
    check_balance,
    fold,
    movement,
    unapply,
)
from pfh.core.commodity import commodity
from pfh.core.entry import Heading, Posting
from pfh.core.identity_types import AccountId
from pfh.core.transaction import Holding, Split, expense

BANK, FOOD = AccountId(1), AccountId(2)
HOLDING = Holding(BANK, commodity("EUR"))
POSTINGS = (
    Posting(0, BANK, -1234, "EUR"),
    Posting(1, FOOD, 1234, "EUR"),
    Posting(2, BANK, 2000, "EUR"),
    Posting(3, BANK, 7, "USD"),
)


def test_fold_keeps_commodities_apart_and_leaves_zero_out() -> None:
    assert fold(POSTINGS) == {(BANK, "EUR"): 766, (FOOD, "EUR"): 1234, (BANK, "USD"): 7}
    assert fold([Posting(0, BANK, 5, "EUR"), Posting(1, BANK, -5, "EUR")]) == {}


def test_apply_and_unapply_leave_their_argument_alone() -> None:
    start = {(BANK, "EUR"): 1234}
    after = apply(start, POSTINGS[:2])
    assert after == {(FOOD, "EUR"): 1234}
    assert start == {(BANK, "EUR"): 1234}
    assert unapply(after, POSTINGS[:2]) == start


def test_movement_holds_the_difference_alone() -> None:
    before = expense(Heading("2026-11-23"), HOLDING, 1200, [Split(FOOD, 1200)])
    after = expense(Heading("2026-11-23"), HOLDING, 1500, [Split(FOOD, 1500)])
    renamed = expense(Heading("2026-11-24", "Words"), HOLDING, 1200, [Split(FOOD, 1200)])
    assert movement(before, after) == {(BANK, "EUR"): -300, (FOOD, "EUR"): 300}
    assert movement(None, before) == fold(before.postings)
    assert movement(before, None) == {(BANK, "EUR"): 1200, (FOOD, "EUR"): -1200}
    assert movement(before, renamed) == {}
    assert movement(None, None) == {}


def test_balance_is_refused_when_64_bits_come_near() -> None:
    check_balance(BALANCE_LIMIT_MINOR - 1)
    check_balance(1 - BALANCE_LIMIT_MINOR)
    with pytest.raises(BalanceTooLarge):
        check_balance(-BALANCE_LIMIT_MINOR)
    with pytest.raises(BalanceTooLarge):
        add({(BANK, "EUR"): BALANCE_LIMIT_MINOR - 1}, {(BANK, "EUR"): 1})
