"""The books under measurement: generated files, data folders, imports through the real commands.

It exists so that every part of a run works on the same book of a size and builds it only once.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.formats import account_file, write_book
from bench.household import SEED, generate
from bench.hub import EMAIL, Finished, Hub, run_pfh
from bench.vocabulary import ACCOUNTS, CHECKING

MORE_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Workbench:
    """One size of book in one folder that is kept between the parts of a run."""

    root: Path
    size: int

    @property
    def data(self) -> Path:
        """Return the data folder with the imported book."""
        return self.root / f"data-{self.size}"

    def files(self, size: int, seed: int, formats: Iterable[str]) -> Path:
        """Return the folder with a generated book, written on the first call."""
        folder = self.root / f"files-{size}-{seed}"
        missing = [name for name in formats if not (folder / f".{name}").exists()]
        if missing:
            write_book(generate(size, seed), folder, missing)
            for name in missing:
                (folder / f".{name}").touch()
        return folder

    def csv(self) -> Path:
        """Return the whole book as one CSV."""
        return self.files(self.size, SEED, ["csv"]) / "book.csv"

    def other_csv(self) -> Path:
        """Return another book of 100,000 entries that was never imported into this one."""
        used = self.root / f".used-{self.size}"
        number = int(used.read_text(encoding="ascii")) + 1 if used.exists() else 1
        used.write_text(str(number), encoding="ascii")
        return self.files(MORE_ENTRIES, SEED + number, ["csv"]) / "book.csv"

    def ofx(self) -> Path:
        """Return the statement of the busiest bank account."""
        folder = self.files(self.size, SEED, ["ofx"])
        return folder / "ofx" / f"{account_file(CHECKING)}.ofx"

    def empty(self, name: str) -> Path:
        """Return a data folder with a user, the eight accounts and nothing in them."""
        data = self.root / name
        shutil.rmtree(data, ignore_errors=True)
        if data == self.data:
            (self.root / f".used-{self.size}").unlink(missing_ok=True)
        data.mkdir(parents=True, mode=0o700)
        run_pfh(data, "migrate")
        with Hub(data) as hub:
            hub.register()
            for account in ACCOUNTS:
                hub.json(
                    "POST",
                    "/api/accounts",
                    {
                        "name": account.name,
                        "accountType": account.account_type,
                        "currency": account.currency,
                    },
                )
        return data

    def import_csv(self, data: Path, path: Path) -> Finished:
        """Run `pfh import` on a CSV whose column says the account."""
        return run_pfh(data, "import", str(path), "--user", EMAIL)

    def book(self) -> Path:
        """Return the data folder with the imported book; build it when it is not there."""
        done = self.root / f".built-{self.size}"
        if not done.exists():
            data = self.empty(self.data.name)
            self.import_csv(data, self.csv())
            done.touch()
        return self.data

    def built(self) -> None:
        """Remember that the book is whole, so that the next part uses it."""
        (self.root / f".built-{self.size}").touch()


def count_rows(path: Path) -> int:
    """Return the number of data rows of a CSV without line breaks in its fields."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1


def count_statements(path: Path) -> int:
    """Return the number of movements in an OFX statement."""
    return len(re.findall(rb"<STMTTRN>", path.read_bytes()))


def folder_mib(data: Path) -> float:
    """Return what the files of a data folder take."""
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) / 2**20
