"""Amounts as banks write them, to plain decimal text and to minor units.

It exists because `1.234,56`, `(1,234.56)`, `1'234.56-`, `£ 12.00 CR` and `−12,00 zł` are all money,
and `core.money` reads one exact form alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from pfh.core.commodity import Commodity
from pfh.core.money import AmountTooPrecise, parse_minor
from pfh.features.imports.formats.csv_mapping import SideSigns, known_currency

Number = TypeVar("Number", int, Decimal)
# What stands in an amount column for nothing.
BLANK_CELLS: Final = frozenset({"", "-", "--", "–", "—", "n/a", "na", "null", "none"})
_TEXT_LENGTH_MAX: Final = 48
_GROUP: Final = 3
_DIGITS_MAX: Final = 15
_MINUS: Final = str.maketrans(
    dict.fromkeys("−–—‐‑‒﹣－", "-")
    | dict.fromkeys("\xa0\u2007\u2008\u2009\u200a\u202f\u2002\u2003\t", " ")
    | dict.fromkeys("’´`ʼ", "'")
    | dict.fromkeys("\u200b\u200e\u200f\u202a\u202c\ufeff", None)
)
_NUMBER: Final = (
    r"\d{1,3}(?:[ '.,]\d{3})+(?:[.,]\d*)?|\d{1,3}(?:,\d{2})+,\d{3}(?:\.\d*)?"
    r"|\d+(?:[.,]\d*)?|[.,]\d+"
)
_WORD: Final = r"[^\W\d_]{0,4}[$€£¥₹₽₺₴₪₩₫฿₱₦]|[^\W\d_]{1,6}\.?"
_AMOUNT: Final = re.compile(
    rf"(?:(?P<outer>{_WORD}) ?(?=\())?"
    rf"(?P<open>\()? ?(?P<before>[+-])? ?(?P<lead>{_WORD})? ?(?P<inner>[+-])? ?"
    rf"(?P<number>{_NUMBER})"
    r" ?(?P<after>[+-])?"
    rf" ?(?P<unit>{_WORD})? ?(?P<close>\))?"
    r" ?(?P<mark>[^\W\d_]{1,3}\.?|\([^\W\d_]{1,3}\.?\))? ?(?P<last>[+-])?"
)
# "67,-" is written for "67,00" in several countries: its dash is no minus.
_NO_CENTS: Final = re.compile(r"(?<=\d)[.,]--?(?=[^\d(]*$)")
_SYMBOLS: Final = {
    "€": "EUR",
    "£": "GBP",
    "zł": "PLN",
    "zl": "PLN",
    "kč": "CZK",
    "kc": "CZK",
    "r$": "BRL",
    "us$": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "mx$": "MXN",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "₩": "KRW",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₦": "NGN",
    "fr": "CHF",
    "sfr": "CHF",
    "ft": "HUF",
    "euro": "EUR",
    "tl": "TRY",
    "руб": "RUB",
    "грн": "UAH",
    "лв": "BGN",
    "円": "JPY",
    "元": "CNY",
    "원": "KRW",
}
# Signs that several currencies share: they are skipped and say nothing.
_SHARED: Final = frozenset({"$", "¥", "kr", "rs", "lei", "din"})
_CREDIT_MARKS: Final = frozenset({"cr", "c", "h", "k", "+", "credit", "haben"})
_DEBIT_MARKS: Final = frozenset({"dr", "db", "d", "s", "-", "debit", "soll"})


class Amount(NamedTuple):
    """A number found in a cell.

    Attributes:
        negative: it carries a minus, parentheses or a debit mark.
        marked_credit: it carries a plus or a credit mark.
        digits: unsigned text with the separators of the file.
        currency: code, when the cell names one.
    """

    negative: bool
    marked_credit: bool
    digits: str
    currency: str | None


def find_amount(text: str) -> Amount | None:
    """Return the amount that the whole cell is, or None.

    Example: "(1,234.56) USD" → negative, digits "1,234.56", currency "USD"; "2 days" → None.
    """
    if len(text) > _TEXT_LENGTH_MAX:
        return None
    cleaned = " ".join(text.translate(_MINUS).split())
    if cleaned.startswith(('="', "='")) and cleaned.endswith(cleaned[1]):
        cleaned = cleaned[2:-1]
    if cleaned[-1:] == "-" or ",-" in cleaned:
        cleaned = _NO_CENTS.sub("", cleaned)
    found = _AMOUNT.fullmatch(cleaned.removeprefix("'"))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    signs = {found["before"], found["inner"], found["after"], found["last"]} - {None}
    currency = None
    for word in (found["outer"], found["lead"], found["unit"], found["mark"]):
        if not word:
            continue
        meaning = _meaning(word)
        if meaning is None:
            return None
        if meaning in {"+", "-"}:
            signs.add(meaning)
        else:
            currency = meaning or currency
    negative = "-" in signs or bool(found["open"])
    return Amount(negative, "+" in signs, found["number"], currency)


def _meaning(word: str) -> str | None:
    """Return "+", "-", a currency, "" for a sign that says nothing, or None for another word."""
    small = word.lower().strip("().")
    if small in _CREDIT_MARKS:
        return "+"
    if small in _DEBIT_MARKS:
        return "-"
    if small in _SHARED:
        return ""
    return _SYMBOLS.get(small) or known_currency(small)


def plain(digits: str, decimal: str) -> str:
    """Return digits with a point before the decimals and nothing between thousands.

    A single separator that cannot divide thousands is taken for the decimal one, whatever `decimal`
    says.

    Example: ("1.234,5", ",") → "1234.5"; ("12.50", ",") → "12.50"; ("1.234", ",") → "1234";
    ("16.658.01", ",") → "16658.01"; ("1.2.3", ".") → "1.2.3", which is no number.
    """
    digits = digits.replace(" ", "").replace("'", "")
    point, comma = digits.rfind("."), digits.rfind(",")
    if point >= 0 and comma >= 0:
        decimal = "." if point > comma else ","
    else:
        position = max(point, comma)
        if position >= 0:
            separator = digits[position]
            head, _, tail = digits.rpartition(separator)
            if separator in head and len(tail) != _GROUP:
                # "16.658.01": the last one stands before decimals, or the number is broken.
                parts = head.split(separator)
                whole = len(tail) < _GROUP and all(len(part) == _GROUP for part in parts[1:])
                return f"{''.join(parts)}.{tail}" if whole else digits
            if separator in head:
                decimal = "," if separator == "." else "."
            elif separator != decimal and not _divides_thousands(digits, position):
                decimal = separator
    return digits.replace("," if decimal == "." else ".", "").replace(decimal, ".")


def sided(number: Number, sign: int, sides: SideSigns) -> Number:
    """Return the signed amount of a cell in a column of one direction (`sign`: -1 out, 1 in).

    Example: (5, -1, "plain") → -5; (-5, -1, "plain") → 5; (-5, -1, "signed") → -5.
    """
    if sides == "signed":
        return number
    return sign * (abs(number) if sides == "absolute" else number)


def _divides_thousands(digits: str, position: int) -> bool:
    return len(digits) - position == 4 and 0 < position <= 3 and digits[0] != "0"  # noqa: PLR2004


def to_minor(number: str, unit: Commodity, *, round_it: bool = False) -> int:
    """Return minor units of plain unsigned decimal text.

    Noise of binary fractions (`12.340000000000002`) is dropped: six decimals beyond the commodity's
    agree.

    Args:
        number: text from `plain`.
        unit: gives the number of decimals.
        round_it: round half to even instead of refusing more decimals (units times price in a
            trade).

    Raises:
        AmountTooPrecise, AmountTooLarge, AmountMalformed.
    """
    try:
        return parse_minor(number, unit)
    except AmountTooPrecise:
        exact = Decimal(number).scaleb(unit.exponent)
        rounded = exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        if not round_it and abs(exact - rounded) > Decimal("0.000001"):
            raise
        return int(rounded)


@lru_cache(maxsize=64)
def fast_reader(exponent: int, decimal: str) -> Callable[[str], int | None]:
    """Return a reader of the usual shape (`-12.34`, all decimals there), None for others."""
    separator, cut = -exponent - 1, -exponent
    thousands = "." if decimal == "," else ","

    def read(text: str) -> int | None:
        if text[separator:cut] != decimal:
            return None
        digits = text[:separator] + text[cut:]
        if not digits.isdecimal():
            unsigned = digits[1:] if digits[:1] == "-" else digits
            if not unsigned.isdecimal():
                digits = digits.replace(thousands, "")
                unsigned = digits[1:] if digits[:1] == "-" else digits
                if not unsigned.isdecimal():
                    return None
        return int(digits) if len(digits) <= _DIGITS_MAX else None

    def read_whole(text: str) -> int | None:
        if text.isdecimal() and len(text) <= _DIGITS_MAX:
            return int(text)
        return None

    return read if exponent else read_whole
