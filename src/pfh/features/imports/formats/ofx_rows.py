"""The tags of one OFX transaction, account or balance, to a value.

It exists apart from the reader so that what a tag means can be tested without a file.
"""

from __future__ import annotations

import re
from typing import Final

from pfh.core.commodity import Commodity, commodity
from pfh.core.errors import Problem
from pfh.features.imports.formats.amounts import fast_reader, find_amount, plain, to_minor
from pfh.features.imports.formats.balance_lines import names_balance
from pfh.features.imports.formats.csv_fields import one_line
from pfh.features.imports.formats.csv_mapping import known_currency
from pfh.features.imports.formats.dates import parse_date
from pfh.features.imports.formats.statement import (
    Note,
    RowError,
    RowKind,
    StatementAccount,
    StatementBalance,
    StatementRow,
    Trade,
)

_KINDS: Final = {
    "CHECKING": "checking",
    "SAVINGS": "savings",
    "MONEYMRKT": "savings",
    "CD": "savings",
    "CREDITLINE": "loan",
}
_KINDS_OF_GROUP: Final = {
    "CCACCTFROM": "credit_card",
    "INVACCTFROM": "investment",
    "LOANACCTFROM": "loan",
}
# These move securities and no cash: a reinvestment spends the income that it is paid with.
_WITHOUT_CASH: Final = frozenset({"REINVEST", "SPLIT", "TRANSFER", "JRNLSEC", "CLOSUREOPT"})
_PAID: Final = frozenset({"BUYDEBT", "BUYMF", "BUYOPT", "BUYOTHER", "BUYSTOCK", "INVEXPENSE"})
_NUMBER: Final = re.compile(r"([+-]?)([0-9]+(?:[.,][0-9]*)*|[.,][0-9]+)(-?)")
# Signs and thousands as some banks write them: "1'234.56", "1 234,56" with a hard blank.
# Some banks write the hour and no minutes.
_HOUR: Final = re.compile(r"^(\d{8})\d{2}(?=\[|$)")
_PLAIN: Final = str.maketrans(dict.fromkeys("−–", "-") | dict.fromkeys("'’", None))
# A dollar alone belongs to a dozen countries, these signs to one.
_OWN_SIGN: Final = re.compile(r"R\$|US\$|CA\$|AU\$|NZ\$|HK\$|MX\$")
_SHOWN_MAX: Final = 60
_TRADE_WORDS: Final = {
    "INCOME": "Income",
    "INVEXPENSE": "Expense",
    "MARGININTEREST": "Margin interest",
    "REINVEST": "Reinvestment",
    "RETOFCAP": "Return of capital",
    "SPLIT": "Split",
    "TRANSFER": "Transfer of securities",
    "JRNLFUND": "Transfer of cash",
    "JRNLSEC": "Transfer of securities",
    "CLOSUREOPT": "Option closed",
}


class OfxContext:
    """The statement that rows belong to: its account and its currency."""

    def __init__(self, currency: str | None) -> None:
        """Take the currency of statements that do not say theirs."""
        self._default = currency
        self._declared: str | None = None
        self._unknown = ""
        self.account: StatementAccount | None = None
        self._units: dict[str, Commodity] = {}
        self._dates: dict[str, str | None] = {}

    @property
    def currency(self) -> str:
        """Return the code in force, or nothing."""
        return self._declared or ("" if self._unknown else self._default) or ""

    def declare(self, text: str) -> None:
        """Take what CURDEF says; rows of a currency that nobody knows are errors, not euros."""
        self._declared = known_currency(text)
        self._unknown = "" if self._declared else text.strip()

    def code_of(self, own: str) -> str:
        """Return the currency of a row: its own, else the statement's, else what was given.

        Raises:
            Problem: there is none, or it is none that we know.
        """
        code = known_currency(own) if own else self.currency
        if code:
            return code
        shown = (own or self._unknown)[:_SHOWN_MAX]
        if shown:
            raise Problem(f"“{shown}” is not a currency that we know.", field="currency")
        raise Problem("The file does not say the currency of this row.", field="currency")

    def forget(self) -> None:
        """Start a new statement."""
        self._declared, self._unknown, self.account = None, "", None

    def enter(self, account: StatementAccount) -> StatementAccount:
        """Set the account of the rows that follow."""
        self.account = account
        return account

    def unit(self, code: str) -> Commodity:
        """Return the commodity of a known code."""
        unit = self._units.get(code)
        if unit is None:
            unit = self._units[code] = commodity(code)
        return unit

    def date(self, text: str) -> str | None:
        """Return ISO text, remembering what was read: a file repeats its dates."""
        iso = self._dates.get(text)
        if iso is None:
            iso = ofx_date(text)
            if len(self._dates) < 10_000:  # noqa: PLR2004 -- Memory stays bounded.
                self._dates[text] = iso
        return iso


def ofx_date(text: str) -> str | None:
    """Return the day that the bank wrote, whatever the zone behind it.

    Example: "20140917170000.000[-5:EST]" → "2014-09-17"; "30/06/2025" → "2025-06-30" as no other
    order can be.
    """
    text = _HOUR.sub(r"\1", text)
    found = parse_date(text, "dmy")
    if found is not None and text[:4].isdecimal():
        return found
    other = parse_date(text, "mdy")
    return (found or other) if found is None or other is None or other == found else None


def ofx_minor(text: str, unit: Commodity, *, round_it: bool = False) -> int:
    """Return signed minor units of an OFX amount: a point or a comma before the decimals.

    Raises:
        Problem: the text is no plain number, or does not fit the currency.

    Example: "-530,86" BRL → -53086; "+00000000001111.0000" USD → 111100; "$120" → refused.
    """
    usual = fast_reader(unit.exponent, ".")(text)
    if usual is not None:
        return usual
    found = _NUMBER.fullmatch(_unmarked(text, unit))
    if found is None or (found[1] and found[3]):
        raise Problem(f"“{text[:_SHOWN_MAX]}” is not an amount.", field="amount")
    digits = found[2]
    separator = max(digits.rfind("."), digits.rfind(","))
    decimal = digits[separator] if separator >= 0 else "."
    number = plain(digits, decimal)
    if decimal == "," and len(number.partition(".")[2]) == 3 > unit.exponent:  # noqa: PLR2004
        # "1,500" is a thousand and a half in a currency of two decimals.
        number = number.replace(".", "")
    minor = to_minor(number, unit, round_it=round_it)
    return -minor if "-" in {found[1], found[3]} else minor


def _unmarked(text: str, unit: Commodity) -> str:
    """Return an amount without blanks, and with a minus where it has parentheses or a mark.

    Example: "(12.00)" → "-12.00"; "12.00 DR" → "-12.00"; "R$ -5,00" in reais → "-5,00".
    """
    tight = "".join(text.translate(_PLAIN).split())
    if _NUMBER.fullmatch(tight) or "$" in _OWN_SIGN.sub("", text):
        return tight
    found = find_amount(text)
    if found is None or found.currency not in {None, unit.code}:
        return tight
    return f"{'-' * found.negative}{found.digits}".replace(" ", "").replace("'", "")


def row_of(
    name: str,
    fields: dict[str, str],
    lines: dict[str, int],
    line: int,
    context: OfxContext,
) -> StatementRow | RowError | Note:
    """Return the row of a transaction, or one error that names everything wrong in it.

    A balance that the bank wrote like a movement is a note.
    """
    is_trade = name not in {"STMTTRN", "STMTTRNP"}
    other = _no_movement(fields, line, is_trade=is_trade)
    if other is not None:
        return other
    date_tag, amount_tag = ("DTTRADE", "TOTAL") if is_trade else ("DTPOSTED", "TRNAMT")
    date_text = fields.get(date_tag) or fields.get("DTTRAN") or fields.get("DTSETTLE") or ""
    iso = context.date(date_text) if date_text else None
    wrong: list[tuple[str, str]] = []
    code, amount = "", 0
    try:
        code = context.code_of(fields.get("CURSYM", ""))
        amount = _amount(name, fields, fields.get(amount_tag), context.unit(code))
    except Problem as problem:
        wrong.append(("amount" if code else "currency", problem.detail))
    if iso is None:
        shown = (
            f"“{date_text[:_SHOWN_MAX]}” is not a date." if date_text else "The date is missing."
        )
        wrong.append(("date", shown))
    if wrong or iso is None:
        tag = {"amount": amount_tag, "date": date_tag}.get(wrong[0][0], "")
        return RowError(lines.get(tag, line), wrong[0][0], " ".join(text for _, text in wrong))
    payee, memo = _words(name, fields)
    return StatementRow(
        line,
        iso,
        amount,
        code,
        payee,
        memo,
        fields.get("FITID"),
        None,
        context.account,
        fields.get("CHECKNUM") or fields.get("REFNUM"),
        RowKind.TRADE
        if is_trade
        else RowKind.PENDING
        if name == "STMTTRNP"
        else RowKind.TRANSACTION,
        None,
        (),
        _trade(name, fields) if is_trade else None,
    )


def _no_movement(fields: dict[str, str], line: int, *, is_trade: bool) -> RowError | Note | None:
    """Return what a row is that must not be booked: a balance, or a correction of another row."""
    said = [text for tag in ("NAME", "MEMO") if (text := fields.get(tag, ""))]
    if not is_trade and said and all(map(names_balance, said)):
        return Note(line, "A balance, not a movement.", counted=True)
    corrected = fields.get("CORRECTFITID")
    if corrected and (corrected != fields.get("FITID") or _takes_back(fields)):
        return RowError(line, "row", _correction(fields))
    return None


def _takes_back(fields: dict[str, str]) -> bool:
    return fields.get("CORRECTACTION", "").upper() == "DELETE"


def _correction(fields: dict[str, str]) -> str:
    """Return what to do by hand: what the bank corrects may be booked and changed since."""
    old = fields.get("CORRECTFITID", "")[:_SHOWN_MAX]
    text = one_line(fields.get("NAME") or fields.get("MEMO", ""))[:_SHOWN_MAX]
    if _takes_back(fields):
        return f"The bank takes back its movement {old} ({text}): remove that one in the hub."
    amount = fields.get("TRNAMT") or fields.get("TOTAL", "")
    return (
        f"The bank replaces its movement {old} by this one ({text}, {amount[:_SHOWN_MAX]}): change"
        " that one in the hub."
    )


def _amount(name: str, fields: dict[str, str], text: str | None, unit: Commodity) -> int:
    inside = fields.get("SUBACCTFROM", "") != fields.get("SUBACCTTO", "")
    if name in _WITHOUT_CASH or (name == "JRNLFUND" and inside):
        # Cash between the parts of one account leaves the account as it was.
        return 0
    if not text:
        raise Problem("The amount is missing.", field="amount")
    minor = ofx_minor(text, unit, round_it=name not in {"STMTTRN", "STMTTRNP"})
    return -abs(minor) if name in _PAID else minor


def _words(name: str, fields: dict[str, str]) -> tuple[str, str]:
    """Return payee and memo: a bank that gives only one of them means it as the payee."""
    memo = one_line(fields.get("MEMO", ""))
    payee = one_line(fields.get("NAME") or fields.get("PAYEE") or "")
    if name.startswith("STMTTRN"):
        if payee:
            return payee, memo if memo != payee else ""
        # A bank may say nothing but the kind of movement: "Check 1000" is better than a blank.
        return memo or f"{_kind_words(fields)} {fields.get('CHECKNUM', '')}".strip(), ""
    action = _TRADE_WORDS.get(name) or ("Buy" if name.startswith("BUY") else "Sell")
    security = fields.get("UNIQUEID", "")
    return f"{action} {security}".strip(), memo


def _kind_words(fields: dict[str, str]) -> str:
    word = fields.get("TRNTYPE", "")
    return word if word == "ATM" else word.capitalize()[:_SHOWN_MAX]


def _trade(name: str, fields: dict[str, str]) -> Trade:
    return Trade(
        name,
        fields.get("UNIQUEID", ""),
        fields.get("UNITS", ""),
        fields.get("UNITPRICE", ""),
    )


def account_of(group: str, fields: dict[str, str], currency: str) -> StatementAccount:
    """Return the account of a `…ACCTFROM` group."""
    kind = _KINDS_OF_GROUP.get(group) or _KINDS.get(fields.get("ACCTTYPE", "").upper(), "")
    return StatementAccount(
        fields.get("ACCTID", "")[:200],
        kind,
        currency,
        (fields.get("BANKID") or fields.get("BROKERID") or "")[:200],
    )


def balance_of(
    fields: dict[str, str], line: int, context: OfxContext
) -> StatementBalance | Note | None:
    """Return the ledger balance; None when it is empty, a note when it cannot be read."""
    amount, day = fields.get("BALAMT"), fields.get("DTASOF", "")
    if not amount or not context.currency or context.account is None:
        return None
    unit = context.unit(context.currency)
    iso = context.date(day)
    found = find_amount(amount)
    if iso is None or found is None:
        return Note(line, "The balance of the statement could not be read.")
    separator = max(found.digits.rfind("."), found.digits.rfind(","))
    decimal = found.digits[separator] if separator >= 0 else "."
    try:
        minor = to_minor(plain(found.digits, decimal), unit, round_it=True)
    except Problem:
        return Note(line, "The balance of the statement could not be read.")
    return StatementBalance(context.account, iso, -minor if found.negative else minor, unit.code)
