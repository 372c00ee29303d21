"""The files of a generated book, each written as a stream.

CSV: one row for each account and category touched, as a finance program exports it: a split has a
row a part, a transfer has a row in each account with the category `Transfer`. OFX 1.x: one
statement an account, one row for each entry that touches it. hledger and beancount: the whole book
in double entry, an exchange with its total cost (`@@`). JSONL: one array an entry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TextIO

from bench.household import END, START, Entry
from bench.vocabulary import ACCOUNTS, EXPENSE_CATEGORIES, INCOME_CATEGORIES, MEMOS

TRANSFER_CATEGORY: Final = "Transfer"
_QUOTED: Final = {memo: f'"{memo}"' for memo in MEMOS if "," in memo}
_LEDGER_NAME: Final = {name: f"Expenses:{name.replace(' ', '')}" for name in EXPENSE_CATEGORIES} | {
    name: f"Income:{name.replace(' ', '')}" for name in INCOME_CATEGORIES
}
Write = Callable[[Entry], None]


def decimal(amount_minor: int) -> str:
    """Return minor units of a two-decimal currency as text: -5 is `-0.05`."""
    sign = "-" if amount_minor < 0 else ""
    major, minor = divmod(abs(amount_minor), 100)
    return f"{sign}{major}.{minor:02d}"


def csv_writer(file: TextIO, account_files: list[TextIO]) -> Write:
    """Write the whole book to `file` and each account's rows to its own file as well."""
    file.write("date,payee,memo,amount,account,category,currency\n")
    for account_file in account_files:
        account_file.write("date,payee,memo,amount,category,currency\n")
    ends = [f",{account.currency}\n" for account in ACCOUNTS]
    writes = [account_file.write for account_file in account_files]

    def row(account: int, head: str, amount_minor: int, category: str) -> None:
        start = f"{head}{decimal(amount_minor)},"
        end = f"{category}{ends[account]}"
        file.write(f"{start}{ACCOUNTS[account].name},{end}")
        writes[account](f"{start}{end}")

    def write(entry: Entry) -> None:
        memo = _QUOTED.get(entry.memo, entry.memo)
        head = f"{entry.day},{entry.payee},{memo},"
        for category, amount_minor in entry.legs:
            row(entry.account, head, -amount_minor, category)
        if entry.target >= 0:
            row(entry.account, head, -entry.sent_minor, TRANSFER_CATEGORY)
            row(entry.target, head, entry.received_minor, TRANSFER_CATEGORY)

    return write


def ofx_head(account: int) -> str:
    """Return everything before the rows of an OFX 1.02 statement."""
    kind, currency = ACCOUNTS[account].ofx_type, ACCOUNTS[account].currency
    status = "<STATUS>\n<CODE>0\n<SEVERITY>INFO\n</STATUS>\n"
    card = kind == "CREDITCARD"
    opening = (
        "<CREDITCARDMSGSRSV1>\n<CCSTMTTRNRS>\n" if card else "<BANKMSGSRSV1>\n<STMTTRNRS>\n"
    ) + f"<TRNUID>1\n{status}"
    owner = (
        f"<CCSTMTRS>\n<CURDEF>{currency}\n<CCACCTFROM>\n<ACCTID>40000000{account}\n</CCACCTFROM>\n"
        if card
        else f"<STMTRS>\n<CURDEF>{currency}\n<BANKACCTFROM>\n<BANKID>10010010\n"
        f"<ACCTID>10000000{account}\n<ACCTTYPE>{kind}\n</BANKACCTFROM>\n"
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\n"
        "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX>\n<SIGNONMSGSRSV1>\n<SONRS>\n"
        f"{status}<DTSERVER>20260101000000\n<LANGUAGE>ENG\n</SONRS>\n</SIGNONMSGSRSV1>\n"
        f"{opening}{owner}<BANKTRANLIST>\n<DTSTART>{START:%Y%m%d}\n<DTEND>{END:%Y%m%d}\n"
    )


def ofx_foot(account: int, balance_minor: int) -> str:
    """Return everything after the rows, with the closing balance."""
    balance = f"<LEDGERBAL>\n<BALAMT>{decimal(balance_minor)}\n<DTASOF>{END:%Y%m%d}\n</LEDGERBAL>\n"
    if ACCOUNTS[account].ofx_type == "CREDITCARD":
        end = "</CCSTMTRS>\n</CCSTMTTRNRS>\n</CREDITCARDMSGSRSV1>\n</OFX>\n"
    else:
        end = "</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n</OFX>\n"
    return f"</BANKTRANLIST>\n{balance}{end}"


def ofx_writer(files: list[TextIO], balances_minor: list[int]) -> Write:
    """Write each entry to the statements it touches; `balances_minor` is kept up to date."""
    numbers = [0] * len(files)

    def row(account: int, entry: Entry, day: str, amount_minor: int) -> None:
        numbers[account] += 1
        balances_minor[account] += amount_minor
        kind = "DEBIT" if amount_minor < 0 else "CREDIT"
        memo = f"<MEMO>{entry.memo}\n" if entry.memo else ""
        files[account].write(
            f"<STMTTRN>\n<TRNTYPE>{kind}\n<DTPOSTED>{day}\n<TRNAMT>{decimal(amount_minor)}\n"
            f"<FITID>{day}{numbers[account]:07d}\n<NAME>{entry.payee[:32]}\n{memo}</STMTTRN>\n"
        )

    def write(entry: Entry) -> None:
        day = entry.day.replace("-", "")
        row(entry.account, entry, day, -entry.total_minor())
        if entry.target >= 0:
            row(entry.target, entry, day, entry.received_minor)

    return write


def _postings(entry: Entry, indent: str) -> str:
    """Return the postings that hledger and beancount read alike."""
    account = ACCOUNTS[entry.account]
    unit = account.currency
    text = ""
    for category, amount_minor in entry.legs:
        text += f"{indent}{_LEDGER_NAME[category]}  {decimal(amount_minor)} {unit}\n"
    if entry.target >= 0:
        target = ACCOUNTS[entry.target]
        sent = decimal(entry.sent_minor)
        cost = f" @@ {sent} {unit}" if target.currency != unit else ""
        received = decimal(entry.received_minor)
        text += f"{indent}{target.journal}  {received} {target.currency}{cost}\n"
    return f"{text}{indent}{account.journal}  {decimal(-entry.total_minor())} {unit}\n\n"


def hledger_writer(file: TextIO) -> Write:
    """Write a journal for `hledger --strict` and for ledger: every account is declared."""
    file.write("commodity 1000.00 EUR\ncommodity 1000.00 USD\n\n")
    file.writelines(f"account {name}\n" for name in _declared())
    file.write("\n")

    def write(entry: Entry) -> None:
        note = f"  ; {entry.memo}" if entry.memo else ""
        file.write(f"{entry.day} {entry.payee}{note}\n{_postings(entry, '    ')}")

    return write


def beancount_writer(file: TextIO) -> Write:
    """Write a book that `bean-check` accepts: every account is opened on the first day."""
    file.write('option "title" "Generated book"\noption "operating_currency" "EUR"\n\n')
    file.writelines(f"{START} open {name}\n" for name in _declared())
    file.write("\n")

    def write(entry: Entry) -> None:
        file.write(f'{entry.day} * "{entry.payee}" "{entry.memo}"\n{_postings(entry, "  ")}')

    return write


def _declared() -> list[str]:
    return sorted({account.journal for account in ACCOUNTS} | set(_LEDGER_NAME.values()))


def jsonl_writer(file: TextIO) -> Write:
    """Write the entries as they are, one JSON array a line."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def write(entry: Entry) -> None:
        file.write(f"{encode(entry)}\n")

    return write


def write_book(entries: Iterable[Entry], folder: Path, formats: Iterable[str]) -> int:
    """Write a stream of entries to `folder` in the given formats and return how many there were.

    Formats: csv, ofx, hledger, beancount, jsonl. Files: book.csv, csv/<account>.csv,
    ofx/<account>.ofx, book.journal, book.beancount, book.jsonl; an account's file name is its name
    in lower case with dashes. What existed is overwritten.
    """
    count = 0
    with ExitStack() as stack:

        def open_file(name: str) -> TextIO:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            return stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))

        # The statements' ends are written before the files close: the stack runs backwards.
        writers = [_open_writer(kind, open_file, stack) for kind in dict.fromkeys(formats)]
        for entry in entries:
            count += 1
            for write in writers:
                write(entry)
    return count


def _open_writer(kind: str, open_file: Callable[[str], TextIO], stack: ExitStack) -> Write:
    """Open the files of one format and return what writes an entry to them."""
    match kind:
        case "csv":
            return csv_writer(open_file("book.csv"), _open_each("csv", open_file))
        case "ofx":
            statements = _open_each("ofx", open_file)
            balances_minor = [0] * len(ACCOUNTS)
            for index, statement in enumerate(statements):
                statement.write(ofx_head(index))
            stack.callback(_close_statements, statements, balances_minor)
            return ofx_writer(statements, balances_minor)
        case "hledger":
            return hledger_writer(open_file("book.journal"))
        case "beancount":
            return beancount_writer(open_file("book.beancount"))
        case _:
            return jsonl_writer(open_file("book.jsonl"))


def _open_each(kind: str, open_file: Callable[[str], TextIO]) -> list[TextIO]:
    return [open_file(f"{kind}/{account_file(index)}.{kind}") for index in range(len(ACCOUNTS))]


def _close_statements(statements: list[TextIO], balances_minor: list[int]) -> None:
    for index, statement in enumerate(statements):
        statement.write(ofx_foot(index, balances_minor[index]))


def account_file(index: int) -> str:
    """Return the stem of an account's own file: `Blue Card` is `blue-card`."""
    return ACCOUNTS[index].name.lower().replace(" ", "-")
