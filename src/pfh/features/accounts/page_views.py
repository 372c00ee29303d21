"""What the pages of accounts and categories show; docs/reference/pages.md says where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.features.forms.api import CategoryChoice, FormView

TYPE_LABELS = {
    "checking": "Bank account",
    "savings": "Savings",
    "cash": "Cash",
    "credit_card": "Credit card",
    "loan": "Loan",
    "mortgage": "Mortgage",
    "investment": "Investment",
    "property": "Property",
    "other": "Other",
}
TYPE_GROUPS = {
    "checking": "Cash and bank",
    "savings": "Cash and bank",
    "cash": "Cash and bank",
    "credit_card": "Cards and loans",
    "loan": "Cards and loans",
    "mortgage": "Cards and loans",
    "investment": "Investments",
    "property": "Property and other",
    "other": "Property and other",
}
"""Account type → heading; pages list the groups in the order of their first appearance here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account in the tree.

    Attributes:
        account_id: as text, since it goes into addresses.
        account_type: a key of `TYPE_LABELS`.
        depth: 0 at the top of its group.
        balance: decimal text in `currency`; what is owed is negative.
        last_date: ISO day of the latest transaction, None when there is none.
        is_closed: closed ones are listed apart.
    """

    account_id: str
    name: str
    account_type: str
    currency: str
    balance: str
    depth: int = 0
    transaction_count: int = 0
    last_date: str | None = None
    is_closed: bool = False

    @property
    def type_label(self) -> str:
        """The type in a person's words."""
        return TYPE_LABELS.get(self.account_type, "Other")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGroup:
    """Accounts of one heading; `total_minor` is in the base currency, signed as net worth is."""

    name: str
    total_minor: int
    accounts: Sequence[AccountRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsPage:
    """The whole page.

    Attributes:
        currency: the household's base currency, of the totals.
        assets_minor: what is owned; debts_minor: what is owed, positive.
        groups: open accounts by heading.
        closed: closed accounts.
        missing_rates: currencies that the totals leave out for want of a rate.
        add: opens the dialog for a new account at once (`/accounts?add=1`).
        last_date: ISO day of the latest transaction after this month, None when there is none.
    """

    currency: str
    assets_minor: int
    debts_minor: int
    groups: Sequence[AccountGroup]
    closed: Sequence[AccountRow] = ()
    missing_rates: Sequence[str] = ()
    add: bool = False
    last_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """The dialog for a new account, or for changing one.

    Attributes:
        form: `name`, `accountType`, `currency`, `openingBalance`, `openingDate`, `parentId`,
            `version`.
        currencies: (code, name), the base currency first.
        parents: accounts that it can stand below: (id, name).
        account: None for a new one.
    """

    form: FormView
    currencies: Sequence[tuple[str, str]]
    parents: Sequence[tuple[str, str]] = ()
    account: AccountRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """One category in the tree; `amount_minor` of this year, positive, in the base currency."""

    category_id: str
    name: str
    kind: str  # income | expense
    depth: int
    transaction_count: int
    amount_minor: int
    is_system: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoriesPage:
    """The whole page: spending and income, each in the order of its tree."""

    currency: str
    year: str
    categories: Sequence[CategoryRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryForm:
    """The dialog for a new category, for renaming and moving, or for merging.

    Attributes:
        form: `name`, `kind`, `parentId`, `version`; for a merge `intoId`.
        choices: of parents or of targets, without the category itself and what is below it.
        category: None for a new one.
    """

    form: FormView
    choices: Sequence[CategoryChoice]
    category: CategoryRow | None = None
