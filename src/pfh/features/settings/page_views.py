"""What the settings page shows; each section is also a fragment of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pfh.features.forms.api import FormView


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """One exchange rate: one unit of `commodity` is worth `rate` units of `quote`.

    Attributes:
        date: ISO day from which it holds.
        rate: exact decimal text.
        source: `entered` by a person, or `exchange`: implied by one of their own.
    """

    commodity: str
    quote: str
    date: str
    rate: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A device that is signed in; instants are microseconds in UTC."""

    session_id: str
    device: str  # `Chrome on Linux`, else the user agent as sent
    address: str
    created_at: int
    last_seen_at: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLink:
    """A file that holds the person's data."""

    label: str
    help: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """The whole page; a fragment reads the same view.

    Attributes:
        profile: `firstName`, `lastName`, `email`, `currentPassword`.
        password: `currentPassword`, `newPassword`, `confirmPassword`.
        household: `name`, `baseCurrency`.
        rate: `commodity`, `quote`, `date`, `rate`.
        closing: `currentPassword`.
        currencies: (code, name) of every commodity that can be chosen.
        missing_rates: currencies in use without a rate to the base currency.
        exports: empty when there is none.
        facts: (name, value) for the part "About": version, database, data directory.
    """

    profile: FormView
    password: FormView
    household: FormView
    rate: FormView
    currencies: Sequence[tuple[str, str]]
    rates: Sequence[RateRow]
    sessions: Sequence[SessionRow]
    closing: FormView = field(default_factory=FormView)
    missing_rates: Sequence[str] = ()
    exports: Sequence[ExportLink] = ()
    facts: Sequence[tuple[str, str]] = ()
