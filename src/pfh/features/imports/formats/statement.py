"""What every reader of a bank file yields: rows, errors of rows, accounts and balances.

It exists so that the pipeline knows one shape, whatever the format. Rows are named tuples because a
file has a hundred thousand of them: a frozen dataclass costs four times as much to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Format(StrEnum):
    """The formats that can be read."""

    CSV = "csv"
    OFX1 = "ofx1"
    OFX2 = "ofx2"
    QFX = "qfx"


class RowKind(StrEnum):
    """What a row is to the ledger.

    `transaction` is booked money; `trade` is a movement of securities, whose amount is its effect
    on the
    cash of the account (0 for a split or a reinvestment); `pending` is announced and may yet
    change.
    """

    TRANSACTION = "transaction"
    TRADE = "trade"
    PENDING = "pending"


class StatementAccount(NamedTuple):
    """The account that the file speaks of, in the bank's words.

    Attributes:
        external_id: number, IBAN or name as the file writes it; empty when it names none.
        kind: checking, savings, credit_card, investment, loan or other (the hub's own names); empty
            when unknown.
        currency: ISO code in capital letters, or empty.
        bank_id: routing number, BIC or broker, or empty.
        name: what to show, or empty.
    """

    external_id: str
    kind: str = ""
    currency: str = ""
    bank_id: str = ""
    name: str = ""


class Trade(NamedTuple):
    """The security side of a trade row, as decimal text: nothing is rounded on the way in."""

    action: str
    security: str
    quantity: str = ""
    unit_price: str = ""


class StatementRow(NamedTuple):
    """One movement.

    Attributes:
        line: 1-based line in the file where the row starts.
        date: booking date, ISO text.
        amount_minor: signed minor units of `commodity`; positive = the account gained (a purchase
            by
            card is negative, its refund positive).
        commodity: code that `pfh.core.commodity` knows.
        payee: the other side, on one line; empty when the file says nothing.
        memo: what the movement is about; empty when there is nothing beyond the payee.
        external_id: the bank's own id (FITID), or None.
        category: the file's category, or None; levels joined by ":".
        account: the account of the row, or None when the file names none.
        reference: check number or bank reference, or None.
        kind: see RowKind.
        balance_minor: balance of the account after the row, when the file says it.
        tags: labels of the file.
        trade: for a trade, what was traded.
    """

    line: int
    date: str
    amount_minor: int
    commodity: str
    payee: str
    memo: str = ""
    external_id: str | None = None
    category: str | None = None
    account: StatementAccount | None = None
    reference: str | None = None
    kind: RowKind = RowKind.TRANSACTION
    balance_minor: int | None = None
    tags: tuple[str, ...] = ()
    trade: Trade | None = None


class RowError(NamedTuple):
    """Something in the file that cannot be taken.

    Attributes:
        line: 1-based line in the file.
        field: `date`, `amount`, `currency`, `row`, or `file` when the whole file is meant.
        message: one sentence with the offending text.
    """

    line: int
    field: str
    message: str


FILE_FIELD = "file"
"""The `field` of an error that is about the whole file and not about one row."""


@dataclass(frozen=True, slots=True)
class StatementBalance:
    """The balance that the file states, at the end of the date; signed minor units."""

    account: StatementAccount
    date: str
    amount_minor: int
    commodity: str


@dataclass(frozen=True, slots=True)
class Note:
    """A line that was left out on purpose, and why.

    `counted`: it is written like a movement and counts as a row read (a declined payment, a balance
    in
    the amount column); else it is no row at all (a heading inside the table).
    """

    line: int
    reason: str
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """A sentence about the whole file for the person to check."""

    text: str


Item = StatementRow | RowError | StatementAccount | StatementBalance | Note | Caution
"""What a parser yields."""
