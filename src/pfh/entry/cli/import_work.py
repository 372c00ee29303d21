"""What `pfh import` does: the pipeline of the web, with a progress bar instead of a page."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from pfh.core.errors import Kind, Problem
from pfh.entry.cli.opened_books import has_books, with_services
from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_USAGE, complain
from pfh.entry.cli.quick_start import collect_seldom
from pfh.features.dashboard.consumers import project_all
from pfh.features.imports import api as imports
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.services import Services
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import load_settings

_ERRORS_SHOWN = 20
_ORDERS: Final[dict[str, imports.DateOrder]] = {
    "day-first": "dmy",
    "month-first": "mdy",
    "year-first": "ymd",
}


class BooksUnclear(Problem):
    """Several people have books here, or none has, and none was named."""

    code = "books_unclear"
    kind = Kind.INVALID


class FileUnreadable(Problem):
    """The operating system does not give the file."""

    code = "file_unreadable"


class FileReport(msgspec.Struct, frozen=True):
    """What is printed of a file with `--json`; `errors` has the first 1,000."""

    file: str
    format: str | None
    rows: int
    new: int
    duplicate: int
    errors: list[imports.FoundError]


@dataclass(slots=True, kw_only=True)
class ImportWork:
    """One call of the command."""

    files: Sequence[Path]
    user: str | None
    account: str | None
    currency: str | None
    dates: str | None = None
    dry_run: bool
    as_json: bool

    def run_without_books(self) -> int:
        """Read the files alone: with no books every row is new."""
        return asyncio.run(self._each(None, None))

    async def run(self, services: Services) -> int:
        """Import the files into the books of the one household or of the person named."""
        owner = await imports.owner_of(services, self.user)
        if owner is None and not self.dry_run:
            raise BooksUnclear(
                "It is not clear whose books are meant."
                if self.user is None
                else "There is nobody with this e-mail address here.",
                field="--user",
                fix="Name the person with --user E-MAIL; sign up in the browser first.",
            )
        return await self._each(services, owner)

    async def _each(self, services: Services | None, owner: imports.Owner | None) -> int:
        code = EXIT_DONE
        for path in self.files:
            warnings: tuple[str, ...] = ()
            with self._progress(path) as advance:
                try:
                    report, warnings = await self._one(services, owner, path, advance)
                except Problem as problem:
                    code = EXIT_NO
                    words = f"{problem.detail} {problem.fix or ''}".strip()
                    error = imports.FoundError(0, "file", words)
                    report = FileReport(str(path), None, 0, 0, 0, [error])
            self._tell(report, warnings)
        if services is not None and owner is not None and not self.dry_run:
            await self._project(services, owner.household_id)
        return code

    async def _project(self, services: Services, household_id: int) -> None:
        """Bring the dashboards along, so that a hub which is started next shows all of it."""
        try:
            await project_all(services, household_id)
        except DocumentsUnavailable as error:
            # The books have every row; the hub projects what is missing as soon as it can.
            complain([f"Everything is in the books; the dashboards follow later ({error})."], 0)

    async def _one(
        self,
        services: Services | None,
        owner: imports.Owner | None,
        path: Path,
        advance: imports.Progress,
    ) -> tuple[FileReport, tuple[str, ...]]:
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise FileUnreadable(
                f"{path} cannot be read: {error.strerror}.", fix="Check the name and the rights."
            ) from None
        dates = _ORDERS[self.dates] if self.dates else None
        wish = imports.Wish(path, self.account, self.currency, dates)
        if services is None or owner is None or self.dry_run:
            found = await imports.examine_file(services, owner, wish, advance)
        else:
            found = await imports.import_file(services, owner, wish, advance)
        report = FileReport(
            str(path), found.format, found.rows, found.new, found.duplicate, list(found.errors)
        )
        return report, found.warnings

    @contextmanager
    def _progress(self, path: Path) -> Iterator[imports.Progress]:
        """Give what shows how much of the file was read and how many rows that gave."""
        if self.as_json or not sys.stderr.isatty():
            yield _show_nothing
            return
        # It takes longer to load than some files to import, and only a person sees it.
        from pfh.entry.cli.progress_bar import shown

        with shown(path) as advance:
            yield advance

    def _tell(self, report: FileReport, warnings: Sequence[str]) -> None:
        if self.as_json:
            sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
            return
        verb = "would be booked" if self.dry_run else "booked"
        known = (
            "all known: nothing to do"
            if report.rows and report.duplicate == report.rows
            else f"{report.new:,} {verb}, {report.duplicate:,} known before"
        )
        kind = report.format or "not read"
        sys.stdout.write(f"{report.file}: {kind}, {report.rows:,} rows, {known}\n")
        for warning in warnings:
            sys.stdout.write(f"  {warning}\n")
        for error in report.errors[:_ERRORS_SHOWN]:
            sys.stdout.write(f"  line {error.line}, {error.field}: {error.message}\n")
        if len(report.errors) > _ERRORS_SHOWN:
            sys.stdout.write(f"  … and {len(report.errors) - _ERRORS_SHOWN} more\n")


def _show_nothing(_bytes_read: int, _rows: int) -> None:
    """Nobody is looking."""


def carry_out(work: ImportWork) -> int:
    """Import into the books of the settings and return the exit code."""
    collect_seldom()
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        return complain(error.mistakes, EXIT_USAGE)
    if work.dry_run and not has_books(settings):
        return work.run_without_books()
    return with_services(settings, work.run)
