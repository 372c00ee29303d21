"""What a run did not measure stays in the README as it is: rows, and columns of rows.

It exists because a run of one part or of one size, on a machine that has no figures of the others,
must not empty the table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bench.figures import Row
from bench.report import BEGIN, END, ROWS, heading, line_of, verdict

MEASURED: Final = "Measured on "
EARLIER: Final = "The other rows are of earlier runs: "
# Of these no book has a size; the table shows them in its first column.
_SIZELESS: Final = ("cluster_", "fsync_", "postgres_")
Label: TypeAlias = tuple[str, str]
"""What a row is called, below which row: `… p95` is there several times."""


@dataclass
class _Table:
    """A table as it is shown: the cells of each row by size, 0 where there is none."""

    sizes: list[int] = field(default_factory=list)
    cells: dict[str, dict[int, str]] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)


def with_kept_rows(readme: str, text: str) -> str:
    """Return the new text with the rows, cells and remarks of the old one for which it has none.

    Args:
        readme: the whole file, its old table between the markers.
        text: a table, the line of the machine, remarks.
    """
    old = readme.partition(BEGIN)[2].partition(END)[0]
    before, now = _read(old), _read(text)
    if all(cells.keys() <= now.cells.get(key, {}).keys() for key, cells in before.cells.items()):
        return text
    sizes = sorted({*before.sizes, *now.sizes})
    lines = heading(sizes)
    for row in ROWS:
        cells = before.cells.get(row.key, {}) | now.cells.get(row.key, {})
        if cells:
            lines.append(line_of(row, cells, sizes, _judged(row, before, now)))
    machine = [line for line in text.splitlines() if line.startswith(MEASURED)]
    earlier = [line for line in old.splitlines() if line.startswith((MEASURED, EARLIER))]
    words = earlier[-1].removeprefix(EARLIER).removeprefix(MEASURED) if earlier else ""
    lines += ["", *machine, "", f"{EARLIER}{words}", ""]
    lines += [line for line in _remarks(old) if not _is_of(line, now)]
    return "\n".join([*lines, *_remarks(text)])


def _judged(row: Row, before: _Table, now: _Table) -> str:
    """Return the verdict of a row of which some cells may be old.

    A figure as it is shown is rounded, so it is judged anew only where nobody judged both.
    """
    old, new = before.cells.get(row.key, {}), now.cells.get(row.key, {})
    if old.keys() <= new.keys() or row.target_size in new:
        return now.verdicts[row.key]
    if not new or row.target_size in old:
        return before.verdicts[row.key]
    return verdict(row, {size: float(cell.replace(",", "")) for size, cell in (old | new).items()})


def _remarks(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("- `")]


def _is_of(remark: str, table: _Table) -> bool:
    """Tell whether a remark, "- `key` at 1,000: …", is about a cell of a table."""
    _, key, rest = remark.split("`", 2)
    size = rest.removeprefix(" at ").partition(":")[0].replace(",", "")
    return size.isdigit() and int(size) in table.cells.get(key, {})


def _keys() -> dict[Label, str]:
    found: dict[Label, str] = {}
    above = ""
    for row in ROWS:
        label = _label(row.what, above)
        found[label], above = row.key, label[0]
    return found


def _label(what: str, above: str) -> Label:
    return (above if what.startswith("…") else what, what)


def _read(text: str) -> _Table:
    """Read a table; rows that no longer exist are passed over."""
    lines = [line for line in text.strip().splitlines() if line.startswith("| ")]
    if not lines:
        return _Table()
    table = _Table(sizes=[int(cell.replace(",", "")) for cell in _cells(lines[0])[2:-2]])
    keys, above = _keys(), ""
    for line in lines[1:]:
        what, _, *figures, _, judged = _cells(line)
        label = _label(what, above)
        above = label[0]
        key = keys.get(label)
        if key is None:
            continue
        sizes = [0] if key.startswith(_SIZELESS) else table.sizes
        table.cells[key] = {size: cell for size, cell in zip(sizes, figures, strict=False) if cell}
        table.verdicts[key] = judged
    return table


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
