"""Whatever a user or an operator can meet is in `docs/reference/`, and no link is broken."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import inventory
from tests.architecture.tree import ROOT, repository_files, text_of

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")


@cache
def _reference() -> str:
    pages = [path for path in repository_files() if path.parts[:2] == ("docs", "reference")]
    return "\n".join(text_of(path) for path in pages if path.suffix == ".md")


def _undocumented(names: set[str]) -> list[str]:
    return sorted(
        n for n in names if not re.search(rf"(?<![\w.-]){re.escape(n)}(?!\w)", _reference())
    )


def _assert_documented(names: set[str], page: str) -> None:
    missing = _undocumented(names)
    rows = "\n".join(f"| `{name}` | … |" for name in missing)
    assert not missing, f"{len(missing)} of {len(names)} missing in docs/reference/{page}:\n{rows}"


def test_settings_are_documented() -> None:
    _assert_documented(inventory.settings(), "settings.md")


def test_event_types_are_documented() -> None:
    _assert_documented(inventory.event_types(), "events.md")


def test_metrics_are_documented() -> None:
    _assert_documented(inventory.metrics(), "metrics.md")


def test_error_codes_are_documented() -> None:
    _assert_documented(set(inventory.problem_codes()), "errors.md")


def test_commands_are_documented() -> None:
    _assert_documented(inventory.commands(), "cli.md")


def test_error_code_means_one_thing() -> None:
    shared = {
        code: sorted(classes)
        for code, classes in inventory.problem_codes().items()
        if len(classes) > 1 and code != "invalid_request"
    }
    assert not shared, f"one code, several classes: {shared}"


def _pages() -> list[Path]:
    return [path for path in repository_files() if path.suffix == ".md"]


@pytest.mark.parametrize("page", _pages(), ids=str)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = [found["target"].partition("#")[0] for found in LINK.finditer(text_of(page))]
    local = [target for target in targets if target and not ELSEWHERE.match(target)]
    broken = [target for target in local if not (ROOT / page.parent / target).exists()]
    assert not broken, f"{page} links to {broken}"
