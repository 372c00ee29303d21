"""Reads a small file and returns what was in it, for the tests of single traps."""

from __future__ import annotations

import io

from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.formats.read import Statement, open_statement
from pfh.features.imports.formats.statement import StatementRow


def read(
    content: str | bytes,
    *,
    currency: str | None = "EUR",
    name: str = "file.csv",
    mapping: Mapping | None = None,
) -> tuple[Statement, list[StatementRow]]:
    """Return the statement, read to its end, with its rows."""
    data = content.encode() if isinstance(content, str) else content
    statement = open_statement(io.BytesIO(data), currency=currency, file_name=name, mapping=mapping)
    return statement, [row for batch in statement.batches() for row in batch]


OFX_HEAD = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

"""


def ofx(rows: str, *, currency: str = "USD", end: str = "", head: str = OFX_HEAD) -> str:
    """Return a bank statement with these transactions."""
    return (
        f"{head}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}\n"
        "<BANKACCTFROM><BANKID>1<ACCTID>22<ACCTTYPE>CHECKING</BANKACCTFROM>\n"
        f"<BANKTRANLIST>\n{rows}"
        + (end or "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n")
    )


def transaction(amount: str = "-1.00", **tags: str) -> str:
    """Return a transaction on one line, with unclosed tags."""
    fields = {"TRNTYPE": "DEBIT", "DTPOSTED": "20230213", "TRNAMT": amount, "FITID": "1"} | tags
    return "<STMTTRN>" + "".join(f"<{tag}>{text}" for tag, text in fields.items()) + "</STMTTRN>\n"
