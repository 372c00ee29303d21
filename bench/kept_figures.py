"""Rows of the README that a run did not measure stay as they are.

It exists because a run of one part, on a machine that has no figures of the others, must not empty
the table.
"""

from __future__ import annotations

from typing import Final

from bench.report import BEGIN, END, ROWS

MEASURED: Final = "Measured on "
EARLIER: Final = "The other rows are of earlier runs: "


def with_kept_rows(readme: str, text: str) -> str:
    """Return the new text with the rows and remarks of the old one for which it has none.

    Args:
        readme: the whole file, its old table between the markers.
        text: a table, the line of the machine, remarks; the old table is given up when its columns
            are others.
    """
    old = readme.partition(BEGIN)[2].partition(END)[0]
    before, now = _rows(old), _rows(text)
    kept = {label: line for label, line in before.items() if label not in now}
    head = text.splitlines()[:2]
    if not kept or head != old.strip().splitlines()[:2]:
        return text
    both = kept | now
    lines = [*head, *(both[label] for label in _labels() if label in both)]
    machine = [line for line in text.splitlines() if line.startswith(MEASURED)]
    earlier = [line for line in old.splitlines() if line.startswith((MEASURED, EARLIER))]
    words = earlier[-1].removeprefix(EARLIER).removeprefix(MEASURED) if earlier else ""
    lines += ["", *machine, "", f"{EARLIER}{words}", ""]
    measured = {row.key for row in ROWS if _label_of[row.key] in now}
    remarks = [line for line in old.splitlines() if line.startswith("- `")]
    lines += [line for line in remarks if line.split("`")[1] not in measured]
    lines += [line for line in text.splitlines() if line.startswith("- `")]
    return "\n".join(lines)


Label = tuple[str, str]
"""What a row is called, below which row: `… p95` is there several times."""


def _label(what: str, above: str) -> Label:
    return (above if what.startswith("…") else what, what)


def _labels() -> list[Label]:
    return list(_label_of.values())


def _by_key() -> dict[str, Label]:
    found: dict[str, Label] = {}
    above = ""
    for row in ROWS:
        found[row.key] = _label(row.what, above)
        above = found[row.key][0]
    return found


_label_of: Final = _by_key()


def _rows(text: str) -> dict[Label, str]:
    found: dict[Label, str] = {}
    above = ""
    for line in text.strip().splitlines()[2:]:
        if line.startswith("| "):
            label = _label(line.split("|")[1].strip(), above)
            found[label] = line
            above = label[0]
    return found
