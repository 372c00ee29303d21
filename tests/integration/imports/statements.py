"""Small bank files for the tests of the pipeline."""

from __future__ import annotations

CSV = b"""Date,Payee,Memo,Amount
2026-03-01,Corner Bakery,rolls,-3.20
2026-03-01,Corner Bakery,rolls,-3.20
2026-03-02,Acme Payroll,March salary,2500.00
2026-03-05,Green Grocer,,-45.10
"""

CATEGORIES = b"""Date,Payee,Amount,Category,Account
2026-03-01,Green Grocer,-45.10,Food:Groceries,Everyday
2026-03-02,Green Grocer,5.00,Food:Groceries,Everyday
2026-03-03,Zoo,-30.00,Outings:Zoo,Everyday
2026-03-04,Acme Payroll,2500.00,Salary,Savings pot
"""


def ofx(*rows: tuple[str, str, str, str], currency: str = "EUR", account: str = "998877") -> bytes:
    """Return an OFX 1.02 statement with (FITID, date, amount, name) rows."""
    items = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{date}<TRNAMT>{amount}<FITID>{fitid}<NAME>{name}"
        "</STMTTRN>\n"
        for fitid, date, amount, name in rows
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\n"
        "CHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}\n"
        f"<BANKACCTFROM><BANKID>1<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>\n"
        f"<BANKTRANLIST>\n{items}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    ).encode()
