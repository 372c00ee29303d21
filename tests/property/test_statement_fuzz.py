"""Whatever the bytes are, a reader ends, keeps its promises and raises nothing but a problem."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from pfh.core.errors import Problem
from pfh.features.imports.formats.amounts import find_amount, plain
from pfh.features.imports.formats.dates import parse_date
from pfh.features.imports.formats.read import Statement, open_statement
from pfh.features.imports.formats.statement import StatementRow

_OFX = (
    b"OFXHEADER:100\nCHARSET:1252\n\n<OFX><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1"
    b"</BANKACCTFROM><BANKTRANLIST>\n<STMTTRN><DTPOSTED>20230213<TRNAMT>-1.00<FITID>1"
    b"<NAME>A &amp; B</STMTTRN>\n<!-- x --><STMTTRN><DTPOSTED>20230214</DTPOSTED>"
    b"<TRNAMT>2,00<FITID>2</STMTTRN>"
    b"</BANKTRANLIST><LEDGERBAL><BALAMT>1<DTASOF>20230214</LEDGERBAL></STMTRS></OFX>\n"
)
_CSV = (
    b'Date;Payee;Amount;Currency;Status\n13.02.2023;"A ""x""\nB";-1.234,50;EUR;Booked\n'
    b"14.02.2023;C;2,00;USD;Pending\n;more;;;\n15.02.2023;Saldo;3,00;EUR;Booked\n"
)
_PIECES = (
    *(b"<STMTTRN>", b"</STMTTRN>", b"<OFX>", b"<TRNAMT>", b"<![CDATA[", b"<!--", b"]]>", b"&#0;"),
    *(b'"', b'""', b"\n", b"\r", b"\0", b";", b",", b"\t", b"\xff", b"\xe9", b"\xef\xbb\xbf"),
    *(b"2023-02-13", b"01/02/2023", b"-1.00", b"1.000,00", b"Date,Amount\n", b"EUR", b"sep=;\n"),
)


def _read(data: bytes, name: str) -> tuple[Statement | None, list[StatementRow]]:
    try:
        statement = open_statement(io.BytesIO(data), currency="EUR", file_name=name)
        return statement, [row for batch in statement.batches(3) for row in batch]
    except Problem:
        return None, []


def _check(data: bytes, name: str) -> None:
    statement, rows = _read(data, name)
    for row in rows:
        assert re.fullmatch(r"(19|20|21)\d\d-\d\d-\d\d", row.date)
        assert abs(row.amount_minor) < 10**15
        assert 1 <= row.line <= data.count(b"\n") + data.count(b"\r") + 1
        assert "\0" not in row.payee + row.memo
    if statement is not None:
        assert statement.rows_given == len(rows)
        assert statement.rows_read >= len(rows)
        assert all(error.message for error in statement.errors)


def _mutated(base: bytes) -> st.SearchStrategy[bytes]:
    edit = st.tuples(
        st.integers(0, len(base)),
        st.integers(0, 20),
        st.sampled_from(_PIECES) | st.binary(max_size=8),
    )

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = base
        for at, gone, piece in edits:
            data = data[:at] + piece + data[at + gone :]
        return data

    return st.lists(edit, min_size=1, max_size=6).map(apply)


@given(st.binary(max_size=400) | st.lists(st.sampled_from(_PIECES), max_size=60).map(b"".join))
@settings(max_examples=300, deadline=None)
def test_reader_ends_with_rows_or_a_problem_when_bytes_are_arbitrary(data: bytes) -> None:
    _check(data, "x.csv")
    _check(b"OFXHEADER:100\n<OFX>" + data, "x.qfx")


@given(_mutated(_OFX))
@settings(max_examples=300, deadline=None)
def test_reader_ends_with_rows_or_a_problem_when_an_ofx_is_damaged(data: bytes) -> None:
    _check(data, "x.ofx")


@given(_mutated(_CSV))
@settings(max_examples=300, deadline=None)
def test_reader_ends_with_rows_or_a_problem_when_a_table_is_damaged(data: bytes) -> None:
    _check(data, "x.csv")


_WORDS = st.text(st.sampled_from("abcdeäößéñ żł &'/.-"), min_size=2, max_size=20).map(str.strip)
_PAYEES = _WORDS.filter(lambda text: sum(map(str.isalpha, text)) > 2 and find_amount(text) is None)
_MOVEMENTS = st.lists(
    st.tuples(
        st.dates(date(2001, 1, 13), date(2035, 12, 31)),
        st.integers(-(10**9), 10**9).filter(bool),
        _PAYEES,
    ),
    min_size=5,
    max_size=20,
)


def _written(minor: int, decimal: str, thousands: str) -> str:
    whole, cents = divmod(abs(minor), 100)
    digits = f"{whole:,}".replace(",", thousands)
    return f"{'-' if minor < 0 else ''}{digits}{decimal}{cents:02}"


@given(
    movements=_MOVEMENTS,
    delimiter=st.sampled_from(",;\t|"),
    style=st.sampled_from([(".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", "'")]),
    day=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%S"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=150, deadline=None)
def test_movements_come_back_when_they_are_written_in_any_dialect(
    movements: list[tuple[date, int, str]],
    delimiter: str,
    style: tuple[str, str],
    day: str,
    end: str,
    encoding: str,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["Date", "Payee", "Amount"])
    for when, minor, payee in movements:
        writer.writerow([when.strftime(day), payee, _written(minor, *style)])
    _, rows = _read(text.getvalue().encode(encoding), "x.csv")
    assert [(row.date, row.amount_minor) for row in rows] == [
        (when.isoformat(), minor) for when, minor, _ in movements
    ]
    assert [row.payee for row in rows] == [" ".join(payee.split()) for _, _, payee in movements]


@given(st.text(max_size=60))
@settings(deadline=None)
def test_single_cells_are_read_or_refused_when_they_are_arbitrary(text: str) -> None:
    found = find_amount(text)
    if found is not None:
        assert re.fullmatch(r"\d*\.?\d*", plain(found.digits, "."))
    for order in ("ymd", "dmy", "mdy"):
        day = parse_date(text, order)
        assert day is None or date.fromisoformat(day).isoformat() == day
