"""Whatever a user or an operator can meet is in `docs/reference/`, and no link is broken."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import inventory, reference_tables
from tests.architecture.tree import ROOT, repository_files, text_of

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")


@cache
def _reference() -> str:
    return "\n".join(text_of(path) for path in reference_tables.pages())


def _is_mentioned(name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?!\w)", _reference()) is not None


def _assert_documented(names: set[str]) -> None:
    assert names, "nothing was found, so nothing was compared"
    missing = sorted(name for name in names if not _is_mentioned(name))
    assert not missing, f"not in docs/reference/, try `make docs`: {', '.join(missing)}"


def test_settings_are_documented() -> None:
    _assert_documented(inventory.settings())


def test_event_types_are_documented() -> None:
    _assert_documented(inventory.event_types())


def test_metrics_are_documented() -> None:
    _assert_documented(set(inventory.metric_families()))


def test_error_codes_are_documented() -> None:
    _assert_documented({problem.code for problem in inventory.problem_classes()})


def test_commands_are_documented() -> None:
    _assert_documented(set(inventory.commands()))


@pytest.mark.parametrize("page", reference_tables.pages(), ids=str)
def test_tables_of_a_page_tell_the_program_as_it_is(page: Path) -> None:
    assert reference_tables.refreshed(text_of(page)) == text_of(page), "make docs"
    assert "|  |" not in text_of(page), "an empty cell: its docstring or its help is missing"


def test_error_code_means_one_thing() -> None:
    statuses: dict[str, set[str]] = {}
    for problem in inventory.problem_classes():
        statuses.setdefault(problem.code, set()).add(problem.kind.name)
    shared = {code: kinds for code, kinds in statuses.items() if len(kinds) > 1}
    assert not shared, f"one code, several kinds: {shared}"


def _pages() -> list[Path]:
    return [path for path in repository_files() if path.suffix == ".md"]


@pytest.mark.parametrize("page", _pages(), ids=str)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = [found["target"].partition("#")[0] for found in LINK.finditer(text_of(page))]
    local = [target for target in targets if target and not ELSEWHERE.match(target)]
    broken = [target for target in local if not (ROOT / page.parent / target).exists()]
    assert not broken, f"{page} links to {broken}"
