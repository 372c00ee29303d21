"""Tables that are ragged, mixed, cut or hostile."""

from __future__ import annotations

import msgspec
import pytest

from pfh.core.commodity import CurrencyUnknown
from pfh.features.imports.formats.csv_mapping import Mapping, check_mapping, mapping_fingerprint
from pfh.features.imports.formats.errors import MappingUnfit, TableUnclear
from pfh.features.imports.formats.statement import FILE_FIELD, RowKind
from tests.unit.imports.statements import read

_HEAD = "Date,Payee,Amount\n"


def test_rows_are_read_when_line_ends_are_old_mac_mixed_or_doubled() -> None:
    for end in ("\r", "\r\n", "\n", "\r\r\n"):
        _, rows = read(f"{_HEAD}2023-02-13,A,-1.00\n2023-02-14,B,-2.00\n".replace("\n", end))
        assert [row.amount_minor for row in rows] == [-100, -200], repr(end)
    _, rows = read(f"{_HEAD}2023-02-13,A,-1.00\r\n2023-02-14,B,-2.00\n2023-02-15,C,-3.00\r\n")
    assert [row.line for row in rows] == [2, 3, 4]


def test_line_numbers_are_those_of_the_file_when_cells_hold_line_ends() -> None:
    statement, rows = read(f'{_HEAD}2023-02-13,"A\nB\nC",-1.00\n2023-02-14,D,x\n2023-02-15,E,2\n')
    assert [(row.line, row.payee) for row in rows] == [(2, "A B C"), (6, "E")]
    assert [(error.line, error.field) for error in statement.errors] == [(5, "amount")]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("2023-02-30,A,1.00", "date"),
        ("0000-00-00,A,1.00", "date"),
        ("9999-12-31,A,1.00", "date"),
        ("2023-02-13,A,NaN", "amount"),
        ("2023-02-13,A,inf", "amount"),
        ("2023-02-13,A,1e9", "amount"),
        ("2023-02-13,A,1.005", "amount"),
        ("2023-02-13,A,99999999999999999999", "amount"),
        ("2023-02-13,A,1_000.00", "amount"),
        ("2023-02-13," + "x" * 20_000 + ",1.00", "row"),
    ],
)
def test_row_is_one_error_with_its_line_when_a_cell_cannot_be_taken(line: str, field: str) -> None:
    good = "2023-02-13,Good,-1.00\n"
    statement, rows = read(f"{_HEAD}{good * 3}{line}\n{good}")
    assert len(rows) == 4
    assert [(error.line, error.field) for error in statement.errors] == [(5, field)]
    assert statement.rows_read == 5


def test_float_noise_is_dropped_when_a_program_exports_binary_fractions() -> None:
    _, rows = read(f"{_HEAD}2023-02-13,A,-12.340000000000002\n2023-02-14,B,5.109999999999999\n")
    assert [row.amount_minor for row in rows] == [-1234, 511]


def test_pending_is_marked_and_declined_is_left_out_when_there_is_a_status() -> None:
    statement, rows = read(
        "Date,Payee,Amount,Status\n2023-02-13,A,-1.00,Completed\n2023-02-14,B,-2.00,Pending\n"
        "2023-02-15,C,-3.00,Declined\n2023-02-16,D,-4.00,Completed\n"
    )
    assert [(row.payee, row.kind) for row in rows] == [
        ("A", RowKind.TRANSACTION),
        ("B", RowKind.PENDING),
        ("D", RowKind.TRANSACTION),
    ]
    assert (statement.rows_read, statement.notes[0].line) == (4, 4)


def test_balance_line_is_left_out_when_it_stands_between_movements() -> None:
    statement, rows = read(
        "Data,Histórico,Valor\n01/02/2023,Saldo Anterior,100.00\n13/02/2023,Compra,-5.00\n"
    )
    assert [row.payee for row in rows] == ["Compra"]
    assert statement.rows_read == 2


def test_continuation_joins_the_memo_when_only_a_text_is_there() -> None:
    _, rows = read(
        "Date,Description,Out,In\n13/02/2023,SHOP,5.00,\n,card 1234,,\n14/02/2023,PAY,,9\n"
    )
    assert [(row.payee, row.memo) for row in rows] == [("SHOP", "card 1234"), ("PAY", "")]


def test_text_is_joined_when_it_holds_bare_delimiters() -> None:
    _, rows = read(
        "Date,Payee,Amount,Currency\n2023-02-13,A,-1.00,EUR\n2023-02-14,B, and C,-2.00,EUR\n"
    )
    assert [(row.payee, row.amount_minor) for row in rows] == [("A", -100), ("B, and C", -200)]


def test_rows_are_read_when_one_quote_is_never_closed() -> None:
    rows_text = "".join(f"2023-02-13,Payee {n},-1.00\n" for n in range(40))
    _, rows = read(f'{_HEAD}{rows_text}2023-02-13,"12 inch,-1.00\n{rows_text}')
    assert len(rows) >= 80


def test_nul_bytes_become_blanks_when_they_stand_in_the_text() -> None:
    statement, rows = read(f"{_HEAD}2023-02-13,A\0B,-1.00\n")
    assert rows[0].payee == "A B"
    assert "NUL" in statement.warnings[-1]


def test_reading_stops_with_the_rows_before_when_a_line_has_no_end() -> None:
    rows_text = "2023-02-13,A,-1.00\n" * 20_000
    statement, rows = read(f"{_HEAD}{rows_text}{'x' * 3_000_000}")
    assert statement.errors[0].field == FILE_FIELD
    assert len(rows) > 10_000


def test_rows_differ_in_currency_when_the_file_has_a_column_for_it() -> None:
    statement, rows = read(
        "Date,Payee,Amount,Currency\n2023-02-13,A,-1.00,EUR\n2023-02-13,B,-100,JPY\n"
        "2023-02-13,C,-1.000,KWD\n2023-02-13,D,-1.00,XQX\n2023-02-14,E,-1.00,EUR\n"
    )
    assert [(row.amount_minor, row.commodity) for row in rows] == [
        (-100, "EUR"),
        (-100, "JPY"),
        (-1000, "KWD"),
        (-100, "EUR"),
    ]
    assert [(error.line, error.field) for error in statement.errors] == [(5, "currency")]


def test_every_row_asks_for_a_currency_when_none_is_known() -> None:
    statement, rows = read(f"{_HEAD}2023-02-13,A,-1.00\n", currency=None)
    assert (rows, statement.errors[0].field) == ([], "currency")


def test_bare_dollars_stay_dollars_when_the_account_is_in_euro() -> None:
    _, rows = read(f"{_HEAD}2023-02-13,A,-$1.00\n")
    assert rows[0].commodity == "USD"
    _, rows = read(f"{_HEAD}2023-02-13,A,-$1.00\n", currency="CAD")
    assert rows[0].commodity == "CAD"


def test_errors_are_counted_and_the_first_thousand_kept_when_all_rows_are_wrong() -> None:
    statement, rows = read(f"{_HEAD}2023-02-13,A,-1.00\n" + "2023-02-13,A,bad\n" * 3_000)
    assert (len(rows), len(statement.errors), statement.error_count) == (1, 1_000, 3_000)


def test_file_is_refused_when_it_is_no_table_of_money() -> None:
    for text in ("hello\nworld\n", "a,b,c\n1,2,3\n", "Date,Payee\n2023-01-01,A\n"):
        with pytest.raises(TableUnclear) as refused:
            read(text)
        assert refused.value.fix


def test_empty_statement_has_no_rows_when_only_its_header_is_there() -> None:
    statement, rows = read("Buchungstag;Empfänger;Verwendungszweck;Betrag\n")
    assert (rows, statement.errors) == ([], [])
    assert statement.warnings


def test_mapping_is_refused_when_the_file_has_another_header() -> None:
    statement, _ = read(f"{_HEAD}2023-02-13,A,-1.00\n")
    assert statement.guess is not None
    with pytest.raises(MappingUnfit):
        read("Datum;Text;Betrag\n13.02.2023;A;-1,00\n", mapping=statement.guess.mapping)


def test_mapping_survives_json_and_reads_a_longer_preamble_when_remembered() -> None:
    statement, rows = read(f"{_HEAD}2023-02-13,A,-1.00\n")
    assert statement.guess is not None
    kept = msgspec.json.encode(statement.guess.mapping)
    mapping = msgspec.json.decode(kept, type=Mapping)
    _, again = read(f"My bank\n\nAccount,1\n{_HEAD}2023-02-13,A,-1.00\n", mapping=mapping)
    assert [row._replace(line=2) for row in again] == rows


@pytest.mark.parametrize(
    "changed",
    [
        {"delimiter": ";;"},
        {"delimiter": "\n"},
        {"width": 501},
        {"amount": None},
        {"amount": 7},
        {"date": -1},
        {"payee": (99,)},
        {"sign": "indicator"},
    ],
)
def test_mapping_is_refused_when_no_file_could_be_read_with_it(changed: dict[str, object]) -> None:
    mapping = Mapping(delimiter=",", width=3, date=0, amount=2, payee=(1,))
    check_mapping(mapping)
    with pytest.raises(MappingUnfit):
        check_mapping(msgspec.structs.replace(mapping, **changed))


def test_mapping_is_refused_when_its_currency_is_unknown() -> None:
    with pytest.raises(CurrencyUnknown):
        check_mapping(Mapping(delimiter=",", width=3, date=0, amount=2, commodity="XQX"))


def test_fingerprint_is_the_same_when_only_case_accents_and_blanks_differ() -> None:
    first = mapping_fingerprint(";", ["Währung", " Betrag (€) "], 2)
    assert first == mapping_fingerprint(";", ["wahrung", "BETRAG"], 2)
    assert first != mapping_fingerprint(",", ["wahrung", "BETRAG"], 2)


def test_order_of_dates_is_warned_about_when_nothing_tells_it() -> None:
    statement, rows = read("Date,Payee,Amount\n01/02/2023,A,-1.00\n01/02/2023,B,-1.00\n")
    assert rows[0].date == "2023-02-01"
    assert any("day/month/year" in warning for warning in statement.warnings)
    _, rows = read("Date,Payee,Amount\n01/02/2023,A,-1.00\n", currency="USD")
    assert rows[0].date == "2023-01-02"


def test_order_of_dates_follows_the_even_one_when_the_other_jumps() -> None:
    days = ["12/30/2022", "01/02/2023", "01/05/2023", "02/01/2023"]
    _, rows = read(_HEAD + "".join(f"{day},A,-1.00\n" for day in days))
    assert rows[1].date == "2023-01-02"


def test_balance_proves_the_direction_when_purchases_are_written_positive() -> None:
    _, rows = read(
        "Date,Payee,Amount,Balance\n2023-02-13,A,10.00,90.00\n2023-02-14,B,5.00,85.00\n"
        "2023-02-15,Refund,-20.00,105.00\n"
    )
    assert [row.amount_minor for row in rows] == [-1000, -500, 2000]


def test_amount_is_asked_for_when_no_heading_names_it() -> None:
    statement, _ = read("Tag,Wer,Filiale,Was\n13.02.2023,A,17,-1.50\n14.02.2023,B,17,2.50\n")
    assert statement.guess is not None
    assert statement.guess.mapping.amount == 3
    assert statement.guess.confidence < 0.7
    assert "“was”" in statement.warnings[0]


def test_amount_is_asked_for_when_two_columns_hold_it_in_turns() -> None:
    statement, _ = read(
        "Date,Payee,Amount,Amount2\n2023-02-13,A,0.00,33.50\n2023-02-14,B,12.50,0.00\n"
    )
    assert statement.guess is not None
    assert statement.guess.confidence < 0.7


def test_balance_tells_the_amount_when_headings_do_not() -> None:
    statement, rows = read(
        "Tag,Wer,Hin,Her,Rest\n13.02.2023,A,1.50,,98.50\n14.02.2023,B,,2.50,101.00\n"
        "15.02.2023,C,1.00,,100.00\n"
    )
    assert [row.amount_minor for row in rows] == [-150, 250, -100]
    assert statement.warnings == []


def test_person_is_told_when_no_amount_has_cents() -> None:
    table = "Date,Payee,Amount\n2023-02-13,A,-18000\n2023-02-14,B,55800\n2023-02-15,C,9510\n"
    statement, _ = read(table)
    assert statement.warnings == ["No amount has decimals: check that they are not cents."]
    assert read(table, currency="HUF")[0].warnings == []


def test_row_is_an_error_when_it_says_neither_money_in_nor_out() -> None:
    statement, rows = read(
        "交易时间,交易对方,收/支,金额,交易状态\n2023-02-13 10:00:00,超市,支出,23.50,交易成功\n"
        "2023-02-14 10:00:00,余额宝,不计收支,99.00,交易成功\n"
        "2023-02-15 10:00:00,书店,支出,10.00,交易关闭\n"
        "2023-02-16 10:00:00,小明,收入,5.00,交易成功\n",
        currency="CNY",
    )
    assert [row.amount_minor for row in rows] == [-2350, 500]
    assert [(error.line, error.field) for error in statement.errors] == [(3, "amount")]
    assert [note.line for note in statement.notes] == [4]


def test_blocked_money_is_noted_when_it_has_no_booking_date_yet() -> None:
    statement, rows = read(
        "Data transakcji;Data księgowania;Tytuł;Kwota transakcji;Waluta;Kwota blokady\n"
        "2023-02-12;2023-02-12;Bar;-5,50;PLN;\n2023-02-13;2023-02-13;Sklep;-25,50;PLN;\n"
        "2023-02-14;;Kino;;;-50,00\n"
    )
    assert [row.amount_minor for row in rows] == [-550, -2550]
    assert [(note.line, note.counted) for note in statement.notes] == [(4, False)]


def test_mappings_of_two_banks_differ_when_headers_are_in_another_script() -> None:
    first = mapping_fingerprint(",", ["Дата", "Сумма", "Описание"], 3)
    assert first != mapping_fingerprint(",", ["Дата", "Описание", "Сумма"], 3)


def test_day_is_first_when_the_header_is_in_a_language_of_such_countries() -> None:
    table = "Date opération;Libellé;Montant\n02/05/2023;A;-1,00\n03/05/2023;B;2,00\n"
    statement, rows = read(table)
    assert [row.date for row in rows] == ["2023-05-02", "2023-05-03"]
    assert statement.warnings == []
    doubted, _ = read(table, currency="USD")
    assert len(doubted.warnings) == 1


def test_refused_payment_is_left_out_when_the_bank_says_so_in_its_language() -> None:
    statement, rows = read(
        "Uitvoeringsdatum;Valutadatum;Bedrag;Mededeling;Status\n"
        "14/02/2023;13/02/2023;-67,90;Delhaize;Geaccepteerd\n"
        "16/02/2023;15/02/2023;-10,00;Huur;Geweigerd\n"
    )
    assert [(row.date, row.amount_minor) for row in rows] == [("2023-02-14", -6790)]
    assert statement.notes[0].line == 3


def test_direction_is_asked_for_when_the_balance_goes_both_ways_without_a_sign() -> None:
    head = "Fecha;Concepto;Importe;Saldo\n"
    ways = "08/10/2026;A;7,70;107,70\n09/10/2026;B;20,00;87,70\n10/10/2026;C;5,00;92,70\n"
    statement, _ = read(head + ways, currency="EUR")
    assert statement.guess is not None
    assert "balance goes both ways" in " ".join(statement.guess.warnings)
    assert statement.guess.confidence < 0.7
    statement, _ = read(head + "".join(ways.splitlines(keepends=True)[:2]), currency="EUR")
    assert statement.guess is not None
    assert "no sign" in " ".join(statement.guess.warnings)


def test_sums_below_a_table_are_noted_when_they_have_no_words() -> None:
    statement, rows = read(
        "Date,Narration,Ref,Withdrawal,Deposit,Balance\n"
        '15/09/26,SHOP,1,"2,500.00",,"1,18,043.75"\n'
        '16/09/26,SALARY,2,,"85,000.00","2,03,043.75"\n,,,,,\n'
        "Opening Balance,,,Debits,Credits,Closing Bal\n"
        '"1,20,543.75",,,"2,500.00","85,000.00","2,03,043.75"\n',
        currency="INR",
    )
    assert statement.errors == []
    assert [row.amount_minor for row in rows] == [-250000, 8500000]
