"""100,000 entries there and back, made by the generator of the benchmarks."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bench.formats import write_book
from bench.household import generate
from pfh.runtime.move.tables import moved_tables
from tests.integration.hostile.house import open_house
from tests.integration.move.rich_books import (
    moved,
    postgres_settings,
    run_pfh,
    sqlite_settings,
)

ENTRIES = 100_000
_SIDES = ("main", "other")


@pytest.fixture
async def big(tmp_path: Path, migrated_sqlite_path: Path) -> Path:
    """Return a data folder with 100,000 entries of one person, and another person beside them."""
    folder = tmp_path / "big"
    folder.mkdir()
    await asyncio.to_thread(migrated_sqlite_path.rename, folder / "pfh.sqlite")
    async with open_house(folder):
        pass
    write_book(generate(ENTRIES), tmp_path / "book", ["csv"])
    file = tmp_path / "book" / "book.csv"
    told = await asyncio.to_thread(
        run_pfh, {"PFH_DATA_DIR": str(folder)}, "import", str(file), "--user", "ann@example.org"
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return folder


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_big_books_go_there_and_back(
    big: Path, tmp_path: Path, new_database: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    source, back = sqlite_settings(big), sqlite_settings(tmp_path / "back")
    cluster = postgres_settings(tmp_path / "cluster", new_database())
    for one, other in ((source, cluster), (cluster, back)):
        begun = time.monotonic()
        found = await moved(one, other)
        assert found.faults == []
        assert found.rows > 5 * ENTRIES
        with capsys.disabled():
            print(  # noqa: T201 -- a figure for whoever reads the run
                f"\n{found.rows:,} rows in {found.copy_seconds:.1f} s"
                f" ({found.rows / found.copy_seconds:,.0f}/s), with the proof"
                f" {time.monotonic() - begun:.1f} s"
            )
    entries, strange = await asyncio.to_thread(
        _differences, big / "pfh.sqlite", tmp_path / "back" / "pfh.sqlite"
    )
    assert entries >= ENTRIES
    assert strange == []


def _differences(first: Path, second: Path) -> tuple[int, list[str]]:
    """Return the number of entries, and the tables in which a row is on one side alone.

    By SQLite itself, so that the move's own comparison is not believed.
    """
    with closing(sqlite3.connect(first)) as file:
        file.execute("ATTACH ? AS other", (str(second),))
        strange = []
        for table in moved_tables():
            columns = ", ".join(f'"{column}"' for column in table.columns)
            one, other = (f'SELECT {columns} FROM {side}."{table.name}"' for side in _SIDES)
            for left, right in ((one, other), (other, one)):
                if file.execute(f"{left} EXCEPT {right} LIMIT 1").fetchall():
                    strange.append(table.name)
        return int(file.execute("SELECT COUNT(*) FROM entries").fetchone()[0]), strange
