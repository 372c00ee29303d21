"""What the transaction pages show; rows and totals are those of the API.

It exists so that the page, its fragments and the JSON of `/api/transactions` cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pfh.features.forms.api import AccountChoice, CategoryChoice, FormView
from pfh.features.ledger.schemas import TotalsView, TransactionView, TrashView

FILTER_NAMES = (
    *("q", "from", "to", "accountId", "categoryId", "payeeId", "importId", "tag"),
    *("minAmount", "maxAmount", "transactionType", "status"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChip:
    """One filter that is set, in words, with the query that is left without it."""

    label: str
    query_without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRows:
    """One page of rows.

    Attributes:
        rows: newest first, at most 30.
        next_cursor: of the page below, None at the end.
        query: the filter's parameters as given, names of `FILTER_NAMES`, without empty ones.
        cursor: of this page, "" for the first.
        can_write: whether rows have boxes and buttons.
    """

    rows: Sequence[TransactionView]
    next_cursor: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""
    can_write: bool = True

    @property
    def query_string(self) -> str:
        """The filter as a query string, `` when there is none."""
        return urlencode(dict(self.query))

    @property
    def this_url(self) -> str:
        """Where this page of rows comes from."""
        return "/transactions/rows?" + urlencode({**self.query, "cursor": self.cursor})

    @property
    def next_url(self) -> str:
        """Where the rows below come from."""
        return "/transactions/rows?" + urlencode({**self.query, "cursor": self.next_cursor or ""})

    @property
    def month_before(self) -> str:
        """The month that the page above ended with; its heading is not repeated."""
        return self.cursor[:7]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionChoices:
    """What the lists of choice of the filter and of the forms offer.

    Attributes:
        accounts: open ones, in the order of their groups.
        categories: all that are not merged away, in the order of their tree.
        tags: names, in alphabetical order.
        today: ISO day of the person, the default of a new transaction.
        account_id: where the last one was booked, the default of a new transaction.
    """

    accounts: Sequence[AccountChoice]
    categories: Sequence[CategoryChoice]
    tags: Sequence[str] = ()
    today: str
    account_id: str = ""

    @property
    def currency(self) -> str:
        """The currency of the default account; EUR when there is none."""
        chosen = [one for one in self.accounts if str(one.account_id) == self.account_id]
        return (chosen or list(self.accounts[:1]))[0].currency if self.accounts else "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionForm:
    """A form for one transaction, new or changed.

    Attributes:
        form: values by the names of `TransactionInput` (`transactionType`, `amount`, `payee`, …),
            plus `tags` (comma between), `version`, and `splits.0.amount`, `splits.0.categoryId`,
            `splits.0.memo`, `splits.1.…`.
        choices: of its lists.
        entry_id: None for a new one.
        place: `inline` above the list, `dialog`, or `row` in place of a row.
        split_count: how many split lines the values have; 0 for a single category.
    """

    form: FormView
    choices: TransactionChoices
    entry_id: str | None = None
    place: str = "dialog"
    split_count: int = 0

    @property
    def kind(self) -> str:
        """The direction: `expense` unless something else was chosen."""
        return self.form.values.get("transactionType", "expense")

    @property
    def currency(self) -> str:
        """The currency of the account in the form."""
        chosen = self.form.values.get("accountId", self.choices.account_id)
        for account in self.choices.accounts:
            if str(account.account_id) == chosen:
                return account.currency
        return self.choices.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeSuggestion:
    """A payee used before, with what the last transaction with it was."""

    name: str
    category_id: str = ""
    transaction_type: str = "expense"
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsPage:
    """The whole page.

    Attributes:
        list: the first page of rows.
        totals: of everything that the filter matches; None when the page asks for them afterwards.
        choices: for the filter and the forms.
        chips: the filters set, in words.
        quick_add: the form above the list.
        account_name: when the filter is one account: its name for the title, with its balance.
        account_balance: decimal text in `account_currency`.
        is_book_empty: no transaction exists at all, filtered or not.
    """

    list: TransactionRows
    totals: TotalsView | None
    choices: TransactionChoices
    quick_add: TransactionForm
    chips: Sequence[FilterChip] = ()
    account_name: str | None = None
    account_balance: str | None = None
    account_currency: str | None = None
    is_book_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashPage:
    """What was deleted, latest first."""

    rows: Sequence[TrashView]
    next_cursor: str | None = None
