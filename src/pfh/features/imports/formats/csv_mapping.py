"""How the columns of a table are read: a value that a person can change and that is remembered.

It exists so that the guess is made once: what was confirmed for a header is used for every later
file with
the same header (`mapping_fingerprint`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from pfh.core.commodity import CurrencyUnknown, commodity
from pfh.features.imports.formats.errors import MappingUnfit

COLUMNS_MAX: Final = 500
DateOrder = Literal["ymd", "dmy", "mdy"]
AmountSign = Literal["asIs", "inverted", "plusIsCredit", "indicator", "indicatorAbsolute"]
SideSigns = Literal["absolute", "plain", "signed"]
TableKind = Literal["bank", "investment", "budget"]


class Mapping(
    msgspec.Struct, frozen=True, rename="camel", kw_only=True, forbid_unknown_fields=True
):
    """Columns are 0-based positions; None or empty where the file has no such column.

    Attributes:
        delimiter: one character.
        quote: what cells may be wrapped in; empty when quotes are ordinary letters.
        header: the header row as written; empty when the file has none. Rows up to it are skipped.
        skip: records before the first data row when there is no header.
        width: usual number of cells of a data row.
        date: column of the booking date.
        date_order: how three numbers are read; a year of four digits in front always wins.
        decimal: the sign before decimals.
        amount: column of the signed amount; else `debit` and `credit`.
        debit: column of money out.
        credit: column of money in.
        sides: what a minus in these two means: `absolute` (nothing, the column alone tells);
            `plain` (the other direction: a refund among the purchases); `signed` (money out, as
            without the columns).
        fee: column subtracted from the amount, or from money out and in.
        indicator: column that says the direction of the amount.
        debit_words: what it says for money out, in small letters.
        sign: how the direction is known: `asIs`; `inverted` (a card that writes purchases as
            positive);
            `plusIsCredit` (unsigned is money out, + or CR is money in); `indicator` (the word times
            the
            amount); `indicatorAbsolute` (the word alone).
        payee: columns, the first that is filled counts.
        payer: column that names the other side of money in, where `payee` names that of money out.
        memo: columns, joined.
        status: column that says pending, declined, …
        commodity: currency of rows that do not say their own.
        kind: a budget holds plans and no movements.
    """

    delimiter: str
    quote: Literal['"', "'", ""] = '"'
    header: tuple[str, ...] = ()
    skip: int = 0
    width: int
    date: int
    date_order: DateOrder = "ymd"
    decimal: Literal[".", ","] = "."
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    sides: SideSigns = "absolute"
    fee: int | None = None
    indicator: int | None = None
    debit_words: tuple[str, ...] = ()
    sign: AmountSign = "asIs"
    payee: tuple[int, ...] = ()
    payer: int | None = None
    memo: tuple[int, ...] = ()
    category: tuple[int, ...] = ()
    account: int | None = None
    currency: int | None = None
    external_id: int | None = None
    reference: int | None = None
    balance: int | None = None
    status: int | None = None
    tags: int | None = None
    action: int | None = None
    security: int | None = None
    quantity: int | None = None
    unit_price: int | None = None
    commodity: str | None = None
    kind: TableKind = "bank"

    def columns(self) -> tuple[int, ...]:
        """Return every position that is read."""
        single = (
            self.date,
            self.payer,
            self.amount,
            self.debit,
            self.credit,
            self.fee,
            self.indicator,
            self.account,
            self.currency,
            self.external_id,
            self.reference,
            self.balance,
            self.status,
            self.tags,
            self.action,
            self.security,
            self.quantity,
            self.unit_price,
        )
        filled = tuple(position for position in single if position is not None)
        return filled + self.payee + self.memo + self.category


def check_mapping(mapping: Mapping) -> None:
    """Refuse a mapping that no file could be read with.

    Raises:
        MappingUnfit: with the field that needs a change.
        CurrencyUnknown: the currency is none that we know.
    """
    if len(mapping.delimiter) != 1 or mapping.delimiter in '\r\n"':
        raise MappingUnfit("The delimiter must be one character.", field="mapping.delimiter")
    if not 0 < mapping.width <= COLUMNS_MAX:
        raise MappingUnfit(
            f"A table has 1 to {COLUMNS_MAX} columns, not {mapping.width}.", field="mapping.width"
        )
    traded = mapping.quantity is not None and mapping.unit_price is not None
    if mapping.amount is None and mapping.debit is None and mapping.credit is None and not traded:
        raise MappingUnfit(
            "No column holds the amount.",
            field="mapping.amount",
            fix="Choose the amount column, or the columns of money out and money in.",
        )
    for position in mapping.columns():
        if not 0 <= position < mapping.width:
            raise MappingUnfit(
                f"Column {position} is not in a table of {mapping.width} columns.",
                field="mapping",
                fix="Choose columns of this file.",
            )
    if mapping.sign.startswith("indicator") and mapping.indicator is None:
        raise MappingUnfit("No column says the direction.", field="mapping.indicator")
    if mapping.commodity is not None:
        commodity(mapping.commodity, field="mapping.commodity")


# What banks write for a currency besides its code: former codes and plain words.
_OTHER_NAMES: Final = {
    "RUR": "RUB",
    "RMB": "CNY",
    "CNH": "CNY",
    "人民币": "CNY",
    "人民幣": "CNY",
    "港币": "HKD",
    "美元": "USD",
    "欧元": "EUR",
    "日元": "JPY",
    "NTD": "TWD",
    "NIS": "ILS",
    "EURO": "EUR",
}


def known_currency(text: str) -> str | None:
    """Return the code when the text is one of a commodity (`eur ` → `EUR`), else None."""
    code = text.strip().upper()
    code = _OTHER_NAMES.get(code, code)
    if not 2 < len(code) < 6:  # noqa: PLR2004 -- Codes have 3 to 5 letters.
        return None
    try:
        return commodity(code).code
    except CurrencyUnknown:
        return None


_NOT_WORD: Final = re.compile(r"[\W_]+")
# Accents of Latin, Greek and Cyrillic letters; the marks of Japanese make another syllable.
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_CAMEL: Final = re.compile(r"([a-z])([A-Z])")
_FOLDED: Final = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ı": "i"})


def normal(text: str) -> str:
    """Fold a header cell: small letters, no accents, single blanks (`Währung (€)` → `wahrung`)."""
    apart = _CAMEL.sub(r"\1 \2", text)
    folded = unicodedata.normalize("NFKD", apart.lower().translate(_FOLDED))
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", folded))
    return _NOT_WORD.sub(" ", folded).strip()


def mapping_fingerprint(delimiter: str, header: Sequence[str], width: int) -> str:
    """Return what names the shape of a table: 32 hexadecimal digits.

    Files of one bank share it whatever their preamble, period and number of rows. Without a header
    the number of columns stands for it.
    """
    shape = "\x1f".join(normal(cell) for cell in header) if header else f"columns {width}"
    return hashlib.sha256(f"{delimiter}\x1e{shape}".encode()).hexdigest()[:32]
