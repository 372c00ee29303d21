"""Real files of banks and programs, when they are at hand: every movement is found and read right.

The files themselves are not part of the repository; `PFH_BANK_FILES` names their folder. What is
kept here is what was read from them and reviewed: date, minor units, currency, payee of each row.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from pfh.features.imports.formats.read import Statement, open_statement

_ROOT = Path(__file__).resolve().parents[2]
_FILES = Path(os.environ.get("PFH_BANK_FILES", _ROOT.parent / "shared" / "fixtures" / "bank-files"))
_EXPECTED = Path(__file__).with_name("bank_files")
_FORMATS = ("csv", "mint", "ynab", "ofx1-sgml", "ofx2-xml", "qfx")


def _indexed() -> list[tuple[str, int]]:
    index = _FILES / "INDEX.tsv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    # A budget of YNAB 4 is a program's own file and no table.
    readable = [r for r in rows if r["format"] in _FORMATS and not r["file"].endswith(".yfull")]
    return [(row["file"], int(row["lines"])) for row in readable]


_INDEXED = _indexed()
pytestmark = pytest.mark.skipif(not _INDEXED, reason="the bank files are not here")


def _read(name: str) -> tuple[Statement, list[list[object]]]:
    with open_statement(_FILES / name, currency="EUR") as statement:
        rows = [row for batch in statement.batches() for row in batch]
    return statement, [[row.date, row.amount_minor, row.commodity, row.payee] for row in rows]


@pytest.mark.parametrize(("name", "lines"), _INDEXED, ids=[name for name, _ in _INDEXED])
def test_every_movement_is_met_when_a_real_file_is_read(name: str, lines: int) -> None:
    statement, _ = _read(name)
    assert statement.rows_read == lines


@pytest.mark.parametrize("name", [name for name, _ in _INDEXED])
def test_rows_are_those_reviewed_when_a_real_file_is_read(name: str) -> None:
    kept = _EXPECTED / f"{name.replace('/', '__')}.json"
    if not kept.exists():
        pytest.skip("nobody has reviewed this file yet")
    statement, rows = _read(name)
    wanted = json.loads(kept.read_text(encoding="utf-8"))
    assert rows == wanted["rows"]
    assert [[error.line, error.field] for error in statement.errors] == wanted["errors"]
