"""The tables of `docs/reference/`, written from the program itself.

It exists so that a page can be written by hand around a table that is never wrong: what stands
between `<!-- table: events -->` and `<!-- end -->` is replaced by `make docs`, and a test fails
when that would change something.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pfh.core.errors import Problem
from pfh.entry.web.problem_details import STATUSES
from pfh.runtime.settings import ALL_SETTINGS
from tests.architecture import inventory
from tests.architecture.tree import ROOT, files_below, tree_of

PAGES = ROOT / "docs" / "reference"
SECTION = re.compile(
    r"(?P<head><!-- table: (?P<name>\w+) -->\n).*?(?P<tail><!-- end -->)", re.DOTALL
)
Row = tuple[str, ...]


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '∣') for cell in line)} |\n" for line in lines)


def _first_sentence(described: object) -> str:
    words = (inspect.getdoc(described) or "").partition("\n\n")[0]
    return " ".join(words.split())


def settings_table() -> str:
    """Write the settings in the order of the program: variable, default, meaning."""
    rows = ((f"`{s.name}`", s.default, s.help) for s in ALL_SETTINGS)
    return _table(("variable", "default", "meaning"), rows)


def problems_table() -> str:
    """Write the problems by code: code, status, meaning."""
    classes = sorted(inventory.problem_classes(), key=lambda problem: problem.code)
    rows = (_problem_row(problem) for problem in classes)
    return _table(("code", "status", "meaning"), dict.fromkeys(rows))


def _problem_row(problem: type[Problem]) -> Row:
    return f"`{problem.code}`", str(STATUSES[problem.kind]), _first_sentence(problem)


def events_table() -> str:
    """Write the events by feature: type, feature, meaning."""
    rows = sorted(_event_rows(), key=lambda row: (row[1], row[0]))
    return _table(("type", "feature", "meaning"), rows)


def _event_rows() -> Iterator[Row]:
    for path, types in inventory.event_modules():
        for name, event_type in types.items():
            yield f"`{event_type}`", path.parts[3], _event_meaning(path, name, event_type)


def _event_meaning(path: Path, constant: str, event_type: str) -> str:
    """Return what the function that drafts an event says about it, else its name in words."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef) and constant in _names_in(node):
            return " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", event_type)
    return f"{words.capitalize()}."


def _names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def metrics_table() -> str:
    """Write the metrics by name: name, kind, meaning."""
    rows = (
        (f"`{name}`", kind, meaning)
        for name, (kind, meaning) in sorted(inventory.metric_families().items())
    )
    return _table(("metric", "kind", "meaning"), rows)


def commands_table() -> str:
    """Write the commands by name: command, meaning."""
    rows = ((f"`{words}`", meaning) for words, meaning in sorted(inventory.commands().items()))
    return _table(("command", "does"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "problems": problems_table,
    "events": events_table,
    "metrics": metrics_table,
    "commands": commands_table,
}


def refreshed(page: str) -> str:
    """Return a page with each of its marked tables written anew."""

    def replace(found: re.Match[str]) -> str:
        return found["head"] + TABLES[found["name"]]() + found["tail"]

    return SECTION.sub(replace, page)


def pages() -> list[Path]:
    """Return the reference pages, relative to the root."""
    return [p for p in files_below("docs", suffixes=(".md",)) if p.parts[1] == "reference"]


def main() -> None:
    """Write every page's tables anew."""
    for path in pages():
        page = ROOT / path
        before = page.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            page.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
