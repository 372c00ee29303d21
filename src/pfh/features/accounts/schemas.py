"""JSON of accounts and categories; money is a decimal string with the currency's decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

AccountTypeName = Literal[
    "checking",
    "savings",
    "credit_card",
    "cash",
    "investment",
    "loan",
    "mortgage",
    "property",
    "other",
]
KindName = Literal["income", "expense"]
Order = Annotated[int, Meta(ge=0, le=1_000_000, description="Place among its siblings.")]
Version = Annotated[int, Meta(ge=1, le=2**53, description="Refuses to overwrite a later change.")]


class AccountInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new account.

    `openingBalance` has the sense of `balance` in answers: a card that owes 350.00 has "-350.00".
    `currency` is the household's base currency unless given, `openingDate` today.
    """

    name: str
    account_type: AccountTypeName
    currency: str | None = None
    opening_balance: Decimal | None = None
    opening_date: str | None = None
    parent_id: str | None = None
    external_id: str | None = None


class AccountPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The fields to change; what is left out stays. `parentId` null moves to the top."""

    version: Version | UnsetType = UNSET
    name: str | UnsetType = UNSET
    account_type: AccountTypeName | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    order: Order | UnsetType = UNSET
    opening_balance: Decimal | UnsetType = UNSET
    opening_date: str | UnsetType = UNSET


class AccountView(msgspec.Struct, frozen=True, rename="camel"):
    """An account.

    `balance` is signed: what is owed is negative. `treeBalance` adds everything below it, in the
    account's own currency; null when a rate is missing. `depth` is 0 at the top.
    """

    id: str
    name: str
    account_type: str
    account_class: str
    currency: str
    balance: str
    tree_balance: str | None
    parent_id: str | None
    depth: int
    order: int
    external_id: str | None
    opening_balance: str
    opening_date: str | None
    transaction_count: int
    last_transaction_date: str | None
    is_closed: bool
    version: int
    created_at: str


class AccountAnswer(AccountView, frozen=True, rename="camel"):
    """An account after a write; a read that names `householdSeq` sees the write."""

    household_seq: int


class ClassTotals(msgspec.Struct, frozen=True, rename="camel"):
    """Sums in the base currency; `liabilities` is negative when something is owed.

    `netWorth` is `assets` + `liabilities`; currencies in `missingRates` are in none of the three.
    """

    currency: str
    assets: str
    liabilities: str
    net_worth: str
    missing_rates: list[str]


class AccountList(msgspec.Struct, frozen=True, rename="camel"):
    """Every account, parents before what is below them; it is never paged."""

    items: list[AccountView]
    next_cursor: None
    totals: ClassTotals


class RemovedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Something was removed."""

    id: str
    household_seq: int


class CategoryInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new category; its parent is of the same kind."""

    name: str
    kind: KindName
    parent_id: str | None = None


class CategoryPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The fields to change; what is left out stays. `parentId` null moves to the top."""

    version: Version | UnsetType = UNSET
    name: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    order: Order | UnsetType = UNSET


class MergeInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which category takes over."""

    into_id: str


class CategoryView(msgspec.Struct, frozen=True, rename="camel"):
    """A category; `path` has the names from the top down to its own.

    `transactionCount` counts the postings on it and on what was merged into it, not below it.
    """

    id: str
    name: str
    kind: str
    path: list[str]
    parent_id: str | None
    depth: int
    order: int
    transaction_count: int
    is_system: bool
    merged_into_id: str | None
    version: int


class CategoryAnswer(CategoryView, frozen=True, rename="camel"):
    """A category after a write."""

    household_seq: int


class CategoryList(msgspec.Struct, frozen=True, rename="camel"):
    """Every category, parents first; `merged` are those that were merged away."""

    items: list[CategoryView]
    merged: list[CategoryView]
    next_cursor: None
