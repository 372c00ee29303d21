"""What the demo plan is made of: accounts, categories and transactions by name, without ids.

They exist so that the plan is pure: it can be read, tested and drawn without a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

AccountType: TypeAlias = Literal["checking", "savings", "credit_card", "cash", "investment", "loan"]
TransactionType: TypeAlias = Literal["income", "expense", "transfer"]
Status: TypeAlias = Literal["pending", "cleared", "reconciled"]
# The names from the root of the tree to the category: `("Food", "Groceries")`.
CategoryPath: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to open; `opening_minor` is signed: what is owed is negative."""

    name: str
    account_type: AccountType
    currency: str
    opening_minor: int
    opening_day: date


@dataclass(frozen=True, slots=True)
class DemoCategory:
    """A category that must exist before the transactions are written."""

    path: CategoryPath
    kind: Literal["income", "expense"]


@dataclass(frozen=True, slots=True)
class DemoSplit:
    """A part of a transaction, in minor units of its account; the parts add up to the amount."""

    amount_minor: int
    category: CategoryPath
    memo: str = ""


@dataclass(frozen=True, slots=True)
class DemoTransaction:
    """One movement as a person would enter it.

    `amount_minor` is positive, in minor units of the account's currency; the direction is in
    `transaction_type`. A refund is an income with an expense category. `category` is None when the
    movement is still to be reviewed, when it is a transfer and when `splits` holds the categories.
    `received_minor` is what arrives in `transfer_account`, or None when that is the same amount.
    """

    day: date
    transaction_type: TransactionType
    amount_minor: int
    account: str
    description: str
    payee: str = ""
    category: CategoryPath | None = None
    splits: tuple[DemoSplit, ...] = ()
    transfer_account: str | None = None
    received_minor: int | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    status: Status = "cleared"


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A whole household, its transactions sorted by day."""

    accounts: tuple[DemoAccount, ...]
    categories: tuple[DemoCategory, ...]
    transactions: tuple[DemoTransaction, ...]
