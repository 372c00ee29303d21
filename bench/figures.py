"""A measured figure, what it must reach, and how it is kept.

It exists so that a run of one part leaves the figures of the other parts in the table: every part
writes its own file, and the table is made of all files.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; `size` is the entries in the book, 0 when there is none; `note` is a remark."""

    key: str
    size: int
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what is measured, in what unit, and the limit at `target_size`.

    `better` says whether the value must be at least (`high`) or at most (`low`) the target; `None`
    is a figure without a target. `target_size` 0 is every size.
    """

    key: str
    what: str
    unit: str
    better: Literal["high", "low"] = "low"
    target: float | None = None
    target_size: int = 0


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of the values do not exceed (nearest rank), 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def save(folder: Path, part: str, figures: Iterable[Figure], machine: str) -> Path:
    """Write the figures of one part of a run to `folder/<part>.json` and return the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part}.json"
    document = {
        "part": part,
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine,
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path


def load_all(folder: Path) -> tuple[list[Figure], str, str]:
    """Return every figure kept in a folder, the machine of the latest and its day and commit."""
    figures: list[Figure] = []
    latest, machine, when = "", "", ""
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        figures += [Figure(**figure) for figure in document["figures"]]
        if document["measuredAt"] > latest:
            latest, machine = document["measuredAt"], document["machine"]
            when = f"{latest[:10]}, commit {document['commit']}"
    return figures, machine, when


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
