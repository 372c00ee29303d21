"""One JSON object a line, with correlation and without private data."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from pfh.observability.correlation import accepted_correlation_id, correlation_id
from pfh.observability.logging import configure_logging, get_logger

pytestmark = pytest.mark.usefixtures("bare_root_logger")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_writes_an_object_a_line_to_both_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log" / "app.log"
    configure_logging("info", file)
    token = correlation_id.set("c-1")
    get_logger("pfh.test").bind(feature="x").info("thing_done", count=3, email="ann@example.org")
    correlation_id.reset(token)
    (line,) = lines(capsys.readouterr().out)
    assert lines(file.read_text()) == [line]
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "pfh.test",
        "event": "thing_done",
        "correlation_id": "c-1",
        "feature": "x",
        "count": 3,
        "email": "[masked]",
    }


def test_keeps_to_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning")
    logger = get_logger("pfh.test")
    logger.info("no")
    logger.warning("yes")
    assert [line["event"] for line in lines(capsys.readouterr().out)] == ["yes"]


def test_renders_lines_of_other_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    logging.getLogger("somebody.else").warning("saw %s", "ann@example.org")
    (line,) = lines(capsys.readouterr().out)
    assert line["event"] == "saw [masked]"


def test_keeps_one_line_when_a_text_has_several(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    get_logger("pfh.test").warning("forged", reason='x\n{"level":"info"}')
    (line,) = lines(capsys.readouterr().out)
    assert line["reason"] == "x\n{'[masked]'}"


def test_shows_the_traceback_without_private_data(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    try:
        int("ann@example.org")
    except ValueError as error:
        get_logger("pfh.test").failure("it_failed", error)
    (line,) = lines(capsys.readouterr().out)
    assert line["exception"].startswith("Traceback (most recent call last):\n  File ")
    assert line["exception"].endswith("ValueError: [masked]\n")


def test_goes_on_in_a_new_file_when_the_old_one_was_rotated(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    configure_logging("info", file)
    get_logger("pfh.test").info("first")
    file.rename(tmp_path / "app.log.1")
    get_logger("pfh.test").info("second")
    assert [line["event"] for line in lines(file.read_text())] == ["second"]


@pytest.mark.parametrize("offered", ["", "a" * 65, 'x"y', "a b", "x\ny", "-x", "ü"])
def test_makes_a_new_correlation_when_the_offered_one_is_unsafe(offered: str) -> None:
    made = accepted_correlation_id(offered)
    assert made != offered
    assert len(made) == 24


def test_keeps_a_safe_correlation() -> None:
    assert accepted_correlation_id("Job-7:step.2_a") == "Job-7:step.2_a"
