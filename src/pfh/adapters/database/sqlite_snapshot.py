"""A copy of the SQLite file as it was at one instant, made while the hub writes on.

SQLite's own online backup reads inside one read transaction: in WAL mode no reader stops the
writer, the copy is of one commit, and no later commit makes it begin again. The log grows by what
is written meanwhile, since it cannot be folded back before the copy is done. `VACUUM INTO` holds
the same snapshot and sorts every index anew: more work for a file that is compressed anyway.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from pfh.adapters.database.sqlite_connection import SqliteConnection, SqliteOptions
from pfh.adapters.database.sqlite_errors import translate
from pfh.adapters.database.sqlite_jobs import drive
from pfh.ports.database import Result, Unit

# 4 MiB a step: between two steps other threads and the disk have their turn.
_PAGES_A_STEP: Final = 1024
_FAULTS_MAX: Final = 20


def copy_sqlite(path: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy the file to a new one, durably; blocks. `progress` hears pages done and pages in all.

    Raises:
        DatabaseUnavailable: the file cannot be read, or the copy not be written.
    """
    try:
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            target.chmod(0o600)
            source.isolation_level = None
            source.execute("PRAGMA query_only = ON")
            # Opened here and held, the transaction keeps its commit through all steps.
            source.execute("BEGIN")
            source.execute("SELECT 1 FROM sqlite_master").fetchone()
            source.backup(
                copy,
                pages=_PAGES_A_STEP,
                progress=lambda _, left, total: progress(total - left, total),
                sleep=0,
            )
            source.execute("COMMIT")
            # Without a log beside it, the copy is this one file.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise translate(error) from error


def read_sqlite_copy(path: Path, unit: Unit[Result]) -> Result:
    """Run a unit on a copy that nobody else has open; blocks, changes nothing.

    Raises:
        DatabaseUnavailable: it is no SQLite file.
    """
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
            raw.isolation_level = None
            result: Result = drive(unit, SqliteConnection(raw, SqliteOptions(), may_write=False))
            return result
    except sqlite3.Error as error:
        raise translate(error) from error


def sqlite_faults(path: Path) -> list[str]:
    """Return what SQLite finds wrong with a copy: pages, indexes, constraints, foreign keys."""

    async def unit(connection: SqliteConnection) -> list[str]:
        found = [str(row[0]) for row in await connection.fetch_all("PRAGMA integrity_check(20)")]
        keys = await connection.fetch_all("PRAGMA foreign_key_check")
        return [
            *(line for line in found if line != "ok"),
            *(f"a row of {row[0]} points at a row of {row[2]} that is not there" for row in keys),
        ][:_FAULTS_MAX]

    return read_sqlite_copy(path, unit)  # type: ignore[arg-type]  # the narrower connection
