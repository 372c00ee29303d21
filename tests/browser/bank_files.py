"""Bank files as a bank would give them, small enough to check by hand."""

from __future__ import annotations

from collections.abc import Iterable

Row = tuple[str, str, str, str]  # FITID, day as YYYYMMDD, amount, payee

ROWS: tuple[Row, ...] = (
    ("F1", "20261102", "3000.00", "Analytical Engines Ltd"),
    ("F2", "20261103", "-950.00", "Green Homes Rent"),
    ("F3", "20261105", "-84.12", "Fresh & Co Supermarket"),
    ("F4", "20261107", "-4.80", "Corner Bakery"),
)
RECEIVED, SPENT, KEPT = "€3,000.00", "€1,038.92", "€1,961.08"

_HEADER = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n"
    "CHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)


def _transaction(row: Row) -> str:
    identifier, day, amount, payee = row
    kind = "DEBIT" if amount.startswith("-") else "CREDIT"
    name = payee.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{identifier}<NAME>{name}"
        "</STMTTRN>\r\n"
    )


def ofx(rows: Iterable[Row] = ROWS, *, account: str = "0012345678") -> bytes:
    """Return an OFX 1.0.2 statement in euros."""
    return (
        _HEADER + "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        "<DTSERVER>20261123<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>\r\n"
        "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        f"<STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>{account}<ACCTTYPE>CHECKING"
        "</BANKACCTFROM>\r\n<BANKTRANLIST><DTSTART>20261101<DTEND>20261130\r\n"
        + "".join(_transaction(row) for row in rows)
        + "</BANKTRANLIST><LEDGERBAL><BALAMT>1961.08<DTASOF>20261123</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
    ).encode("cp1252")


def qfx(rows: Iterable[Row] = ROWS) -> bytes:
    """Return the same as Quicken gets it: with the bank's number at its maker."""
    return ofx(rows, account="99887766").replace(
        b"<LANGUAGE>ENG", b"<LANGUAGE>ENG<INTU.BID>3000<INTU.USERID>ada"
    )


def csv(rows: Iterable[Row] = ROWS, *, header: str = "Date,Payee,Amount") -> bytes:
    """Return a table with a header."""
    lines = [header]
    lines += [
        f'{day[:4]}-{day[4:6]}-{day[6:]},"{payee}",{amount}' for _, day, amount, payee in rows
    ]
    return "\n".join(lines).encode()


def many(count: int) -> list[Row]:
    """Return many rows of one year, a shop and a day each."""
    return [
        (
            f"M{index}",
            f"2026{1 + index % 11:02}{1 + index % 28:02}",
            f"-{1 + index % 90}.{index % 100:02}",
            f"Shop {index % 12}",
        )
        for index in range(count)
    ]
