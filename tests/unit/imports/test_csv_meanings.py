"""What the cells of a table mean: amounts, sides, dates and lines that are no movement."""

from __future__ import annotations

import pytest

from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.formats.errors import TableUnclear
from tests.unit.imports.statements import read


def _table(head: str, *lines: str) -> str:
    return "\n".join((head, *lines)) + "\n"


@pytest.mark.parametrize(
    ("cells", "currency", "minors"),
    [
        (("$(123.45)", "$67.00"), "USD", [-12345, 6700]),
        (("USD (1,234.50)", "USD 67.00"), "USD", [-123450, 6700]),
        (("1,234.56 (Dr)", "67.00 (Cr)"), "INR", [-123456, 6700]),
        (("1,234.56 Debit", "67.00 Credit"), "INR", [-123456, 6700]),
        (("-1,234円", "5,000円"), "JPY", [-1234, 5000]),
        (("-1.234,00", "67,-"), "EUR", [-123400, 6700]),
        (("-1.500", "12.345"), "KWD", [-1500, 12345]),
        (("-1,500", "12,345"), "TND", [-1500, 12345]),
        (("-1.500", "12.345"), "EUR", [-150000, 1234500]),
        (("-1,500", "12,345"), "EUR", [-150000, 1234500]),
        (("0.500", "1.25"), "BTC", [50000000, 125000000]),
        (("-16.658.01", "1.25"), "BRL", [-1665801, 125]),
        (("-112.500", "30000.000"), "SEK", [-11250, 3000000]),
    ],
)
def test_amount_is_read_when_bank_writes_it_like_this(
    cells: tuple[str, ...], currency: str, minors: list[int]
) -> None:
    lines = (f"2024-03-0{at};Shop;{cell}" for at, cell in enumerate(cells, 1))
    statement, rows = read(_table("Date;Description;Amount", *lines), currency=currency)
    assert statement.errors == []
    assert [(row.amount_minor, row.commodity) for row in rows] == [(m, currency) for m in minors]


@pytest.mark.parametrize(
    ("sides", "minors"),
    [
        (("12.00,", "-5.00,", "3.00,", ",1.00"), [-1200, 500, -300, 100]),
        (("-12.00,", "5.00,", "-3.00,", ",1.00"), [-1200, 500, -300, 100]),
        (("12.00,", ",5.00", ",-3.00", ",1.00"), [-1200, 500, -300, 100]),
        (("12.00,", "3.00,", ",-5.00", ",-1.00"), [-1200, -300, 500, 100]),
        (("12.00,-", "-,5.00", "3.00,-", "-,1.00"), [-1200, 500, -300, 100]),
    ],
)
def test_refund_comes_back_when_it_stands_among_the_purchases(
    sides: tuple[str, ...], minors: list[int]
) -> None:
    lines = [f"2024-01-0{at},Shop,{side}" for at, side in enumerate(sides, 1)]
    statement, rows = read(_table("Date,Description,Debit,Credit", *lines))
    assert [row.amount_minor for row in rows] == minors
    assert statement.errors == []
    assert statement.warnings == []


def test_balance_tells_what_a_minus_means_when_the_columns_alone_do_not() -> None:
    head = "Date,Description,Debit,Credit,Balance"
    lines = ("2024-01-01,A,-12.00,,88.00", "2024-01-02,B,5.00,,93.00", "2024-01-03,C,,1.00,94.00")
    _, rows = read(_table(head, *lines))
    assert [row.amount_minor for row in rows] == [-1200, 500, 100]


def test_direction_is_warned_about_when_one_side_holds_as_many_of_both_signs() -> None:
    head = "Date,Description,Debit,Credit"
    statement, _ = read(_table(head, "2024-01-01,A,-12.00,", "2024-01-02,B,5.00,"))
    assert "both signs" in statement.warnings[0]
    assert statement.guess is not None
    assert statement.guess.confidence <= 0.7


def test_mapping_of_an_earlier_release_reads_sides_as_it_did() -> None:
    mapping = Mapping(delimiter=",", width=4, date=0, payee=(1,), debit=2, credit=3)
    _, rows = read("2024-01-01,A,-12.00,\n2024-01-02,B,5.00,\n", mapping=mapping)
    assert [row.amount_minor for row in rows] == [-1200, -500]


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        ("Date,Text,Amount", ("05/03/2024,A,-1,50", "16/03/2024,B,2,50")),
        # Joined with the text these would be fifty cents.
        ("Date,Text,Amount", ("05/03/2024,A,-1,50", "16/03/2024,B,2", "17/03/2024,C,3")),
        ("Date,Text,Amount,Balance", ("05/03/2024,A,-1,50,98,50", "16/03/2024,B,2,00,100,50")),
        ("Date,Text,Debit,Credit", ("05/03/2024,A,1,50,", "16/03/2024,B,,2,00")),
    ],
)
def test_file_is_refused_when_decimal_commas_cut_its_amounts(
    head: str, lines: tuple[str, ...]
) -> None:
    with pytest.raises(TableUnclear, match="line 2 and others are cut in two"):
        read(_table(head, *lines))


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("10 června 2024", "2024-06-10"),
        ("11 července 2024", "2024-07-11"),
        ("10 lipnja 2024", "2024-06-10"),
        ("11 lipca 2024", "2024-07-11"),
        ("12 prosince 2024", "2024-12-12"),
        ("13 szeptember 2024", "2024-09-13"),
        ("5 ianuarie 2024", "2024-01-05"),
        ("12 Ağustos 2024", "2024-08-12"),
        ("9 мая 2024", "2024-05-09"),
        ("9 Μαΐου 2024", "2024-05-09"),
        ("Tue 05/03/2024", "2024-03-05"),
        ('="05/03/2024"', "2024-03-05"),
        ("'05/03/2024", "2024-03-05"),
        ("05/03/2024 10:00 GMT+1", "2024-03-05"),
        ("2024-03-05 10:00:00 America/New_York", "2024-03-05"),
    ],
)
def test_date_is_read_when_bank_writes_it_like_this(cell: str, day: str) -> None:
    lines = (f"{cell};Shop;-1,50", "25/03/2024;Shop;-1,50")
    statement, rows = read(_table("Date;Description;Amount", *lines))
    assert statement.errors == []
    assert rows[0].date == day


def test_order_of_dates_is_no_question_when_they_have_dots() -> None:
    lines = ("05.03.2024;A;-1,50", "06.03.2024;B;2,50")
    statement, rows = read(_table("Datum;Text;Betrag", *lines), currency="USD")
    assert [row.date for row in rows] == ["2024-03-05", "2024-03-06"]
    assert statement.warnings == []


def test_year_of_two_digits_is_first_when_the_rows_then_lie_close_together() -> None:
    days = ("24-03-05", "24-03-16", "24-03-28")
    _, rows = read(_table("Date;Text;Amount", *(f"{day};A;-1,50" for day in days)))
    assert [row.date for row in rows] == [f"20{day}" for day in days]


def test_days_that_a_spreadsheet_counts_are_explained_when_they_are_refused() -> None:
    statement, _ = read(_table("Date;Text;Amount", "45356;A;-1,50"))
    assert "how a spreadsheet counts days" in statement.errors[0].message


@pytest.mark.parametrize(
    "line",
    [
        "31.03.2024;Kontostand am 31.03.2024;108,50",
        "31.03.2024;SOLDE AU 31/03/2024;108,50",
        "31.03.2024;Saldo per 31. March 2024;108,50",
        "Summe;;8,50",
        "Total général;;8,50",
    ],
)
def test_line_is_left_out_when_it_is_a_balance_or_a_total(line: str) -> None:
    lines = ("05.03.2024;A;-1,50", "26.03.2024;Saldo Market 24;10,00", line)
    statement, rows = read(_table("Datum;Text;Betrag", *lines))
    assert [row.payee for row in rows] == ["A", "Saldo Market 24"]
    assert statement.errors == []
    assert [note.line for note in statement.notes] == [4]


def test_purchases_are_money_out_when_the_bill_of_the_card_is_paid_with_a_minus() -> None:
    lines = ("2024-03-05,AMAZON,1.50", "2024-03-06,REWE,2.50", "2024-03-07,SHELL,2.50")
    head = "Transaction Date,Description,Amount"
    statement, rows = read(_table(head, *lines, "2024-03-08,PAYMENT THANK YOU,-6.50"))
    assert [row.amount_minor for row in rows] == [-150, -250, -250, 650]
    assert "check this" in statement.warnings[0]


def test_payee_is_there_when_its_name_is_short_and_the_table_has_no_header() -> None:
    _, rows = read("2024-03-05,BP,-1.50\n2024-03-06,O2,2.50\n")
    assert [row.payee for row in rows] == ["BP", "O2"]


def test_row_is_an_error_when_its_money_stands_in_a_column_that_is_not_read() -> None:
    lines = ("3/5/2024,A,-20.00,", "3/16/2024,B,50.00,", "3/16/2024,C,,-7.00")
    statement, rows = read(_table("Date,Description,CAD$,USD$", *lines), currency="CAD")
    assert [row.payee for row in rows] == ["A", "B"]
    assert [(error.line, error.field) for error in statement.errors] == [(4, "amount")]
    assert "-7.00" in statement.errors[0].message
