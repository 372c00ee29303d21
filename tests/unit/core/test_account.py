"""Classes, signs, names and the tree of accounts."""

from __future__ import annotations

import pytest

from pfh.core.account import (
    AccountClass,
    AccountNode,
    AccountTreeCycle,
    AccountType,
    AccountTypeUnknown,
    NameMissing,
    ParentNotFound,
    ParentOfOtherClass,
    SystemAccount,
    ancestors,
    check_parent,
    checked_name,
    name_key,
    parse_account_type,
)
from pfh.core.errors import Problem
from pfh.core.identity_types import AccountId
from pfh.core.text import TextNotPrintable, TextTooLong

EXPENSE = AccountClass.EXPENSE
A, B, C, D = (AccountId(number) for number in range(1, 5))


def test_each_type_has_its_class() -> None:
    owed = {name for name in AccountType if name.account_class is AccountClass.LIABILITY}
    assert owed == {"credit_card", "loan", "mortgage"}
    assert {name.account_class for name in set(AccountType) - owed} == {AccountClass.ASSET}
    assert len(AccountType) == 9


def test_each_class_has_its_sign_and_role() -> None:
    assert {name: name.sign for name in AccountClass} == {
        "asset": 1,
        "expense": 1,
        "liability": -1,
        "income": -1,
        "equity": -1,
    }
    assert {name for name in AccountClass if name.is_category} == {"income", "expense"}


def test_system_accounts_have_class_and_name() -> None:
    assert {name: (name.account_class.value, name.default_name) for name in SystemAccount} == {
        "opening_balances": ("equity", "Opening balances"),
        "exchange": ("equity", "Exchange"),
        "uncategorised_income": ("income", "Uncategorised income"),
        "uncategorised_expense": ("expense", "Uncategorised expense"),
    }


def test_parses_an_account_type_and_names_all_when_it_is_unknown() -> None:
    assert parse_account_type("credit_card") is AccountType.CREDIT_CARD
    with pytest.raises(AccountTypeUnknown) as caught:
        parse_account_type("piggy_bank")
    assert caught.value.field == "accountType"
    assert "checking, savings, credit_card" in (caught.value.fix or "")


def test_name_is_trimmed() -> None:
    assert checked_name("  Checking \t") == "Checking"
    assert checked_name("é" * 100) == "é" * 100


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", NameMissing),
        ("  ", NameMissing),
        ("x" * 101, TextTooLong),
        ("a\x00b", TextNotPrintable),
        ("a\nb", TextNotPrintable),
        ("a\ud800", TextNotPrintable),
    ],
)
def test_name_is_refused_when_it_cannot_be_shown(name: str, problem: type[Problem]) -> None:
    with pytest.raises(problem) as caught:
        checked_name(name, field="payee")
    assert caught.value.field == "payee"


def test_names_are_the_same_when_case_and_blanks_differ() -> None:
    assert name_key("Coffee  SHOPS") == name_key("coffee shops")
    assert name_key("STRASSE") == name_key("Straße")
    assert name_key("Coffee") != name_key("Coffees")


TREE = {
    A: AccountNode(EXPENSE, None),
    B: AccountNode(EXPENSE, A),
    C: AccountNode(EXPENSE, B),
    D: AccountNode(AccountClass.INCOME, None),
}


def test_ancestors_are_nearest_first() -> None:
    assert ancestors(C, TREE) == (B, A)
    assert ancestors(A, TREE) == ()
    assert ancestors(AccountId(99), TREE) == ()


def test_ancestors_end_when_the_tree_is_damaged() -> None:
    damaged = {A: AccountNode(EXPENSE, B), B: AccountNode(EXPENSE, A)}
    assert set(ancestors(A, damaged)) == {A, B}


def test_parent_is_accepted_when_class_agrees_and_no_cycle_arises() -> None:
    check_parent(EXPENSE, None, {})
    check_parent(EXPENSE, C, TREE)
    check_parent(EXPENSE, A, TREE, account_id=C)
    deep = {
        AccountId(n): AccountNode(EXPENSE, AccountId(n - 1) if n else None) for n in range(5000)
    }
    check_parent(EXPENSE, AccountId(4999), deep, account_id=AccountId(5000))


@pytest.mark.parametrize(
    ("account_id", "parent_id", "problem"),
    [
        (None, AccountId(99), ParentNotFound),
        (None, D, ParentOfOtherClass),
        (A, A, AccountTreeCycle),
        (A, B, AccountTreeCycle),
        (A, C, AccountTreeCycle),
    ],
)
def test_parent_is_refused_with_the_reason(
    account_id: AccountId | None, parent_id: AccountId, problem: type[Problem]
) -> None:
    with pytest.raises(problem) as caught:
        check_parent(EXPENSE, parent_id, TREE, account_id=account_id)
    assert caught.value.field == "parentId"
    assert caught.value.fix
