"""Which characters the bytes of a file mean.

It exists because banks declare one encoding and write another: what is declared is only believed
when the bytes are not valid UTF-8, and a wrong byte never stops a file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_FALLBACK_ERRORS: Final = "pfh-cp1252"
_SAMPLE_BYTES: Final = 64 * 1024
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WEST: Final = frozenset("äöüßéèêëàâçñóòíúáãõôîïûùøåæœìÿåý")
_EAST: Final = frozenset("ąćęłńóśźżáčďéěíňřšťúůýžľĺŕôäöüőűăâîșțşţđ")
_GREEK: Final = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ")
_TURKISH: Final = frozenset("çğıöşüâî")
_CYRILLIC: Final = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєёґ")
# What stands alone as a word; other letters between blanks and digits are signs read wrongly.
_ALONE: Final = frozenset("àáéèóòêyиоавуксяηο")
_SIGNS: Final = frozenset("€£§°«»–—’‘“”„´·ºª©®…¿¡№\xa0")
# Order decides ties: the most frequent in bank files first.
_SINGLE_BYTE: Final = (
    ("cp1252", _WEST),
    ("cp1250", _EAST),
    ("iso8859_15", _WEST),
    ("iso8859_2", _EAST),
    ("cp850", _WEST),
    ("cp852", _EAST),
    ("mac_roman", _WEST),
    ("cp1254", _TURKISH),
    ("cp1253", _GREEK),
    ("cp1251", _CYRILLIC),
    ("koi8_r", _CYRILLIC),
    ("cp866", _CYRILLIC),
)
_DOUBLE_BYTE: Final = ("gb18030", "shift_jis", "euc_kr", "big5")
_HIGH_RUN: Final = re.compile(rb"[\x80-\xff]+")
_XML_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_OFX_ENCODING: Final = re.compile(rb"^\s*ENCODING:\s*([A-Za-z0-9-]{1,40})", re.MULTILINE)
_OFX_CHARSET: Final = re.compile(rb"CHARSET:\s*([A-Za-z0-9_-]{1,40})")
_EAST_ASIAN: Final = re.compile("[\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]")
_UNICODE: Final = frozenset({"utf-8", "utf-16", "utf-32", "ascii"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec name and how its errors are met; `sure` is False when it was guessed from letters."""

    name: str
    errors: str
    sure: bool = True


def _decode_wrong_byte(error: UnicodeError) -> tuple[str, int]:
    """Read a byte that is no UTF-8 as cp1252: files joined from two sources hold both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="replace"), error.end


codecs.register_error(_FALLBACK_ERRORS, _decode_wrong_byte)


def detect_encoding(head: bytes, *, whole: bool) -> Encoding:
    """Return the encoding of a file from its first bytes.

    Order: byte order mark; two bytes a character; valid UTF-8; what an OFX or XML header declares;
        the
    single-byte encoding whose letters look most like words; for pairs of high bytes an East Asian
    one.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Encoding(name, _FALLBACK_ERRORS if name == "utf-8-sig" else "replace")
    wide = _wide(head)
    if wide:
        return Encoding(wide, "replace")
    if _is_utf8(head, whole=whole):
        return Encoding("utf-8", _FALLBACK_ERRORS)
    declared = _declared(head)
    if declared:
        return Encoding(declared, "replace")
    return Encoding(_most_like_words(head[:_SAMPLE_BYTES]), "replace", sure=False)


def _wide(head: bytes) -> str | None:
    sample = head[:4096]
    pairs = len(sample) // 2
    if pairs < 2 or b"\0" not in sample:  # noqa: PLR2004 -- Two pairs are the least to judge by.
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > pairs * 0.7 and even < pairs * 0.1:
        return "utf-16-le"
    if even > pairs * 0.7 and odd < pairs * 0.1:
        return "utf-16-be"
    return None


def _is_utf8(head: bytes, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _declared(head: bytes) -> str | None:
    start = head[:2048]
    xml, ofx = _XML_ENCODING.search(start), None
    if xml is None and _OFX_ENCODING.search(start):
        ofx = _OFX_CHARSET.search(start)
    found = xml or ofx
    if found is None:
        return None
    name = found[1].decode("ascii").lower()
    name = f"cp{name}" if name.isdigit() else name
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return None
    # The bytes are no UTF-8, so a header that says so is wrong; Latin-1 is read as its superset.
    if codec.name in _UNICODE or not getattr(codec, "_is_text_encoding", True):
        return None
    return "cp1252" if codec.name == "iso8859-1" else codec.name


def _most_like_words(sample: bytes) -> str:
    runs = _HIGH_RUN.findall(sample)
    paired = sum(len(run) for run in runs if len(run) % 2 == 0)
    if runs and paired >= 0.8 * sum(map(len, runs)) and max(map(len, runs)) >= 4:  # noqa: PLR2004
        for name in _DOUBLE_BYTE:
            if _is_east_asian(sample, name):
                return name
    return max(_SINGLE_BYTE, key=lambda candidate: _score(sample, *candidate))[0]


def _is_east_asian(sample: bytes, name: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(name)("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    high = [character for character in text if ord(character) > 0x7F]  # noqa: PLR2004
    usual = sum(_EAST_ASIAN.match(character) is not None for character in high)
    return bool(high) and usual >= 0.9 * len(high)


def _score(sample: bytes, name: str, letters: frozenset[str]) -> int:
    """Return how much the text looks written: usual letters count, signs inside words against."""
    text = sample.decode(name, errors="replace")
    score, before = 0, " "
    for index, character in enumerate(text):
        if ord(character) > 0x7F:  # noqa: PLR2004 -- ASCII says nothing about the encoding.
            after = text[index + 1] if index + 1 < len(text) else " "
            score += _weight(character, before, after, letters)
        before = character
    return score


def _weight(character: str, before: str, after: str, letters: frozenset[str]) -> int:
    in_word = before.isalpha() or after.isalpha()
    if character.lower() in letters:
        if not in_word:
            return 1 if character.lower() in _ALONE else 0
        # A capital after a small letter is the mark of a wrong table.
        return -2 if character.isupper() and before.islower() else 2
    if character in _SIGNS:
        return -2 if before.isalpha() and after.isalpha() and character not in "’´" else 1
    category = unicodedata.category(character)
    if category in {"Cc", "Cn", "Co"} or character == "\ufffd":
        return -8
    return -3 if in_word else -1
