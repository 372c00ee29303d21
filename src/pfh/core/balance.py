"""Balances as sums of postings, and the differences that a change makes.

It exists so that the stored balances, the projection and `pfh verify` add up in the same way, in
any order of commits; see docs/specs/ledger.md §9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from pfh.core.entry import Entry, Posting
from pfh.core.errors import Kind, Problem
from pfh.core.identity_types import AccountId

BALANCE_LIMIT_MINOR: Final = 10**18
"""Every balance satisfies |balance| < 10^18 minor units, which leaves 64 bits room to add."""

BalanceKey: TypeAlias = tuple[AccountId, str]
"""(account, commodity code)."""
Balances: TypeAlias = dict[BalanceKey, int]
"""Key → signed minor units, debit positive; a key whose sum is zero is absent."""


class BalanceTooLarge(Problem):
    """A balance would reach 10^18 minor units."""

    code = "balance_too_large"
    kind = Kind.CONFLICT


class TotalTooLarge(Problem):
    """The transactions of one kind and commodity would sum to 10^18 minor units."""

    code = "total_too_large"
    kind = Kind.CONFLICT


def fold(postings: Iterable[Posting]) -> Balances:
    """Sum postings per (account, commodity); zero sums are left out; any order gives the same.

    Example: bank -1234 EUR, food +1234 EUR, bank +2000 EUR → {bank: 766, food: 1234} in EUR.
    """
    sums: Balances = {}
    for posting in postings:
        key = (posting.account_id, posting.commodity)
        sums[key] = sums.get(key, 0) + posting.amount_minor
    return {key: total for key, total in sums.items() if total}


def apply(balances: Mapping[BalanceKey, int], postings: Iterable[Posting]) -> Balances:
    """Return the balances after the postings; the given ones stay as they are.

    Raises:
        BalanceTooLarge: a balance would reach 10^18 minor units.
    """
    return add(balances, fold(postings))


def unapply(balances: Mapping[BalanceKey, int], postings: Iterable[Posting]) -> Balances:
    """Return the balances before the postings; it undoes `apply`."""
    return add(balances, {key: -total for key, total in fold(postings).items()})


def movement(before: Entry | None, after: Entry | None) -> Balances:
    """Return what a change adds to the balances (§8.2).

    Args:
        before: the live entry; None when it is created or restored.
        after: the new entry; None when it is deleted.

    Returns:
        Only the keys that move: {} when nothing but words changed.

    Example: food 12.00 → 15.00 EUR from the bank: {bank: -300, food: +300}.
    """
    gone: Balances = {} if before is None else fold(before.postings)
    come: Balances = {} if after is None else fold(after.postings)
    return add(come, {key: -total for key, total in gone.items()})


def add(balances: Mapping[BalanceKey, int], movements: Mapping[BalanceKey, int]) -> Balances:
    """Return balances plus movements, without the keys that become zero.

    Raises:
        BalanceTooLarge: a balance would reach 10^18 minor units.
    """
    result = dict(balances)
    for key, moved in movements.items():
        total = result.get(key, 0) + moved
        check_balance(total)
        if total:
            result[key] = total
        else:
            result.pop(key, None)
    return result


def check_balance(balance_minor: int) -> None:
    """Raise `BalanceTooLarge` unless |balance| < 10^18 minor units."""
    if abs(balance_minor) >= BALANCE_LIMIT_MINOR:
        raise BalanceTooLarge(
            "The balance of the account would become too large.",
            field="amount",
            fix="Correct the amount, or spread the money over several accounts.",
        )


def check_total(total_minor: int, transaction_type: str, commodity_code: str) -> None:
    """Raise `TotalTooLarge` unless the sum of a kind of transactions is < 10^18 minor units."""
    if total_minor >= BALANCE_LIMIT_MINOR:
        raise TotalTooLarge(
            f"All transactions of type {transaction_type} in {commodity_code} together would come"
            " to more than the books can count.",
            field="amount",
            fix="Correct the amount: its decimal separator, or the currency.",
        )
