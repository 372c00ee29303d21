"""What a file is, is told from its bytes and never from its name alone."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from pfh.features.imports.formats.detect import detect
from pfh.features.imports.formats.encoding import detect_encoding
from pfh.features.imports.formats.errors import FileEmpty, FormatUnsupported
from pfh.features.imports.formats.statement import Format
from tests.unit.imports.statements import OFX_HEAD, ofx, read

_TABLE = "Datum;Empfänger;Betrag\n13.02.2023;Bäckerei Müller;-3,20\n14.02.2023;Käse Größe;-9,99\n"


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.csv", b"0" * 1_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("head", "name", "wanted"),
    [
        (OFX_HEAD + "<OFX></OFX>", "a.ofx", Format.OFX1),
        ("\r\n  <OFX><SIGNONMSGSRSV1>", "a.csv", Format.OFX1),
        ('<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX></OFX>', "a.ofx", Format.OFX2),
        ('<?xml version="1.0"?><OFX xmlns="x"></OFX>', "a.ofx", Format.OFX2),
        (OFX_HEAD + "<OFX></OFX>", "A.QFX", Format.QFX),
        ("Date,Amount\n2023-01-01,1.00\n", "a.txt", Format.CSV),
    ],
)
def test_format_is_known_when_the_first_bytes_say_it(head: str, name: str, wanted: Format) -> None:
    assert detect(head.encode(), name) is wanted


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (_zip_bomb(), "ZIP"),
        (gzip.compress(b"Date,Amount\n", mtime=0), "gzip"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Excel"),
        (b"SQLite format 3\x00" + bytes(90), "SQLite"),
        (b"!Type:Bank\nD1/2/2023\nT-1.00\n^\n", "QIF"),
        (b":20:STARTUMSE\n:25:1/2\n:28C:1/1\n", "MT940"),
        (b"{1:F01BANKXXXX}{2:O940}{4:\n:20:1\n", "MT940"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">', "CAMT"),
        (b"<!DOCTYPE html><html><body>Please sign in</body></html>", "web page"),
        (b'{"transactions": []}', "JSON"),
        (b"<portfolio><account/></portfolio>", "XML"),
        (b"<?xml version='1.0'?>\n<gnc-v2 xmlns:gnc='x'>", "GnuCash"),
        (bytes(range(256)) * 40, "not text"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
    ],
)  # fmt: skip
def test_file_is_refused_with_its_name_when_it_cannot_be_read(head: bytes, says: str) -> None:
    with pytest.raises(FormatUnsupported) as refused:
        detect(head, "statement.csv")
    assert says in refused.value.detail
    assert refused.value.fix


@pytest.mark.parametrize("head", [b"", b"\n\r\n  \t", b"\xef\xbb\xbf", b"\0\0\0"])
def test_file_is_refused_when_it_is_empty(head: bytes) -> None:
    with pytest.raises(FileEmpty):
        detect(head)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850"]
)
def test_letters_are_read_when_table_has_this_encoding(encoding: str) -> None:
    _, rows = read(_TABLE.encode(encoding))
    assert [row.payee for row in rows] == ["Bäckerei Müller", "Käse Größe"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Płatność kartą w sklepie Łódź, opłata za przelew środków", "cp1250"),
        ("Příkaz k úhradě, výběr z bankomatu, žádost o změnu účtu", "cp1250"),
        ("Płatność kartą w sklepie Łódź, opłata za przelew środków", "iso8859_2"),
        ("Überweisung für Bäckerei Müller, Grüße, Straße", "cp1252"),
        ("Prélèvement à l'échéance, reçu, café, Noël", "cp1252"),
        ("Kaffee 3,50 € und Tee 2,20 €", "cp1252"),
        ("Πληρωμή με κάρτα, ανάληψη από ΑΤΜ, μισθός", "cp1253"),
        ("Şişli Çağrı Market, maaş ödemesi, ağustos", "cp1254"),
        ("Оплата товаров и услуг, перевод между счетами", "cp1251"),
        ("支付宝交易记录明细查询，商品名称，金额", "gb18030"),
    ],
)
def test_legacy_encoding_is_guessed_when_letters_form_words(text: str, encoding: str) -> None:
    guessed = detect_encoding(text.encode(encoding), whole=True)
    assert text.encode(encoding).decode(guessed.name) == text
    assert not guessed.sure


@pytest.mark.parametrize(
    ("header", "row", "encoding"),
    [
        ("Datum zaúčtování;Název protiúčtu;Částka", "13.02.2023;NOVÁK;-1,00", "cp1250"),
        ("Könyvelés dátuma;Partner neve;Összeg", "2023.02.13.;Előfizető;-100", "cp1250"),
        ("Tarih;Açıklama;Tutar", "13.02.2023;KİRA MAAŞ;-1,00", "cp1254"),
        ("תאריך;תיאור;סכום", "13/02/2023;מכולת;-1.00", "cp1255"),
        ("Datums;Saņēmējs;Summa", "13.02.2023;Pārtikas tirgus šodien;-1,00", "cp1257"),
        ("お取引日,お引出し,お取り扱い内容", "2023/2/13,100,ｶｰﾄﾞ", "cp932"),
        ("Date,Payee,Amount", "2023-02-13,東京スーパー,-30", "euc_jp"),
        ("Date,Payee,Amount", "2023-02-13,서울 편의점,-30", "cp949"),
        ("交易日期,摘要,金额", "2023-02-13,超市消费,-30.00", "gb18030"),
        ("交易日期,摘要,金額", "2023-02-13,超級市場,-30.00", "big5"),
        ("Date;Libellé;Montant", "13/02/2023;Été à l'école, café;-1,00", "cp1252"),
    ],
)
def test_encoding_is_told_by_the_header_when_letters_alone_do_not(
    header: str, row: str, encoding: str
) -> None:
    data = f"{header}\n{row}\n".encode(encoding)
    assert data.decode(detect_encoding(data, whole=True).name) == f"{header}\n{row}\n"


def test_declared_charset_is_ignored_when_bytes_are_utf8() -> None:
    _, rows = read(
        ofx("<STMTTRN><DTPOSTED>20230213<TRNAMT>-1<FITID>1<NAME>CONTRIBUIÇÃO</STMTTRN>"),
        name="a.ofx",
    )
    assert rows[0].payee == "CONTRIBUIÇÃO"


def test_declared_charset_is_used_when_bytes_are_not_utf8() -> None:
    data = ofx("<STMTTRN><DTPOSTED>20230213<TRNAMT>-1<FITID>1<NAME>CAFÉ</STMTTRN>").encode("cp1252")
    statement, rows = read(data, name="a.ofx")
    assert (rows[0].payee, statement.encoding) == ("CAFÉ", "cp1252")


def test_wrong_byte_far_in_the_file_is_read_as_cp1252_when_the_head_is_utf8() -> None:
    head = "date,payee,amount\n" + "2023-02-13,Café,-1.00\n" * 20_000
    _, rows = read(head.encode() + b"2023-02-14,Caf\xe9,-2.00\n")
    assert (rows[-1].payee, len(rows)) == ("Café", 20_001)
