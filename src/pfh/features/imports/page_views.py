"""What the import pages show; an import itself is the `ImportView` of the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.features.forms.api import AccountChoice, FormView
from pfh.features.imports.schemas import ImportSummary, ImportView

PREVIEW_ROWS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsPage:
    """The drop zone and the history.

    Attributes:
        form: what was wrong with the last upload, as its `problem`.
        history: latest first, discarded ones left out.
        next_cursor: of the page below.
    """

    form: FormView
    history: Sequence[ImportSummary]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """One import, in whatever state it is.

    Attributes:
        view: as the API shows it.
        accounts: that its rows can go to.
        currencies: (code, name) for a table that does not say its own.
        form: problems of the mapping: `mapping.date`, `mapping.amount`, …
        is_mapping_open: whether the columns are shown, since they are being changed.
    """

    view: ImportView
    accounts: Sequence[AccountChoice]
    currencies: Sequence[tuple[str, str]]
    form: FormView
    is_mapping_open: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether the page asks again by itself."""
        return self.view.status in {"reading", "committing", "reverting"}

    @property
    def columns(self) -> list[tuple[int, str]]:
        """Position and name of each column of a table: its header, else `Column 1`."""
        if self.view.csv is None:
            return []
        width = self.view.mapping.width if self.view.mapping else 0
        header = self.view.csv.header
        names = [header[place].strip() if place < len(header) else "" for place in range(width)]
        return [(place, name or f"Column {place + 1}") for place, name in enumerate(names)]

    @property
    def target_names(self) -> str:
        """The accounts that rows go to: `Checking and Visa`."""
        names = [account.account_name for account in self.view.accounts]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
