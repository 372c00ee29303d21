"""Dates as banks write them, to ISO text.

It exists because one file writes `12-Dec-2019`, the next `20091224120000[0:GMT]`, and `01/02/2023`
is a different day in each country.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from pfh.features.imports.formats.csv_mapping import DateOrder

_TEXT_LENGTH_MAX: Final = 48
_YEAR_MIN: Final = 1900
_YEAR_MAX: Final = 2199
# Two digits are read as 1970 to 2069.
_CENTURY_PIVOT: Final = 70
_CLOCK: Final = (
    r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,9})?(?: ?[AaPp]\.?[Mm]\.?)?"
    r" ?(?:Z|[A-Z]{2,5}(?:[+-]\d{1,2}(?::\d{2})?)?|[+-]\d{2}:?\d{2}|[A-Z][a-z]+/[A-Z][A-Za-z_]+)?"
)
_ZONE: Final = r"(?: ?\[[^\]]{0,20}\])?"
_TIME: Final = (
    rf"(?:(?:(?:[T ,]{{1,2}}| [/|\-] ?)(?:at |um |à )?{_CLOCK})?{_ZONE}| as of [\d/.\-]{{6,10}})"
)
_COMPACT: Final = re.compile(
    rf"(\d{{8}})(?:\d{{4}}|\d{{6}})?(?:\.\d{{1,9}})?"
    rf"(?:Z|[+-]\d{{2}}:?\d{{2}}|[T ]\d{{4,6}}Z?|[T ]{_CLOCK})?{_ZONE}"
)
_YEAR_FIRST: Final = re.compile(
    r"(\d{4})([-/. :]|\. )(\d{1,2})\2(\d{1,2})\.?(?:, [^\W\d]{2,12}\.?)?" + _TIME
)
_WEEKDAY: Final = r"(?:[^\W\d]{2,12}\.?,? )?"
_YEAR_LAST: Final = re.compile(
    _WEEKDAY + r"(\d{1,2})([-/. ]|\. )(\d{1,2})(?:\2|['’])(\d{4}|\d{2})\.?" + _TIME
)
_DAY_MONTH: Final = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th|er|\.|º)?[ \-/.]*(?:de )?([^\W\d]{3,12})\.?"
    r"[ \-/.,']*(?:de )?(\d{4}|\d{2})" + _TIME
)
_MONTH_DAY: Final = re.compile(
    _WEEKDAY + r"([^\W\d]{3,12})\.?[ \-/]*(\d{1,2})(?:st|nd|rd|th)?,?[ \-/]+(\d{4}|\d{2})" + _TIME
)
_YEAR_MONTH_DAY: Final = re.compile(r"(\d{4})[ \-/.]([^\W\d]{3,12})\.?[ \-/.](\d{1,2})" + _TIME)
_MONTH_YEAR: Final = re.compile(r"([^\W\d]{3,12})\.?[ \-/]*(\d{4})")
_CJK: Final = str.maketrans({"年": "-", "月": "-", "日": None})

# Beginnings of month names, small letters without accents; en de fr es pt it nl pl da sv no fi cs,
# hr hu ro sl tr, ru uk, el. The longest counts: the Polish "lipca" is July, the Croatian "lipnja"
# June, the Czech "červen" June and "červenec" July.
_MONTHS: Final = {
    1: "jan ene gen sty led tammi janv ian sijec oca янв січ ιαν",
    2: "feb fev fevr lut uno helmi velja sub фев лют φεβ",
    3: "mar mrt maa marz maerz brez maalis ozuj мар бер μαρ",
    4: "apr avr abr kwi dub huhti trav nis апр кві απρ",
    5: "may mai mei maj mag kve touko svib маи мая тра μαι",
    6: "jun juin giu cze cerven cervn kesa lipanj lipnj iun haz июн чер юни ιουν",
    7: "jul juil lug lip cervenc cervenec heina srpanj srpnj iul tem июл лип юли ιουλ",
    8: "aug aou ago agu sie srp elo avg kolov август авг сер αυγ",
    9: "sep set wrz zari syys szept ruj eyl сен вер сеп σεπ",
    10: "oct okt out ott paz rij loka eki окт жов οκτ",
    11: "nov lis listopad marras noi studen kas ноя ное лис νοε",
    12: "dec dez des dic gru prosin joulu ara дек гру δεκ",
}
_BEGINNINGS: Final = sorted(
    ((beginning, month) for month, names in _MONTHS.items() for beginning in names.split()),
    key=lambda pair: -len(pair[0]),
)


def parse_date(text: str, order: DateOrder) -> str | None:
    """Return ISO text, or None when the text is no date between 1900 and 2199.

    A time and a zone are dropped: the day is the one that the bank wrote.

    Example: ("31.12.19", "dmy") → "2019-12-31"; ("12/31/2019", "dmy") → None.
    """
    text = text.strip()
    if not 4 < len(text) <= _TEXT_LENGTH_MAX:  # noqa: PLR2004 -- "1.1.1" is the shortest.
        return None
    if text[0] in "='":
        # Spreadsheets are kept from changing a cell by a formula or an apostrophe.
        text = text.removeprefix("=").strip("\"'")
    if not text.isascii():
        text = text.translate(_CJK).replace("\xa0", " ")
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _iso(found[1], found[3], found[4])
    found = _YEAR_LAST.fullmatch(text)
    if found:
        return _three_numbers(found[1], found[3], found[4], order)
    found = _COMPACT.fullmatch(text)
    if found:
        return _eight_digits(found[1], order)
    return _with_month_name(text)


def parse_month(text: str) -> str | None:
    """Return the first day of a month (`Dec 2016` → `2016-12-01`, `2016-12` too), else None."""
    text = text.strip()
    found = _MONTH_YEAR.fullmatch(text)
    if found:
        month = _month(found[1])
        return _iso(found[2], str(month), "1") if month else None
    numbers = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-\d{1,2})?", text)
    return _iso(numbers[1], numbers[2], "1") if numbers else None


def _three_numbers(first: str, second: str, third: str, order: DateOrder) -> str | None:
    if order == "ymd":
        # Only years of two digits get here in this order; with four digits the year is plainly
        # last.
        if len(third) == 2:  # noqa: PLR2004
            return _iso(first, second, third) if len(first) == 2 else None  # noqa: PLR2004
        order = "dmy"
    day, month = (first, second) if order == "dmy" else (second, first)
    return _iso(third, month, day)


def _eight_digits(text: str, order: DateOrder) -> str | None:
    if _YEAR_MIN <= int(text[:4]) <= _YEAR_MAX:
        return _iso(text[:4], text[4:6], text[6:])
    first, second = text[:2], text[2:4]
    day, month = (second, first) if order == "mdy" else (first, second)
    return _iso(text[4:], month, day)


def _with_month_name(text: str) -> str | None:
    found = _DAY_MONTH.fullmatch(text)
    if found:
        day, name, year = found.groups()
    else:
        found = _MONTH_DAY.fullmatch(text)
        if found:
            name, day, year = found.groups()
        else:
            found = _YEAR_MONTH_DAY.fullmatch(text)
            if not found:
                return None
            year, name, day = found.groups()
    month = _month(name)
    return _iso(year, str(month), day) if month else None


def _month(name: str) -> int | None:
    folded = unicodedata.normalize("NFKD", name.lower())
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    for beginning, month in _BEGINNINGS:
        if plain.startswith(beginning):
            return month
    return None


def _iso(year: str, month: str, day: str) -> str | None:
    number = int(year)
    if len(year) == 2:  # noqa: PLR2004 -- A year of two digits.
        number += 1900 if number >= _CENTURY_PIVOT else 2000
    if not _YEAR_MIN <= number <= _YEAR_MAX:
        return None
    try:
        return date(number, int(month), int(day)).isoformat()
    except ValueError:
        return None
