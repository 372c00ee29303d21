"""Imports through `pfh import`: a whole process from the file to the projected dashboard.

It exists to measure what a person waits for: the start of the interpreter is in the figure.
"""

from __future__ import annotations

from bench.figures import Figure
from bench.hub import Finished
from bench.workbench import Workbench, count_rows, count_statements, folder_mib


def measure_imports(bench: Workbench) -> list[Figure]:
    """Import the book into an empty one, the same file again, and 100,000 other entries."""
    size = bench.size
    data = bench.empty(bench.data.name)
    first = bench.import_csv(data, bench.csv())
    bench.built()
    rows = count_rows(bench.csv())
    figures = [
        Figure("import_empty", size, rows / first.seconds, _note(rows, first)),
        Figure("import_empty_peak", size, first.peak_mib),
        Figure("database", size, folder_mib(data)),
    ]
    again = bench.import_csv(data, bench.csv())
    figures.append(Figure("import_again", size, rows / again.seconds, _note(rows, again)))
    return figures


def measure_more(bench: Workbench) -> list[Figure]:
    """Import 100,000 other entries of the same accounts and years into the book."""
    book, path = bench.book(), bench.other_csv()
    rows = count_rows(path)
    more = bench.import_csv(book, path)
    return [
        Figure("import_more", bench.size, rows / more.seconds, _note(rows, more)),
        Figure("import_more_peak", bench.size, more.peak_mib),
    ]


def measure_ofx(bench: Workbench) -> list[Figure]:
    """Import one account's OFX statement into an empty book."""
    data = bench.empty(f"ofx-{bench.size}")
    rows = count_statements(bench.ofx())
    done = bench.import_csv(data, bench.ofx())
    return [Figure("import_ofx", bench.size, rows / done.seconds, _note(rows, done))]


def _note(rows: int, done: Finished) -> str:
    """Return what a busy machine does not change: the processor's time, beside the clock's."""
    return f"{rows:,} rows in {done.seconds:.2f} s, {done.cpu_seconds:.2f} s of processor"
