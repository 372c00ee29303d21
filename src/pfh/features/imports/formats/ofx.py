"""OFX 1.x, OFX 2.x and QFX statements of banks, cards and brokers, to rows.

It exists as one reader for both syntaxes: what differs is the header alone. Memory does not grow
with the file. A file that is cut off gives the rows before the cut and says where it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TextIO

from pfh.features.imports.formats.ofx_rows import OfxContext, account_of, balance_of, row_of
from pfh.features.imports.formats.ofx_tokens import LineCount, Token, tokens
from pfh.features.imports.formats.statement import (
    FILE_FIELD,
    Caution,
    Item,
    Note,
    RowError,
    StatementRow,
)

TRADES: Final = frozenset(
    [
        "BUYDEBT",
        "BUYMF",
        "BUYOPT",
        "BUYOTHER",
        "BUYSTOCK",
        "CLOSUREOPT",
        "INCOME",
        "INVEXPENSE",
        "JRNLFUND",
        "JRNLSEC",
        "MARGININTEREST",
        "REINVEST",
        "RETOFCAP",
        "SELLDEBT",
        "SELLMF",
        "SELLOPT",
        "SELLOTHER",
        "SELLSTOCK",
        "SPLIT",
        "TRANSFER",
    ]
)
_OUT: Final = frozenset(
    ["DEBIT", "CHECK", "PAYMENT", "ATM", "POS", "FEE", "SRVCHG", "DIRECTDEBIT", "CASH", "REPEATPMT"]
)
_ROW_STARTS: Final = TRADES | {"STMTTRN", "STMTTRNP"}
_STATEMENTS: Final = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS", "LOANSTMTRS"})
_ACCOUNTS: Final = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "LOANACCTFROM"})
_LISTS: Final = frozenset({"BANKTRANLIST", "INVTRANLIST", "LOANTRANLIST", "BANKTRANLISTP"})
# What can only come after the rows of a list: it ends a row whose own end is missing.
_ROW_ENDS: Final = (
    frozenset(f"/{name}" for name in _LISTS | _STATEMENTS)
    | {"LEDGERBAL", "AVAILBAL", "/OFX", "INVPOSLIST", "INVBAL"}
    | _STATEMENTS
)
_SCOPES: Final = frozenset({"CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "PAYEE", "SECID"})
_SCOPES_READ: Final = frozenset({"CURRENCY", "PAYEE", "SECID"})
_LOCATED: Final = frozenset({"TRNAMT", "DTPOSTED", "TOTAL", "DTTRADE"})
_BALANCES: Final = frozenset({"LEDGERBAL", "AVAILBAL"})


def read_rows(
    stream: TextIO, currency: str | None, report: Callable[[Item], None]
) -> Iterator[StatementRow]:
    """Yield the rows of a statement and report everything else; see `read_items`."""
    for item in read_items(stream, currency):
        if item.__class__ is StatementRow:
            yield item
        else:
            report(item)


def read_items(stream: TextIO, currency: str | None = None) -> Iterator[Item]:
    """Yield rows, errors, accounts and balances of a statement, in the order of the file.

    Args:
        stream: text of the file, line ends untouched.
        currency: for statements that do not say theirs.
    """
    return _Reader(currency).read(stream)


class _Reader:
    """The state between tags: which row, account, balance or status is open."""

    def __init__(self, currency: str | None) -> None:
        self._context = OfxContext(currency)
        self._row: str | None = None
        self._fields: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        self._row_line = 0
        self._scope = ""
        self._group: str | None = None
        self._group_fields: dict[str, str] = {}
        self._group_line = 0
        # How often what the bank calls money out has a minus, and how often it has none.
        self._out = [0, 0]
        self._seen_root = False
        self._closed = False

    def read(self, stream: TextIO) -> Iterator[Item]:
        position = LineCount()
        for token in tokens(stream, position):
            if self._row is not None:
                if self._fill(token):
                    continue
                yield from self._end_row()
                if token.name[1:] == "STMTTRN" or token.name[1:] in _ROW_STARTS:
                    continue
            if token.name in _ROW_STARTS:
                self._start_row(token)
            else:
                yield from self._outside(token)
        yield from self._end(position.line)

    def _fill(self, token: Token) -> bool:
        """Take a tag inside a row; False when the row ends here."""
        name, value, line = token
        if name[1:] == self._row or name in _ROW_STARTS or name in _ROW_ENDS:
            return False
        if name[0] == "/":
            if name[1:] == self._scope:
                self._scope = ""
        elif name in _SCOPES and not value:
            self._scope = name
        elif value:
            if self._scope and self._scope not in _SCOPES_READ:
                return True
            if name not in self._fields:
                self._fields[name] = value
                if name in _LOCATED:
                    self._lines[name] = line
        return True

    def _start_row(self, token: Token) -> None:
        self._row, self._row_line = token.name, token.line
        self._fields, self._lines, self._scope = {}, {}, ""

    def _end_row(self) -> Iterator[Item]:
        name = self._row
        self._row = None
        if name is not None:
            row = row_of(name, self._fields, self._lines, self._row_line, self._context)
            if isinstance(row, StatementRow) and self._fields.get("TRNTYPE") in _OUT:
                self._out[row.amount_minor > 0] += 1
            yield row

    def _outside(self, token: Token) -> Iterator[Item]:
        name, value, line = token
        if name == "OFX":
            self._seen_root = True
        elif name == "/OFX":
            self._closed = True
        elif name == "CURDEF" and value:
            self._context.declare(value)
        elif name in _STATEMENTS:
            self._context.forget()
        elif name in _ACCOUNTS or name in _BALANCES or name == "STATUS":
            yield from self._end_group()
            self._group, self._group_fields, self._group_line = name, {}, line
        elif self._group is not None:
            if name[1:] == self._group or name in _LISTS:
                yield from self._end_group()
            elif value and name[0] != "/":
                self._group_fields.setdefault(name, value)

    def _end_group(self) -> Iterator[Item]:
        name, fields, line = self._group, self._group_fields, self._group_line
        self._group = None
        if name in _ACCOUNTS:
            yield self._context.enter(account_of(name, fields, self._context.currency))
        elif name == "LEDGERBAL":
            balance = balance_of(fields, line, self._context)
            if balance is not None:
                yield balance
        elif name == "STATUS":
            yield from _status(fields, line)

    def _end(self, line: int) -> Iterator[Item]:
        if self._group is not None:
            yield from self._end_group()
        signed, unsigned = self._out
        if unsigned > signed:
            yield Caution(
                f"{unsigned} movements are called debits, payments or fees and have no minus: they"
                " were read as money in. Check the direction."
            )
        if self._seen_root and self._closed:
            return
        if self._row is not None:
            text = "The file is cut off inside a transaction; the rows before it were read."
        elif self._seen_root:
            text = "The file is cut off before its end (</OFX> is missing); its rows were read."
        else:
            text = "The file has an OFX header and no statement in it."
        yield RowError(line, FILE_FIELD, text)


def _status(fields: dict[str, str], line: int) -> Iterator[Item]:
    code, severity = fields.get("CODE", "0"), fields.get("SEVERITY", "").upper()
    if code.strip("0") == "":
        return
    words = fields.get("MESSAGE") or fields.get("MESSAGE2") or "it gives no reason"
    if severity == "ERROR" or (severity not in {"INFO", "WARN"} and code != "0"):
        yield RowError(line, FILE_FIELD, f"The bank answered with error {code[:20]}: {words[:500]}")
    else:
        yield Note(line, f"The bank says ({code[:20]}): {words[:500]}")
