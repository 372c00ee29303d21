"""JSON of transactions (docs/reference/openapi.json): decimal strings out, exact decimals in."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

TypeName = Literal["income", "expense", "transfer"]
StatusName = Literal["pending", "cleared", "reconciled"]


PAGE_DEFAULT, PAGE_MAX = 50, 200
PageLimit = Annotated[int, Meta(ge=1, le=PAGE_MAX, description="Rows of a page.")]


class SplitInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A share of the amount that goes to one category."""

    amount: Decimal
    category_id: str
    memo: str | None = None


class TransactionInput(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A transaction as a person states it: positive amount, direction in `transactionType`."""

    amount: Decimal
    transaction_type: TypeName
    transaction_date: str
    account_id: str
    description: str = ""
    category_id: str | None = None
    transfer_account_id: str | None = None
    transfer_amount: Decimal | None = None
    splits: list[SplitInput] | None = None
    payee: str | None = None
    notes: str | None = None
    tags: list[str] | None = None
    status: StatusName = "cleared"


class TransactionPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The fields to change; what is left out stays. `version` guards against a lost update."""

    version: int | UnsetType = UNSET
    amount: Decimal | UnsetType = UNSET
    transaction_type: TypeName | UnsetType = UNSET
    transaction_date: str | UnsetType = UNSET
    account_id: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    category_id: str | UnsetType | None = UNSET
    transfer_account_id: str | UnsetType | None = UNSET
    transfer_amount: Decimal | UnsetType | None = UNSET
    splits: list[SplitInput] | UnsetType | None = UNSET
    payee: str | UnsetType | None = UNSET
    notes: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    status: StatusName | UnsetType = UNSET


class TransactionFilter(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What transactions may be narrowed by; all conditions must hold, dates are inclusive.

    `accountId` and `categoryId` include what is below them, `q` is searched in payee, description,
    notes and memos, amounts are compared with the amount shown.
    """

    first_date: Annotated[str, Meta(description="First day, YYYY-MM-DD.")] | None = msgspec.field(
        default=None, name="from"
    )
    last_date: Annotated[str, Meta(description="Last day, YYYY-MM-DD.")] | None = msgspec.field(
        default=None, name="to"
    )
    account_id: str | None = None
    category_id: str | None = None
    payee_id: str | None = None
    import_id: str | None = None
    tag: str | None = None
    min_amount: str | None = None
    max_amount: str | None = None
    q: str | None = None
    transaction_type: Literal["income", "expense", "transfer", "opening"] | None = None
    status: StatusName | None = None


class TransactionQuery(TransactionFilter, frozen=True, rename="camel", omit_defaults=True):
    """A page of what a filter leaves."""

    cursor: Annotated[str, Meta(description="nextCursor of the page before.")] | None = None
    limit: PageLimit | None = None


class TrashQuery(msgspec.Struct, frozen=True, rename="camel"):
    """Which page of the trash."""

    cursor: Annotated[str, Meta(description="nextCursor of the page before.")] | None = None
    limit: PageLimit = PAGE_DEFAULT


class SplitView(msgspec.Struct, frozen=True, rename="camel"):
    """One share of an income or expense."""

    amount: str
    category_id: str
    category_name: str
    memo: str | None


class TransactionView(msgspec.Struct, frozen=True, rename="camel"):
    """A transaction; `splits` has every share, also when there is one; `categoryId` only then.

    `amount` is positive; that of an opening balance is signed like the balance of its account.
    """

    id: str
    transaction_date: str
    transaction_type: str
    description: str
    amount: str
    currency: str
    account_id: str
    account_name: str
    category_id: str | None
    category_name: str | None
    transfer_account_id: str | None
    transfer_account_name: str | None
    transfer_amount: str | None
    transfer_currency: str | None
    splits: list[SplitView]
    payee: str | None
    payee_id: str | None
    notes: str | None
    tags: list[str]
    status: str
    import_id: str | None
    version: int
    created_at: str


class TransactionAnswer(TransactionView, frozen=True, rename="camel"):
    """A transaction after a write; a read that names `householdSeq` sees the write."""

    household_seq: int


class UndoneAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """The last thing was undone; `transaction` is null when undoing moved it to the trash."""

    id: str
    household_seq: int
    transaction: TransactionView | None


class DeletedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A transaction went to the trash."""

    id: str
    household_seq: int


class TotalView(msgspec.Struct, frozen=True, rename="camel"):
    """Sums of a filter in one currency; money in and out are positive, `net` is signed."""

    currency: str
    income: str
    expenses: str
    net: str
    transfers: str


class TotalsView(msgspec.Struct, frozen=True, rename="camel"):
    """Sums of everything that the filter matches, not of the page."""

    transaction_count: int
    by_currency: list[TotalView]


class TransactionList(msgspec.Struct, frozen=True, rename="camel"):
    """A page; `totals` is null on later pages, since the first one gave them."""

    items: list[TransactionView]
    next_cursor: str | None
    totals: TotalsView | None


class TrashView(TransactionView, frozen=True, rename="camel"):
    """A deleted transaction."""

    deleted_at: str


class TrashList(msgspec.Struct, frozen=True, rename="camel"):
    """A page of the trash, latest first."""

    items: list[TrashView]
    next_cursor: str | None


class HistoryItem(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that happened to a transaction, with how it looked after (and before)."""

    event: str
    occurred_at: str
    actor_id: str | None
    before: TransactionView | None
    after: TransactionView | None


class HistoryList(msgspec.Struct, frozen=True, rename="camel"):
    """What happened to a transaction, latest first."""

    items: list[HistoryItem]
