"""`pfh import` without Typer means what it means with Typer, or leaves it to Typer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pfh.entry.cli import import_work
from pfh.entry.cli.import_work import ImportWork
from pfh.entry.cli.main import build_app
from pfh.entry.cli.quick_import import understood


@pytest.mark.parametrize(
    "words",
    [
        ["a.csv"],
        ["a.csv", "b.ofx", "--json"],
        ["--dry-run", "a.csv"],
        ["--user", "ann@example.org", "a.csv", "--account", "My bank", "--currency", "EUR"],
        ["a.csv", "--dates", "month-first"],
        ["a.csv", "--user", "one@example.org", "--user", "two@example.org"],
    ],
)
def test_means_the_same_when_the_call_is_ordinary(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[ImportWork] = []

    def keep(work: ImportWork) -> int:
        seen.append(work)
        return 0

    monkeypatch.setattr(import_work, "carry_out", keep)
    assert CliRunner().invoke(build_app(), ["import", *words]).exit_code == 0
    assert [understood(words)] == seen


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--help"],
        ["a.csv", "-h"],
        ["a.csv", "--user"],
        ["a.csv", "--user", "--json"],
        ["a.csv", "--user=ann@example.org"],
        ["--", "-a.csv"],
        ["a.csv", "--unknown"],
        ["a.csv", "--dates", "sometimes"],
        ["--json"],
    ],
)
def test_leaves_to_typer_what_is_not(words: list[str]) -> None:
    assert understood(words) is None


def test_loads_neither_typer_nor_the_progress_bar(tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_bytes(b"Date,Description,Amount\n2026-11-02,Bread,-3.20\n")
    program = (
        "import sys; sys.argv = ['pfh', 'import', sys.argv[1], '--dry-run', '--json']\n"
        "from pfh.entry.cli.main import run\n"
        "try: run()\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print(sorted({'typer', 'rich', 'sqlalchemy', 'litestar'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        env={"PYTHONPATH": "src", "PFH_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert '"rows":1' in done.stdout
