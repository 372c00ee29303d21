"""Which format a file has, from its first bytes.

It exists because names lie: a `.csv` may be a ZIP, a `.qfx` without header, a `.txt` a table. What
is known and cannot be read is named, with what to do instead.
"""

from __future__ import annotations

import re
from typing import Final

from pfh.features.imports.formats.encoding import Encoding, detect_encoding
from pfh.features.imports.formats.errors import FileEmpty, FormatUnsupported
from pfh.features.imports.formats.statement import Format

_START: Final = 8192
_EXPORT: Final = "Export the statement as CSV, OFX or QFX and import that file."
_UNPACK: Final = "Unpack it first, then import the files inside."
_SIGNATURES: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"PK\x03\x04", "a ZIP archive or an Excel, Numbers or OpenDocument file", "zip"),
    (b"PK\x05\x06", "an empty ZIP archive", "zip"),
    (b"\x1f\x8b", "a file packed with gzip", "zip"),
    (b"BZh", "a file packed with bzip2", "zip"),
    (b"\xfd7zXZ\x00", "a file packed with xz", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "zip"),
    (b"Rar!\x1a\x07", "a RAR archive", "zip"),
    (b"\x28\xb5\x2f\xfd", "a file packed with zstd", "zip"),
    (b"\x04\x22\x4d\x18", "a file packed with lz4", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file (.xls, .doc)", ""),
    (b"%PDF-", "a PDF", ""),
    (b"SQLite format 3\x00", "an SQLite database (GnuCash, YNAB or another program)", ""),
    (b"\x89PNG", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"GIF8", "a picture", ""),
    (b"{\\rtf", "a text document (RTF)", ""),
)
_TEXT_SIGNATURES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(?m)^!(Type:|Account\b|Option:|Clear:)", re.IGNORECASE), "a QIF file"),
    (re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05"), "a CAMT statement (ISO 20022)"),
    (re.compile(r"urn:iso:std:iso:20022"), "an ISO 20022 message"),
    (re.compile(r"<gnc-v2"), "a GnuCash book"),
    (re.compile(r"<FlexQueryResponse"), "an Interactive Brokers Flex report"),
    (re.compile(r"(\A|\n|\r)\s*(\{1:F01|:20:[^\r\n]*[\r\n]+(:2[158]|:13))"), "an MT940 statement"),
    (re.compile(r"\A\s*<(!doctype\s+html|html|head|table|meta)\b", re.IGNORECASE), "a web page"),
    (re.compile(r"\A\s*[\[{]\s*[\"{\[]"), "a JSON file"),
    (re.compile(r"\A11\d{30,}[^\r\n]*[\r\n]+2[23]"), "a Norma 43 statement"),
    (re.compile(r"\A0{4}[0-9A-Z ]{14,}[^\r\n]{90,}[\r\n]+1"), "a CODA statement"),
    (re.compile(r"\A\d{3}0{5} [^,;\t\r\n]{200,}[\r\n]"), "a CNAB file"),
    (
        re.compile(
            r"(?m)^\d{4}[-/]\d\d[-/]\d\d (open|close|txn|balance|pad|commodity|\*|!) [^,;\t]*$"
        ),
        "a plain-text accounting journal",
    ),
    (
        re.compile(
            r"(?m)^\d{4}[-/.]\d\d?[-/.]\d\d?[ =][^\r\n]*\r?\n(?:[ \t]+;[^\n]*\n)*[ \t]+\(?[A-Z]\w*:"
        ),
        "a plain-text accounting journal",
    ),
)
_OFX_ROOT: Final = re.compile(r"<(?:\w+:)?OFX\b[^<>]*>", re.IGNORECASE)
_OFX_HEADER: Final = re.compile(r"\A\s*OFXHEADER\s*:", re.IGNORECASE)
_OFX_XML: Final = re.compile(r"<\?xml\b|<\?OFX\b", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_XML: Final = re.compile(r"\s*<[?!]?[A-Za-z]")


def detect(head: bytes, file_name: str = "") -> Format:
    """Return the format of a file.

    Args:
        head: the first bytes, at best 256 KiB.
        file_name: only tells QFX from OFX.

    Raises:
        FileEmpty: nothing in it.
        FormatUnsupported: known and not readable, or no text at all; says what to do.
    """
    return detect_text(head, detect_encoding(head, whole=False), file_name)


def detect_text(head: bytes, encoding: Encoding, file_name: str) -> Format:
    """Return the format when the encoding is known already; see `detect`."""
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise FileEmpty(
            "The file is empty.", field="file", fix="Download the statement again from the bank."
        )
    for signature, name, packed in _SIGNATURES:
        if head.startswith(signature):
            raise _unsupported(name, _UNPACK if packed else _EXPORT)
    text = head.decode(encoding.name, errors="replace").lstrip("\ufeff")
    if _OFX_HEADER.match(text) or _OFX_ROOT.search(text[:65536]):
        return _ofx(text, file_name)
    for pattern, name in _TEXT_SIGNATURES:
        if pattern.search(text[:_START]):
            raise _unsupported(name, _EXPORT)
    if _XML.match(text):
        raise _unsupported("an XML file of a kind that is not known", _EXPORT)
    if len(_CONTROL.findall(text[:_START])) > len(text[:_START]) // 100 + 2:
        raise FormatUnsupported(
            "The file is not text: it cannot be a CSV or OFX statement.", field="file", fix=_EXPORT
        )
    return Format.CSV


def _ofx(text: str, file_name: str) -> Format:
    if file_name.lower().endswith(".qfx"):
        return Format.QFX
    root = _OFX_ROOT.search(text)
    prolog = text[: root.start()] if root else text[:1024]
    return Format.OFX2 if _OFX_XML.search(prolog) else Format.OFX1


def _unsupported(name: str, fix: str) -> FormatUnsupported:
    return FormatUnsupported(f"This is {name}; it is not supported yet.", field="file", fix=fix)
