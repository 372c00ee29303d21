"""Personal data made up at random is put into the log in every way, and then looked for."""

from __future__ import annotations

import ast
import gc
import json
import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pfh.observability.logging import configure_logging
from pfh.observability.masking import MASK, masked
from tests.unit.observability.personal_data import PATHS, Made

SOURCE = Path("src/pfh")
SEED = int(os.environ.get("PFH_TEST_SEED", "20261127"))
ROUNDS = 6


pytestmark = pytest.mark.usefixtures("bare_root_logger")


@pytest.mark.parametrize("path", sorted(PATHS))
def test_no_personal_data_reaches_the_log(
    path: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "app.log"
    configure_logging("debug", file)
    chance = random.Random(f"{SEED}{path}")
    for _ in range(ROUNDS):
        made = Made(chance)
        for text in made.texts(chance):
            PATHS[path](text)
        gc.collect(0)
        written = file.read_text()
        assert written
        heard = written + capfd.readouterr().err
        found = [secret for secret in made.secrets if secret.lower() in heard.lower()]
        where = [line for line in heard.splitlines() if any(one in line for one in found)]
        assert not found, f"seed {SEED}: {found} in {where[:2]}"
        for line in written.splitlines():
            assert line.isprintable(), f"seed {SEED}: {line!r}"
            assert json.loads(line)["event"]
        file.write_text("")


def test_a_forged_line_stays_inside_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    configure_logging("info", file)
    for end in ("\r", "\n", "\r\n", "\u2028", "\u2029", "\u0085", "\x0b"):
        PATHS["sentence"](f'x{end}{{"event":"AUTH_OK"}}')
        logging.getLogger("library").warning(f'x{end}{{"event":"AUTH_OK"}}')  # noqa: G004 -- as libraries do
    lines = file.read_text().splitlines()
    assert len(lines) == 14
    assert not [line for line in lines if json.loads(line)["event"] == "AUTH_OK"]


def test_every_field_of_the_program_is_shown_or_masked_on_purpose() -> None:
    """A new field that nobody thought about would be masked; this says so to whoever adds it."""
    names = {name for file in SOURCE.rglob("*.py") for name in _fields(file)}
    assert len(names) > 30
    hidden = {name for name in names if masked(name, "word") == MASK and masked(name, 7) == MASK}
    assert hidden == set()


def _fields(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"debug", "info", "warning", "error", "failure", "bind"}
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id.lower() in {"_log", "_logger"}
        ):
            yield from (keyword.arg for keyword in node.keywords if keyword.arg)
