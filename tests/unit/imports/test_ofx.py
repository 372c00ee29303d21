"""OFX as banks really write it."""

from __future__ import annotations

import pytest

from pfh.features.imports.formats.errors import FileUnsafe
from pfh.features.imports.formats.statement import FILE_FIELD, RowKind, StatementAccount
from tests.unit.imports.statements import OFX_HEAD, ofx, read, transaction


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("-530,86", -53086),
        ("            -11,76", -1176),
        ("+00000000001111.0000", 111100),
        ("-1.234,56", -123456),
        ("1,234.56", 123456),
        ("1,500", 150000),
        ("12.340", 1234),
        ("-0", 0),
        (".5", 50),
        ("-12.340000000000002", -1234),
        ("1'234.56", 123456),
        ("-1\u00a0234,56", -123456),
        ("12.50-", -1250),
        ("(12.50)", -1250),
        ("12.50 DR", -1250),
        ("12.50CR", 1250),
        ("USD -12.50", -1250),
        ("-16.658.01", -1665801),
        ("1.234.567", 123456700),
    ],
)
def test_amount_is_read_when_it_has_this_shape(text: str, minor: int) -> None:
    statement, rows = read(ofx(transaction(text)), name="a.ofx")
    assert statement.errors == []
    assert rows[0].amount_minor == minor


@pytest.mark.parametrize(
    "text", ["$120", "-1.00-", "abc", "1.005", "9999999999999999", "NaN", "1e5", "", "1.2.3"]
)
def test_row_is_an_error_with_its_line_when_amount_is_none(text: str) -> None:
    rows_text = transaction() + transaction(text) + transaction(FITID="3")
    statement, rows = read(ofx(rows_text), name="a.ofx")
    assert len(rows) == 2
    assert [(error.line, error.field) for error in statement.errors] == [(15, "amount")]
    assert statement.rows_read == 3


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20140917", "2014-09-17"),
        ("20140917170000.000[-5:EST]", "2014-09-17"),
        ("20170901000000[-3:GMT]", "2017-09-01"),
        ("201510291120", "2015-10-29"),
        ("2015102911[-3:BRT]", "2015-10-29"),
        ("2014-09-17", "2014-09-17"),
        ("30/06/2025", "2025-06-30"),
        ("20140917T170000", "2014-09-17"),
        ("20140917170000-0500", "2014-09-17"),
    ],
)
def test_date_is_the_day_the_bank_wrote_when_it_has_this_shape(text: str, day: str) -> None:
    _, rows = read(ofx(transaction(DTPOSTED=text)), name="a.ofx")
    assert rows[0].date == day


@pytest.mark.parametrize("text", ["00000000000000", "20231345", "05/06/2025", "soon", "99990101"])
def test_row_is_an_error_when_date_is_none(text: str) -> None:
    statement, rows = read(ofx(transaction(DTPOSTED=text)), name="a.ofx")
    assert rows == []
    assert statement.errors[0].field == "date"


def test_rows_are_read_when_leaf_tags_are_closed_unclosed_nested_or_mixed() -> None:
    nested = (
        "<STMTTRN>\n<TRNTYPE>DEBIT\n <DTPOSTED>20230213\n  <TRNAMT>-3.00\n   <FITID>3\n"
        "    <NAME>Nested\n     <MEMO>memo\n     </MEMO>\n    </NAME>\n   </FITID>\n"
        "  </TRNAMT>\n </DTPOSTED>\n</TRNTYPE></STMTTRN>\n"
    )
    closed = (
        "<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20230213</DTPOSTED><TRNAMT>-2.00</TRNAMT>"
        "<FITID>2</FITID><PAYEE>Closed</PAYEE></STMTTRN><stmttrn><dtposted>20230213<trnamt>-4.00"
        "<fitid>4<name>small</stmttrn>"
    )
    _, rows = read(ofx(transaction(NAME="Open") + closed + nested), name="a.ofx")
    assert [(row.payee, row.amount_minor) for row in rows] == [
        ("Open", -100),
        ("Closed", -200),
        ("small", -400),
        ("Nested", -300),
    ]
    assert rows[3].memo == "memo"


def test_rows_are_kept_apart_when_their_end_tags_are_missing() -> None:
    text = "<STMTTRN><DTPOSTED>20230213<TRNAMT>-1.00<FITID>1\n" * 3
    statement, rows = read(ofx(text), name="a.ofx")
    assert (len(rows), statement.errors) == (3, [])


def test_text_is_plain_when_it_has_entities_ampersands_comments_and_cdata() -> None:
    text = transaction(NAME="A & B &amp;lt;C&amp;gt; &#233;", MEMO="5 < 6 &unknown; R&D") + (
        "<!-- <STMTTRN><TRNAMT>-9.00</STMTTRN> -->"
        "<STMTTRN><DTPOSTED>20230213<TRNAMT>-2<FITID>2<NAME><![CDATA[X <b> & Y]]></NAME></STMTTRN>"
    )
    _, rows = read(ofx(text), name="a.ofx")
    assert [(row.payee, row.memo) for row in rows] == [
        ("A & B <C> é", "5 < 6 &unknown; R&D"),
        ("X <b> & Y", ""),
    ]


def test_payee_is_the_memo_or_the_kind_when_there_is_no_name() -> None:
    text = transaction(MEMO="PIX") + transaction(TRNTYPE="CHECK", CHECKNUM="1000")
    _, rows = read(ofx(text), name="a.ofx")
    assert [(row.payee, row.reference) for row in rows] == [("PIX", None), ("Check 1000", "1000")]


def test_statement_is_read_when_it_has_no_header() -> None:
    _, rows = read(ofx(transaction(), head=""), name="a.ofx")
    assert len(rows) == 1


def test_accounts_are_kept_apart_when_file_has_several_statements() -> None:
    card = (
        "<CCSTMTRS><CURDEF>CAD<CCACCTFROM><ACCTID>99</CCACCTFROM><BANKTRANLIST>"
        f"{transaction('-5.00')}</BANKTRANLIST>"
        "<LEDGERBAL><BALAMT>-5.00<DTASOF>20230214</LEDGERBAL></CCSTMTRS></OFX>"
    )
    statement, rows = read(ofx(transaction(), end="</BANKTRANLIST></STMTRS>" + card), name="a.ofx")
    assert [row.account for row in rows] == [
        StatementAccount("22", "checking", "USD", "1"),
        StatementAccount("99", "credit_card", "CAD"),
    ]
    assert [row.commodity for row in rows] == ["USD", "CAD"]
    balance = statement.balances[0]
    assert (balance.amount_minor, balance.date, balance.commodity) == (-500, "2023-02-14", "CAD")


def test_empty_balance_is_left_out_when_bank_writes_none() -> None:
    end = "</BANKTRANLIST><LEDGERBAL><BALAMT/><DTASOF/></LEDGERBAL></STMTRS></OFX>"
    statement, rows = read(ofx(transaction(), end=end), name="a.ofx")
    assert (len(rows), statement.balances, statement.errors) == (1, [], [])


def test_trades_count_with_their_effect_on_cash_when_statement_is_a_brokers() -> None:
    text = (
        "<BUYSTOCK><INVBUY><INVTRAN><FITID>1<DTTRADE>20230213<MEMO>bought</INVTRAN>"
        "<SECID><UNIQUEID>US03<UNIQUEIDTYPE>CUSIP</SECID><UNITS>2<UNITPRICE>10.005<TOTAL>20.01"
        "</INVBUY><BUYTYPE>BUY</BUYSTOCK>"
        "<INCOME><INVTRAN><FITID>2<DTTRADE>20230214</INVTRAN><SECID><UNIQUEID>US03</SECID>"
        "<INCOMETYPE>DIV<TOTAL>+0005.5300</INCOME>"
        "<REINVEST><INVTRAN><FITID>3<DTTRADE>20230215</INVTRAN><SECID><UNIQUEID>US03</SECID>"
        "<INCOMETYPE>DIV<TOTAL>-7.00<UNITS>0.5</REINVEST>"
        "<INVBANKTRAN><STMTTRN><DTPOSTED>20230216<TRNAMT>100<FITID>4<NAME>Deposit</STMTTRN>"
        "<SUBACCTFUND>CASH</INVBANKTRAN>"
    )
    _, rows = read(ofx(text), name="a.ofx")
    assert [(row.amount_minor, row.kind) for row in rows] == [
        (-2001, RowKind.TRADE),
        (553, RowKind.TRADE),
        (0, RowKind.TRADE),
        (10000, RowKind.TRANSACTION),
    ]
    assert rows[0].trade is not None
    assert rows[0].trade[:3] == ("BUYSTOCK", "US03", "2")


def test_currency_of_the_transaction_wins_when_it_has_one() -> None:
    text = transaction().replace(
        "</STMTTRN>", "<CURRENCY><CURRATE>1.1<CURSYM>CHF</CURRENCY></STMTTRN>"
    )
    other = transaction().replace(
        "</STMTTRN>", "<ORIGCURRENCY><CURSYM>CHF</ORIGCURRENCY></STMTTRN>"
    )
    _, rows = read(ofx(text + other), name="a.ofx")
    assert [row.commodity for row in rows] == ["CHF", "USD"]


def test_bank_error_is_told_in_its_words_when_sign_on_failed() -> None:
    text = (
        OFX_HEAD + "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR"
        "<MESSAGE>Wrong password</STATUS></SONRS></SIGNONMSGSRSV1></OFX>"
    )
    statement, rows = read(text, name="a.ofx")
    assert rows == []
    assert "15500: Wrong password" in statement.errors[0].message
    assert (statement.errors[0].field, statement.rows_read) == (FILE_FIELD, 0)


@pytest.mark.parametrize("keep", [0.55, 0.7, 0.9, 0.99])
def test_rows_before_the_cut_are_given_when_file_is_cut_off(keep: float) -> None:
    whole = ofx("".join(transaction(FITID=str(n)) for n in range(50)))
    text = whole[: int(len(whole) * keep)]
    statement, rows = read(text, name="a.ofx")
    assert len(rows) == text.count("</STMTTRN>")
    assert [error.field for error in statement.errors] == [FILE_FIELD]
    assert statement.errors[0].line == text.count("\n") + 1


def test_file_is_refused_when_it_declares_entities() -> None:
    laughs = '<!DOCTYPE OFX [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    text = f'<?xml version="1.0"?>{laughs}<?OFX OFXHEADER="200"?>' + ofx(
        transaction(NAME="&b;"), head=""
    )
    statement, rows = read(text, name="a.ofx")
    assert rows == []
    assert "entities" in statement.errors[0].message


def test_file_is_refused_when_a_value_has_no_end() -> None:
    statement, rows = read(ofx(transaction(NAME="x" * 3_000_000)), name="a.ofx")
    assert rows == []
    assert statement.errors[0].field == FILE_FIELD
    assert issubclass(FileUnsafe, Exception)


def test_lines_are_those_of_the_file_when_rows_span_many() -> None:
    text = transaction().replace("<", "\n<")
    statement, rows = read(ofx(text + text + text.replace("-1.00", "bad")), name="a.ofx")
    lines = ofx(text * 3).split("\n")
    assert [lines[row.line - 1] for row in rows] == ["<STMTTRN>", "<STMTTRN>"]
    assert lines[statement.errors[0].line - 1].startswith("<TRNAMT>")


def test_row_is_an_error_when_its_currency_is_none_that_is_known() -> None:
    own = transaction(CURRENCY="<CURRATE>1.1<CURSYM>ZZZ</CURRENCY>")
    for text in (ofx(transaction(), currency="XQX"), ofx(own)):
        statement, rows = read(text, currency="EUR", name="a.ofx")
        assert rows == []
        assert [error.field for error in statement.errors] == ["currency"]


def test_rows_are_read_when_tags_carry_the_prefix_of_a_namespace() -> None:
    text = ofx(transaction("-1.50", NAME="Shop"), head="<?xml version='1.0'?>\n")
    prefixed = text.replace("</", "</ofx:").replace("<OFX", "<ofx:OFX").replace("<STM", "<ofx:STM")
    statement, rows = read(prefixed, name="a.ofx")
    assert [(row.amount_minor, row.payee) for row in rows] == [(-150, "Shop")]
    assert statement.errors == []


@pytest.mark.parametrize("damage", ["<A:>1", "</A:>", "<A::>1", "</:>", "<STMTTRN:>", " <b"])
def test_rows_are_read_when_a_tag_among_them_is_damaged(damage: str) -> None:
    text = ofx(transaction("-1.50", NAME=f"Shop{damage}") + transaction("-2.50"))
    text = text.replace("</BANKTRANLIST>", f"</BANKTRANLIST><LEDGERBAL>{damage}")
    statement, rows = read(text, name="a.ofx")
    assert [row.amount_minor for row in rows] == [-150, -250]
    assert statement.errors == []


@pytest.mark.parametrize(("amount", "is_warned"), [("12.00", True), ("-12.00", False)])
def test_direction_is_warned_about_when_debits_have_no_minus(amount: str, is_warned: bool) -> None:
    statement, rows = read(ofx(transaction(amount) * 3), name="a.ofx")
    assert len(rows) == 3
    assert [("3 movements" in text) for text in statement.warnings] == [True] * is_warned


@pytest.mark.parametrize("amount", ["1500.00", "            .  "])
def test_balance_is_left_out_when_the_bank_writes_it_as_a_transaction(amount: str) -> None:
    rows_text = transaction(amount, FITID="", MEMO="SALDO DIA") + transaction("-1.50", MEMO="Bar")
    statement, rows = read(ofx(rows_text, currency="BRL"), name="a.ofx")
    assert [row.amount_minor for row in rows] == [-150]
    assert [(note.line, note.counted) for note in statement.notes] == [(14, True)]
    assert statement.errors == []


def test_person_is_told_when_the_bank_corrects_a_movement_of_before() -> None:
    text = ofx(
        transaction("-58.73", FITID="9", CORRECTFITID="9", CORRECTACTION="REPLACE", NAME="A")
        + transaction("-60.00", FITID="3", CORRECTFITID="2", CORRECTACTION="REPLACE", NAME="B")
        + transaction("-60.00", FITID="4", CORRECTFITID="4", CORRECTACTION="DELETE", NAME="C")
    )
    statement, rows = read(text, name="a.ofx")
    assert [row.payee for row in rows] == ["A"]
    assert [(error.line, error.field) for error in statement.errors] == [(15, "row"), (16, "row")]
    assert "replaces its movement 2" in statement.errors[0].message
    assert "takes back its movement 4" in statement.errors[1].message


@pytest.mark.parametrize(
    ("text", "day"),
    [("02/13/2023", "2023-02-13"), ("13/02/2023", "2023-02-13"), ("05/03/2023", None)],
)
def test_date_with_slashes_is_read_when_only_one_order_can_be(text: str, day: str | None) -> None:
    statement, rows = read(ofx(transaction(DTPOSTED=text)), name="a.ofx")
    assert [row.date for row in rows] == ([day] if day else [])
    assert len(statement.errors) == (day is None)


@pytest.mark.parametrize(("to", "minor"), [("CASH", 0), ("MARGIN", 5000)])
def test_cash_between_parts_of_an_account_is_no_money_when_it_is_journaled(
    to: str, minor: int
) -> None:
    journal = (
        "<JRNLFUND><INVTRAN><FITID>8<DTTRADE>20230217</INVTRAN>"
        f"<SUBACCTTO>{to}<SUBACCTFROM>MARGIN<TOTAL>50.00</JRNLFUND>\n"
    )
    _, rows = read(ofx(journal), name="a.ofx")
    assert [row.amount_minor for row in rows] == [minor]
