"""The log's file: rotated daily, compressed, deleted in time, and never a reason to fail."""

from __future__ import annotations

import errno
import gzip
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pfh.observability import log_file
from pfh.observability.log_file import LogFile, LogFileUnusable, tidy
from pfh.observability.log_line import JsonFormatter
from pfh.observability.metrics import LOG_LINES_LOST

NOW = 1_795_744_800.0  # 2026-11-27, 02:00 UTC.
DAY = 86_400
TODAY = '{"timestamp":"2026-11-27T00:00:01.000+00:00","event":"AUTH_FAILED"}\n'
YESTERDAY = '{"timestamp":"2026-11-26T23:59:59.000+00:00","event":"AUTH_FAILED"}\n'


def write(path: Path, text: str, *, days_old: float) -> Path:
    """Write a file whose last line is so old."""
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    os.utime(path, (NOW - days_old * DAY, NOW - days_old * DAY))
    return path


def names(folder: Path) -> list[str]:
    """Return what a person sees in the folder."""
    return sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))


def record(event: str) -> logging.LogRecord:
    """Return a record of the hub's."""
    return logging.LogRecord("pfh.test", logging.INFO, "", 0, event, None, None)


def lost() -> float:
    """Return how many lines of a file were lost so far."""
    return float(LOG_LINES_LOST.labels("file")._value.get())


def test_deletes_what_is_older_than_30_days_and_nothing_else(tmp_path: Path) -> None:
    for name, days in (
        ("app.log-20261027.gz", 31), ("app.log-20261026", 32), ("app.log.7", 30.5),
        ("app.log-20261028.2.gz", 31), ("app.log-20261029.gz", 29.5), ("app.log.8.gz", 29),
        ("other.log", 400), ("app.log-notes", 400), ("app.logbook.gz", 400),
    ):  # fmt: skip
        write(tmp_path / name, YESTERDAY, days_old=days)
    write(tmp_path / "app.log", TODAY, days_old=0)
    tidy(tmp_path / "app.log", keep_days=30, now=NOW)
    assert names(tmp_path) == [
        "app.log", "app.log-20261029.gz", "app.log-notes", "app.log.8.gz", "app.logbook.gz",
        "other.log",
    ]  # fmt: skip


def test_rotates_yesterdays_log_and_compresses_it_an_hour_later(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", YESTERDAY, days_old=0)
    tidy(path, keep_days=30, now=NOW)
    assert names(tmp_path) == ["app.log-20261126"]
    write(path, TODAY, days_old=0)
    tidy(path, keep_days=30, now=NOW + 3_601)
    assert names(tmp_path) == ["app.log", "app.log-20261126.gz"]
    packed = tmp_path / "app.log-20261126.gz"
    assert packed.stat().st_mtime == NOW
    assert packed.stat().st_mode & 0o777 == 0o640
    found = subprocess.run(
        ["zgrep", "-h", "AUTH_FAILED", *map(str, sorted(tmp_path.glob("app.log*")))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.splitlines() == [TODAY.strip(), YESTERDAY.strip()]
    tidy(path, keep_days=30, now=NOW + 31 * DAY)
    assert names(tmp_path) == ["app.log-20261127.gz"]
    tidy(path, keep_days=30, now=NOW + 31 * DAY)
    assert names(tmp_path) == []


def test_never_overwrites_a_rotated_file(tmp_path: Path) -> None:
    write(tmp_path / "app.log-20261126.gz", YESTERDAY, days_old=0)
    tidy(write(tmp_path / "app.log", YESTERDAY, days_old=0), keep_days=30, now=NOW)
    assert names(tmp_path) == ["app.log-20261126.2", "app.log-20261126.gz"]


def test_leaves_rotating_to_the_process_that_is_at_it(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", YESTERDAY, days_old=40)
    with log_file._alone(path):
        tidy(path, keep_days=30, now=NOW)
    assert names(tmp_path) == ["app.log"]


def test_no_line_is_lost_while_two_processes_write_and_rotate(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    program = f"""
import logging, sys, time
from pathlib import Path
from pfh.observability import log_file
from pfh.observability.log_file import LogFile, tidy
from pfh.observability.log_line import JsonFormatter
# What was just rotated is not compressed, as on a real day.
log_file._STILL_SECONDS = 10**9
path, who = Path({str(path)!r}), sys.argv[1]
handler = LogFile(path)
handler.setFormatter(JsonFormatter())
for number in range(400):
    handler.emit(logging.LogRecord("pfh", 20, "", 0, f"line_{{who}}_{{number}}", None, None))
    if number % 40 == 0:
        # As if it was tomorrow, so that there is something to rotate.
        tidy(path, keep_days=30, now=time.time() + 86_400)
"""
    writers = [subprocess.Popen([sys.executable, "-c", program, str(who)]) for who in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    texts = [
        (gzip.decompress(one.read_bytes()) if one.suffix == ".gz" else one.read_bytes()).decode()
        for one in tmp_path.glob("app.log*")
    ]
    assert len(texts) > 5
    events = [json.loads(line)["event"] for text in texts for line in text.splitlines()]
    assert sorted(events) == sorted(f"line_{who}_{at}" for who in range(2) for at in range(400))


def test_a_full_disk_costs_lines_and_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = LogFile(tmp_path / "app.log")
    handler.setFormatter(JsonFormatter())
    write_really, before = os.write, lost()

    def half(descriptor: int, data: bytes) -> int:
        return write_really(descriptor, data[:20])

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    for writing in (half, full, full):
        monkeypatch.setattr(os, "write", writing)
        handler.emit(record("some_line"))
    monkeypatch.setattr(os, "write", write_really)
    handler.emit(record("last_line"))
    handler.close()
    assert lost() - before == 2
    # Told once, not for each line.
    assert capsys.readouterr().err.count("log_lines_lost") == 1
    [broken, whole] = (tmp_path / "app.log").read_text().splitlines()
    assert len(broken) == 20
    assert json.loads(whole)["event"] == "last_line"


def test_a_folder_that_went_away_costs_lines_and_no_request(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    handler = LogFile(folder / "app.log")
    handler.setFormatter(JsonFormatter())
    (folder / "app.log").unlink()
    folder.rmdir()
    before = lost()
    handler.emit(record("lost_line"))
    folder.mkdir()
    handler.emit(record("next_line"))
    handler.close()
    assert lost() - before == 1
    assert "next_line" in (folder / "app.log").read_text()


def test_output_that_takes_nothing_is_no_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pfh.observability.log_output import LogOutput

    class Closed:
        def write(self, _text: str) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        def flush(self) -> None:
            return

    stream: Any = Closed()
    handler = LogOutput(stream)
    handler.setFormatter(JsonFormatter())
    handler.handle(record("lost_line"))
    assert "lost_line" not in capsys.readouterr().err


def test_says_which_file_cannot_be_used_and_ends_in_order(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "app.log"
    with pytest.raises(LogFileUnusable, match=f"the log file {path} cannot be used: "):
        LogFile(path, keep_days=1)
