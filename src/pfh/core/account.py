"""The chart of accounts: classes, types, signs, names and the rules of its tree.

It exists so that "a category", "a credit card" and "equity" obey one set of rules, because all of
them are accounts; see docs/specs/ledger.md §5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pfh.core.errors import Kind, Problem
from pfh.core.identity_types import AccountId
from pfh.core.text import line_problem

NAME_LENGTH_MAX: Final = 100


class AccountClass(StrEnum):
    """The five classes of double entry; the class decides the sign (§5.1)."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def sign(self) -> int:
        """The sign of a posting that makes the account grow: +1 asset and expense, -1 others."""
        return 1 if self in {AccountClass.ASSET, AccountClass.EXPENSE} else -1

    @property
    def is_category(self) -> bool:
        """Whether the screen calls such an account a category."""
        return self in {AccountClass.INCOME, AccountClass.EXPENSE}


class AccountType(StrEnum):
    """What the API calls the kinds of a person's accounts (§5.2)."""

    CHECKING = "checking"
    SAVINGS = "savings"
    CREDIT_CARD = "credit_card"
    CASH = "cash"
    INVESTMENT = "investment"
    LOAN = "loan"
    MORTGAGE = "mortgage"
    PROPERTY = "property"
    OTHER = "other"

    @property
    def account_class(self) -> AccountClass:
        """Liability for what is owed (card, loan, mortgage), asset for everything else."""
        return AccountClass.LIABILITY if self in _OWED else AccountClass.ASSET


_OWED: Final = frozenset({AccountType.CREDIT_CARD, AccountType.LOAN, AccountType.MORTGAGE})


class SystemAccount(StrEnum):
    """The accounts that every household has from the start and nobody can delete (§5.5)."""

    OPENING_BALANCES = "opening_balances"
    EXCHANGE = "exchange"
    UNCATEGORISED_INCOME = "uncategorised_income"
    UNCATEGORISED_EXPENSE = "uncategorised_expense"

    @property
    def account_class(self) -> AccountClass:
        """Equity for the first two, a category's class for the others."""
        return _SYSTEM_ACCOUNTS[self][0]

    @property
    def default_name(self) -> str:
        """The English name that a new household starts with."""
        return _SYSTEM_ACCOUNTS[self][1]


_SYSTEM_ACCOUNTS: Final = {
    SystemAccount.OPENING_BALANCES: (AccountClass.EQUITY, "Opening balances"),
    SystemAccount.EXCHANGE: (AccountClass.EQUITY, "Exchange"),
    SystemAccount.UNCATEGORISED_INCOME: (AccountClass.INCOME, "Uncategorised income"),
    SystemAccount.UNCATEGORISED_EXPENSE: (AccountClass.EXPENSE, "Uncategorised expense"),
}


class AccountTypeUnknown(Problem):
    """No account type has this name."""

    code = "account_type_unknown"


class NameMissing(Problem):
    """A name is empty or holds blanks alone."""

    code = "name_missing"


class ParentNotFound(Problem):
    """The parent is not an account of this household."""

    code = "parent_not_found"


class ParentOfOtherClass(Problem):
    """The parent is of another class than the account."""

    code = "parent_of_other_class"


class AccountTreeCycle(Problem):
    """The move would put an account below itself."""

    code = "account_tree_cycle"
    kind = Kind.CONFLICT


def parse_account_type(text: str, *, field: str = "accountType") -> AccountType:
    """Return the account type of an API name.

    Raises:
        AccountTypeUnknown: naming the nine that there are.
    """
    try:
        return AccountType(text)
    except ValueError:
        raise AccountTypeUnknown(
            "There is no such account type.",
            field=field,
            fix=f"Use one of {', '.join(AccountType)}.",
        ) from None


def checked_name(text: str, *, field: str = "name") -> str:
    """Return a name as it is stored: blanks trimmed, 1 to 100 characters of one line (§5.3).

    Raises:
        NameMissing, TextTooLong, TextNotPrintable.
    """
    name = text.strip()
    if not name:
        raise NameMissing("The name is empty.", field=field, fix="Write at least one character.")
    problem = line_problem(name, field=field, length_max=NAME_LENGTH_MAX)
    if problem is not None:
        raise problem
    return name


def name_key(name: str) -> str:
    """Return what two names are compared by: letters folded, runs of blanks made one (§5.3).

    Example: "Coffee  SHOPS" and "coffee shops" have the same key.
    """
    return " ".join(name.casefold().split())


@dataclass(frozen=True, slots=True)
class AccountNode:
    """An account's place in the tree: its class and its parent, None at the top."""

    account_class: AccountClass
    parent_id: AccountId | None


def check_parent(
    account_class: AccountClass,
    parent_id: AccountId | None,
    tree: Mapping[AccountId, AccountNode],
    *,
    account_id: AccountId | None = None,
    field: str = "parentId",
) -> None:
    """Decide whether an account may stand below a parent (§5.4); any depth is fine.

    Args:
        account_class: of the account that is placed.
        parent_id: None for the top, which is always allowed.
        tree: every account of the household, or at least the parent with all its ancestors.
        account_id: the account that moves; None for a new one, which cannot make a cycle.
        field: the name that a problem carries.

    Raises:
        ParentNotFound, ParentOfOtherClass, AccountTreeCycle.
    """
    if parent_id is None:
        return
    parent = tree.get(parent_id)
    if parent is None:
        raise ParentNotFound(
            "The parent does not exist.", field=field, fix="Choose an existing one, or none."
        )
    if account_id is not None and account_id in (parent_id, *ancestors(parent_id, tree)):
        raise AccountTreeCycle(
            "An account cannot be below itself.", field=field, fix="Choose a parent outside of it."
        )
    if parent.account_class is not account_class:
        raise ParentOfOtherClass(
            f"The parent is of class {parent.account_class}, this one of class {account_class}.",
            field=field,
            fix=f"Choose a parent of class {account_class}.",
        )


def ancestors(
    account_id: AccountId, tree: Mapping[AccountId, AccountNode]
) -> tuple[AccountId, ...]:
    """Return the parents above an account, nearest first, () at the top.

    An account that the tree lacks ends the walk, and so does one met twice: a damaged tree must not
    hang the process, `pfh verify` reports it.
    """
    found: dict[AccountId, None] = {}
    node = tree.get(account_id)
    while node is not None and node.parent_id is not None and node.parent_id not in found:
        found[node.parent_id] = None
        node = tree.get(node.parent_id)
    return tuple(found)
