"""Which characters the bytes of a file mean.

It exists because banks declare one encoding and write another: what is declared is only believed
when the bytes are not valid UTF-8, and a wrong byte never stops a file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from pfh.features.imports.formats.csv_mapping import normal
from pfh.features.imports.formats.csv_words import HEADER_WORDS

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
# In small letters the Turkish capital with a dot is two characters.
_TURKISH: Final = frozenset({*"çğıöşüâî", "İ".lower()})
_HEBREW: Final = frozenset("אבגדהוזחטיךכלםמןנסעףפץצקרשת")
_BALTIC: Final = frozenset("ąčęėįšųūžāēģīķļņōŗõäöü")
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
    ("cp1257", _BALTIC),
    ("cp1255", _HEBREW),
)
_DOUBLE_BYTE: Final = ("gb18030", "cp932", "euc_jp", "cp949", "big5")
# A heading that is a known word in one reading and none in another counts as much as some letters.
_WORD_WEIGHT: Final = 4
_WORDS_LOOKED_AT: Final = 4096
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_KANA: Final = re.compile("[\u3040-\u30ff\uff66-\uff9f]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
# Only these letters tell Hungarian in cp1250 from its look in cp1252.
_HUNGARIAN: Final = re.compile("összeg|könyvel|közlem|értéknap|dátum|egyenleg", re.IGNORECASE)
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
    if _HIGH_RUN.search(sample):
        eastern = max(
            ((rank, name) for name in _DOUBLE_BYTE if (rank := _east_asian_rank(sample, name))),
            key=lambda found: found[0],
            default=None,
        )
        if eastern is not None:
            return eastern[1]
    best = max(_SINGLE_BYTE, key=lambda candidate: _score(sample, *candidate))[0]
    western = best == "cp1252" and _HUNGARIAN.search(sample.decode("cp1252", errors="replace"))
    return "cp1250" if western else best


def _east_asian_rank(sample: bytes, name: str) -> tuple[int, int] | None:
    """Return how much the text looks like one in this encoding of pairs of bytes, or None."""
    try:
        text = codecs.getincrementaldecoder(name)("strict").decode(sample)
    except UnicodeDecodeError:
        return None
    high = [at for at, character in enumerate(text) if ord(character) > 0x7F]  # noqa: PLR2004
    usual = [at for at in high if _EAST_ASIAN.match(text[at])]
    if len(usual) < 0.9 * len(high):
        return None
    # An accented letter read as half of a pair stands alone between letters of Latin.
    beside = sum(
        bool(_EAST_ASIAN.search(text[max(at - 1, 0) : at] + text[at + 1 : at + 2])) for at in usual
    )
    if beside < 0.8 * len(usual) or len(usual) < 2:  # noqa: PLR2004
        return None
    kana = sum(_KANA.match(text[at]) is not None for at in usual)
    hangul = sum(_HANGUL.match(text[at]) is not None for at in usual)
    looks = (name in {"cp932", "euc_jp"} and kana * 5 > len(usual)) or (
        name == "cp949" and hangul * 10 > 9 * len(usual)
    )
    return _known_words(text), int(looks)


def _known_words(text: str) -> int:
    """Return how many words of table headers are there that ASCII cannot write."""
    found = {word for word in _WORD.findall(text[:_WORDS_LOOKED_AT]) if not word.isascii()}
    return sum(_is_known(normal(word)) for word in found)


@lru_cache(maxsize=4096)
def _is_known(word: str) -> bool:
    return word in _vocabulary() or (not word[0].isascii() and word.endswith(_endings()))


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(part for words in HEADER_WORDS for part in words.strip("-").split())


@cache
def _endings() -> tuple[str, ...]:
    return tuple(words[1:] for words in HEADER_WORDS if words[0] == "-" and not words.isascii())


def _score(sample: bytes, name: str, letters: frozenset[str]) -> int:
    """Return how much the text looks written: usual letters count, signs inside words against."""
    text = sample.decode(name, errors="replace")
    score, before = _WORD_WEIGHT * _known_words(text), " "
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
