"""How figures and dates are written for a person: grouped, with their currency, in their locale.

It exists because stored values are minor units, ISO days and microseconds, and a page shows none of
these. All functions are pure but for the locale of the request, which the filters read from a
context variable, so that imported template macros can be cached.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from pfh.core.commodity import commodity
from pfh.core.money import format_minor, read_formatted

THEME_COOKIE: Final = "pfh_theme"
MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_GROUP_SIZE: Final = 3
_THEMES: Final = ("light", "dark")
# Shared by dozens of currencies: the bare sign would be read as the wrong one.
_SYMBOLS: Final = {
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "MXN": "MX$",
    "HKD": "HK$",
    "CNY": "CN¥",
}
_UNAMBIGUOUS: Final = frozenset({"EUR", "USD", "GBP", "JPY", "INR", "KRW", "ILS", "VND", "UAH"})
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Locale:
    """The signs of numbers in one language.

    Attributes:
        code: BCP 47, for `lang` and the browser's formatters.
        decimal: before the decimals.
        group: between thousands.
        symbol_first: `€1.00` or `1.00 €`.
        four_digits: whether 1234 is grouped, too (not in es, pl, pt).
    """

    code: str
    decimal: str
    group: str
    symbol_first: bool
    four_digits: bool = True


_LOCALES: Final = {
    locale.code: locale
    for locale in (
        Locale("en", ".", ",", symbol_first=True),
        Locale("en-IE", ".", ",", symbol_first=True),
        Locale("de", ",", ".", symbol_first=False),
        Locale("de-CH", ".", "’", symbol_first=True),
        Locale("fr", ",", _NARROW, symbol_first=False),
        Locale("es", ",", ".", symbol_first=False, four_digits=False),
        Locale("it", ",", ".", symbol_first=False),
        Locale("nl", ",", ".", symbol_first=True),
        Locale("pl", ",", NO_BREAK, symbol_first=False, four_digits=False),
        Locale("pt", ",", NO_BREAK, symbol_first=False, four_digits=False),
        Locale("sv", ",", NO_BREAK, symbol_first=False),
        Locale("cs", ",", NO_BREAK, symbol_first=False),
    )
}
DEFAULT_LOCALE: Final = _LOCALES["en"]
_current: ContextVar[Locale] = ContextVar("pfh_locale", default=DEFAULT_LOCALE)


def find_locale(code: str) -> Locale:
    """Return the locale of a code, of its language alone, else English; never fails."""
    return _LOCALES.get(code) or _LOCALES.get(code.split("-", maxsplit=1)[0]) or DEFAULT_LOCALE


def find_theme(cookies: Mapping[str, str]) -> str | None:
    """Return the colours that a person chose, `light` or `dark`; None is as their system."""
    chosen = cookies.get(THEME_COOKIE)
    return chosen if chosen in _THEMES else None


def all_locales() -> tuple[str, ...]:
    """Return the codes that a person can choose from."""
    return tuple(_LOCALES)


def use_locale(code: str) -> None:
    """Make the filters of this request (this context) write for `code`."""
    _current.set(find_locale(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at the page: what the frame around every page shows.

    Attributes:
        name: full name; email: their address.
        household: its name.
        base_currency: code that totals are in.
        locale: BCP 47 code of `all_locales`.
        is_admin: whether the menu shows the books' proof.
        can_write: False hides every control that changes something.
        must_verify: whether a notice asks to confirm the e-mail address.
        review_count: things to review, shown as a number at the dashboard's link; 0 shows none.
    """

    name: str
    email: str
    household: str
    base_currency: str
    locale: str = "en"
    is_admin: bool = False
    can_write: bool = True
    review_count: int = 0
    must_verify: bool = False

    @property
    def initials(self) -> str:
        """One or two letters: `Ada Lovelace` → `AL`."""
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


def grouped(number: str, locale: Locale) -> str:
    """Group the thousands of plain decimal text.

    Example: "-1234567.50" in de → "−1.234.567,50".
    """
    sign = MINUS if number.startswith("-") else ""
    whole, _, fraction = number.lstrip("-").partition(".")
    if len(whole) > _GROUP_SIZE and (locale.four_digits or len(whole) > _GROUP_SIZE + 1):
        head = len(whole) % _GROUP_SIZE or _GROUP_SIZE
        parts = [whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))]
        whole = locale.group.join(parts)
    return f"{sign}{whole}{locale.decimal}{fraction}" if fraction else f"{sign}{whole}"


def symbol_of(code: str) -> str:
    """Return a sign that names one currency alone: `€`, `CA$`, and the code where none does."""
    if code in _SYMBOLS:
        return _SYMBOLS[code]
    return commodity(code).symbol if code in _UNAMBIGUOUS else code


def format_money(amount_minor: int, code: str, locale: Locale) -> str:
    """Write an amount with its currency and ordinary signs.

    Args:
        amount_minor: signed minor units.
        code: of a known commodity, else `CurrencyUnknown` is raised.
        locale: decides signs and the currency's place.

    Example: -123456 EUR in en → "−€1,234.56", in de → "−1.234,56 €"; 0 → "€0.00", never "−€0.00".
    """
    number = grouped(format_minor(abs(amount_minor), commodity(code)), locale)
    symbol = symbol_of(code)
    sign = MINUS if amount_minor < 0 else ""
    if not locale.symbol_first:
        return f"{sign}{number}{NO_BREAK}{symbol}"
    gap = NO_BREAK if symbol[-1].isalpha() else ""
    return f"{sign}{symbol}{gap}{number}"


def _as_minor(amount: int | str, code: str) -> int:
    """Take minor units, or decimal text as the API writes it."""
    return amount if isinstance(amount, int) else read_formatted(amount, commodity(code))


def money(amount: int | str, code: str) -> str:
    """Filter of templates: `format_money` in the locale set.

    `amount` is in minor units when it is an int, in units when it is decimal text: both -5 and
    "-0.05" of EUR are "−€0.05".
    """
    return format_money(_as_minor(amount, code), code, _current.get())


def signed_money(amount: int | str, code: str) -> str:
    """Filter: as `money`, with a plus sign before what grows; zero has no sign."""
    return ("+" if _as_minor(amount, code) > 0 else "") + money(amount, code)


def negated_money(amount: int | str, code: str) -> str:
    """Filter: the opposite of an amount, as `signed_money`: what was spent lowers a balance."""
    return signed_money(-_as_minor(amount, code), code)


def plain_amount(amount_minor: int, code: str) -> str:
    """Filter: decimal text for a form field, without a group sign: 123456 EUR → `1234.56`."""
    return format_minor(amount_minor, commodity(code))


def whole_money(amount_minor: int, code: str) -> str:
    """Filter: money without decimals, for places where cents are noise; half away from zero."""
    unit = 10 ** commodity(code).exponent
    rounded = (abs(amount_minor) + unit // 2) // unit
    text = format_money(rounded * unit, code, _current.get())
    decimal = _current.get().decimal
    zeros = decimal + "0" * commodity(code).exponent
    shown = text.replace(zeros, "", 1) if unit > 1 else text
    return (MINUS if amount_minor < 0 and rounded else "") + shown


def count(number: int) -> str:
    """Filter: a number of things, grouped: 12345 → `12,345`."""
    return grouped(str(number), _current.get())


def day(iso: str) -> str:
    """Filter: an ISO day as `20 Nov 2026`; what is no day is shown as it is."""
    try:
        value = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{value.day} {_MONTHS[value.month - 1][:3]} {value.year}"


def month(iso: str) -> str:
    """Filter: `2026-11` (or a day in it) as `November 2026`."""
    year, _, rest = iso.partition("-")
    return f"{_MONTHS[int(rest[:2]) - 1]} {year}"


def month_query(iso: str) -> str:
    """Filter: the days of `2026-11` as query parameters: `from=2026-11-01&to=2026-11-30`."""
    year, number = (int(part) for part in iso.split("-")[:2])
    last = monthrange(year, number)[1]
    return f"from={year}-{number:02}-01&to={year}-{number:02}-{last}"


def short_month(iso: str) -> str:
    """Filter: `2026-11` as `Nov 2026`."""
    name, _, year = month(iso).partition(" ")
    return f"{name[:3]} {year}"


def moment(microseconds: int) -> str:
    """Filter: an instant in UTC to the minute: `2026-11-20 17:05 UTC`."""
    value = datetime.fromtimestamp(microseconds // 1_000_000, tz=UTC)
    return value.strftime("%Y-%m-%d %H:%M UTC")


def percent(part: int, whole: int) -> str:
    """Filter: part of a whole, no decimals, half away from zero; `–` of nothing.

    Example: 1 of 3 → `33%`; -1 of 2 → `−50%`.
    """
    if whole == 0:
        return "–"
    size = (abs(part) * 200 // abs(whole) + 1) // 2
    negative = size and (part < 0) != (whole < 0)
    return f"{MINUS if negative else ''}{size}%"


def share(part: int, whole: int) -> int:
    """Filter: percent as an integer from 0 to 100, for the width of a bar."""
    if whole <= 0 or part <= 0:
        return 0
    return min(100, max(1, part * 100 // whole))


def by_group(things: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Filter: neighbours of one `.group` together, in the order given (Jinja's own sorts them)."""
    return [(name, list(found)) for name, found in groupby(things, key=attrgetter("group"))]


FILTERS: Final = {
    function.__name__: function
    for function in (
        *(
            money,
            signed_money,
            negated_money,
            plain_amount,
            whole_money,
            count,
            percent,
            share,
            by_group,
        ),
        *(day, month, short_month, month_query, moment),
    )
}
