"""JSON of imports: what a person chose, what was found, how far it is."""

from __future__ import annotations

import msgspec

from pfh.features.imports.formats.csv_mapping import Mapping


class ImportSettings(msgspec.Struct, frozen=True, rename="camel", kw_only=True, omit_defaults=True):
    """What a person chose for one import.

    `accounts` maps an account key of the file to an account id of the hub; the key "*" means every
    account of the file that is not named, "" the rows of a file that names none.
    """

    mapping: Mapping | None = None
    accounts: dict[str, str] = {}
    currency: str | None = None
    create_categories: bool = True


class FoundAccount(msgspec.Struct, frozen=True, rename="camel"):
    """An account that the file speaks of and where its rows go; no id means a new account."""

    key: str
    name: str
    account_type: str
    currency: str
    account_id: str | None
    account_name: str


class FoundError(msgspec.Struct, frozen=True, rename="camel"):
    """Something in the file that cannot be taken: its line, its field, and what is wrong."""

    line: int
    field: str
    message: str


class FoundNote(msgspec.Struct, frozen=True, rename="camel"):
    """A line that was left out on purpose, and why."""

    line: int
    reason: str


class SampleRow(msgspec.Struct, frozen=True, rename="camel"):
    """One row of the preview; `outcome` is new, duplicate or skipped, with the reason in words."""

    line: int
    date: str
    amount: str
    currency: str
    payee: str
    memo: str
    category: str | None
    account: str
    outcome: str
    reason: str | None


class CsvFindings(msgspec.Struct, frozen=True, rename="camel"):
    """How a table is read: header, first records and how sure the guess is (0 to 1)."""

    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    confidence: float
    fingerprint: str
    remembered: bool


class ImportFindings(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What reading the file found."""

    encoding: str = ""
    accounts: tuple[FoundAccount, ...] = ()
    errors: tuple[FoundError, ...] = ()
    notes: tuple[FoundNote, ...] = ()
    warnings: tuple[str, ...] = ()
    rows: tuple[SampleRow, ...] = ()
    skipped: int = 0
    csv: CsvFindings | None = None
    failure: str | None = None


class ImportView(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One import: `rows` were read, `done` of them are committed or reverted so far."""

    id: str
    file_name: str
    format: str
    status: str
    rows: int
    new: int
    duplicate: int
    error_count: int
    done: int
    mapping: Mapping | None
    currency: str | None
    create_categories: bool
    accounts: tuple[FoundAccount, ...]
    errors: tuple[FoundError, ...]
    notes: tuple[FoundNote, ...]
    warnings: tuple[str, ...]
    sample: tuple[SampleRow, ...]
    csv: CsvFindings | None
    failure: str | None
    created_at: str
    committed_at: str | None
    reverted_at: str | None


class ImportSummary(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One line of the history of imports."""

    id: str
    file_name: str
    format: str
    status: str
    rows: int
    new: int
    duplicate: int
    error_count: int
    done: int
    created_at: str
    committed_at: str | None
    reverted_at: str | None


class ImportList(msgspec.Struct, frozen=True, rename="camel"):
    """A page of the history, latest first."""

    items: list[ImportSummary]
    next_cursor: str | None


class SettingsPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """New choices for an import that is not committed; what is left out stays."""

    mapping: Mapping | msgspec.UnsetType = msgspec.UNSET
    accounts: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    currency: str | msgspec.UnsetType | None = msgspec.UNSET
    create_categories: bool | msgspec.UnsetType = msgspec.UNSET
