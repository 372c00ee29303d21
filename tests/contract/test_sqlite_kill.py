"""A hub that is killed while it writes loses nothing that it acknowledged."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

ROUNDS = 5
WRITER = """
import asyncio, sys
from pfh.adapters.database.sqlite import open_sqlite

async def write_for_ever(database, first):
    for number in range(first, first + 10**9, 16):
        async def unit(connection):
            await connection.execute("INSERT INTO entries (id) VALUES ($1)", number)
            await connection.execute("INSERT INTO postings (entry_id) VALUES ($1)", number)
        await database.write(unit)
        print(number, flush=True)

async def main(path, first):
    database = open_sqlite(path)
    async def define(connection):
        for columns in ("entries (id INTEGER PRIMARY KEY)", "postings (entry_id INTEGER)"):
            await connection.execute(f"CREATE TABLE IF NOT EXISTS {columns} STRICT")
    await database.write(define)
    await asyncio.gather(*(write_for_ever(database, first + n) for n in range(16)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def acknowledged_until_killed(path: Path, first: int, seconds: float) -> list[int]:
    """Let a process write for a while, kill it, and return what it had acknowledged."""
    output = path.with_suffix(".out")
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(first)],
            stdout=file,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process,
    ):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not output.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    # The last line may have been cut: only whole lines were acknowledged to the reader.
    whole = output.read_bytes().rpartition(b"\n")[0]
    return [int(line) for line in whole.split()]


def test_keeps_every_acknowledged_unit_whole_when_killed(disk_path: Path) -> None:
    seed = int(os.environ.get("PFH_TEST_DRILL_SEED", "2711"))
    print(f"PFH_TEST_DRILL_SEED={seed}")  # noqa: T201 -- shown when the test fails
    dice = random.Random(seed)
    path = disk_path / "hub.sqlite"
    acknowledged: set[int] = set()
    for round_number in range(ROUNDS):
        new = acknowledged_until_killed(path, round_number * 10**10, dice.uniform(0.02, 0.3))
        assert new, "the writer acknowledged nothing"
        acknowledged.update(new)
        connection = sqlite3.connect(path)
        entries = {row[0] for row in connection.execute("SELECT id FROM entries")}
        postings = [row[0] for row in connection.execute("SELECT entry_id FROM postings")]
        assert acknowledged - entries == set()
        # Neither half of a unit is there without the other.
        assert sorted(postings) == sorted(entries)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
