"""Other programs on the same book, for the ratio: absent ones are left out with a note.

It exists because a figure on one machine says little; beside another program's, it says something.
"""

from __future__ import annotations

import shutil
import subprocess
import time

from bench.figures import Figure
from bench.household import SEED
from bench.workbench import Workbench

_LARGEST = 100_000


def measure_peers(bench: Workbench) -> list[Figure]:
    """Let hledger report and bean-check read the book; entries per second of the whole process."""
    if bench.size > _LARGEST:
        print(f"  peers read at most {_LARGEST:,} entries here: they hold the book in memory")
        return []
    figures = []
    folder = bench.files(bench.size, SEED, ["hledger", "beancount"])
    for key, program, arguments in (
        (
            "peer_hledger",
            "hledger",
            ["-f", str(folder / "book.journal"), "balance", "expenses", "-M"],
        ),
        ("peer_beancount", "bean-check", ["--no-cache", str(folder / "book.beancount")]),
    ):
        found = shutil.which(program)
        if found is None:
            print(f"  {program} is not installed: left out")
            continue
        started = time.perf_counter()
        subprocess.run([found, *arguments], check=True, stdout=subprocess.DEVNULL)
        figures.append(Figure(key, bench.size, bench.size / (time.perf_counter() - started)))
    return figures
