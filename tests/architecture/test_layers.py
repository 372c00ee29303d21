"""The import contracts of `.importlinter`, and a core of the standard library alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.tree import ROOT, files_below, tree_of

CLOCK_READS = frozenset({"now", "utcnow", "today", "time_ns", "perf_counter", "monotonic"})


def _core_files() -> list[Path]:
    return [path for path in files_below("src") if path.parts[:3] == ("src", "pfh", "core")]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_import_contracts_are_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    # The linter would switch off every logger that exists, and with them those of later tests.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    status = lint_imports(
        config_filename=str(ROOT / ".importlinter"), cache_dir=str(tmp_path), verbose=False
    )
    told = capsys.readouterr()
    assert status == EXIT_STATUS_SUCCESS, told.out + told.err


def test_core_imports_only_itself_and_the_standard_library() -> None:
    foreign = [
        f"{path}: {module}"
        for path in _core_files()
        for module in _imported(path)
        if module.partition(".")[0] not in sys.stdlib_module_names
        and module != "pfh.core"
        and not module.startswith("pfh.core.")
    ]
    assert not foreign, "\n".join(foreign)


def _impurity(node: ast.AST) -> str | None:
    match node:
        case ast.AsyncFunctionDef() | ast.Await():
            return "waits"
        case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_READS:
            return f"reads the clock by {name}()"
    return None


def test_core_neither_waits_nor_reads_a_clock() -> None:
    impure = [
        f"{path}:{getattr(node, 'lineno', 0)}: {_impurity(node)}"
        for path in _core_files()
        for node in ast.walk(tree_of(path))
        if _impurity(node)
    ]
    assert not impure, "\n".join(impure)
