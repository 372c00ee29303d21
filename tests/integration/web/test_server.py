"""The real program on a real port: it starts, serves, drains and stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pfh.runtime.build import COMMIT, VERSION
from tests.waiting import PATIENCE_SECONDS, wait_until

Start: TypeAlias = Callable[..., "Running"]


def _is_whole(line: str) -> bool:
    return line.startswith("{") and line.endswith("}")


class Running:
    """A hub in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self.log = log
        self.port = int(self.event("hub_started")["port"])

    def event(self, name: str) -> dict[str, Any]:
        """Wait for a line of the log."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for line in self.log.read_text().splitlines():
                if _is_whole(line) and (found := json.loads(line))["event"] == name:
                    return dict(found)
            assert self.process.poll() is None or name == "hub_stopped", self.log.read_text()
            time.sleep(0.02)
        raise AssertionError(f"no {name} in {self.log.read_text()}")

    def is_draining(self) -> bool:
        """Whether the first signal was heard."""
        status, body = self.get("/readyz")
        return status == 503 and json.loads(body)["code"] == "stopping"

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", path)
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
        connection.close()
        return status, body


@pytest.fixture
def start(migrated_sqlite_path: Path) -> Iterator[Start]:
    """Return a function that starts a hub on a migrated file; keywords are its environment."""
    folder = migrated_sqlite_path.parent
    migrated_sqlite_path.rename(folder / "pfh.sqlite")
    processes: list[subprocess.Popen[str]] = []

    def started(*arguments: str, **environment: str) -> Running:
        log = folder / "output"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", "from pfh.entry.cli.main import run; run()", *arguments],
                env={
                    **os.environ,
                    "PYTHONPATH": "src",
                    "PORT": "0",
                    "PFH_DATA_DIR": str(folder),
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        processes.append(process)
        return Running(process, log)

    yield started
    for process in processes:
        process.kill()
        process.wait()


def test_serves_and_stops_with_everything_closed(start: Start) -> None:
    hub = start("serve")
    started = hub.event("hub_started")
    assert (started["version"], started["commit"]) == (VERSION, COMMIT)
    status, body = hub.get("/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    hub.process.send_signal(signal.SIGTERM)
    assert hub.process.wait(PATIENCE_SECONDS) == 0
    hub.event("hub_stopped")
    # A last checkpoint empties the log of the database when it is closed in order.
    wal = hub.log.with_name("pfh.sqlite-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_tells_the_load_balancer_before_it_closes(start: Start) -> None:
    hub = start("serve", PFH_DRAIN_SECONDS="300")
    hub.process.send_signal(signal.SIGTERM)
    wait_until(hub.is_draining)
    assert hub.get("/livez")[0] == 200
    assert hub.process.poll() is None


def test_stops_at_once_at_the_second_signal(start: Start) -> None:
    hub = start("serve", PFH_DRAIN_SECONDS="300")
    hub.process.send_signal(signal.SIGINT)
    wait_until(hub.is_draining)
    hub.process.send_signal(signal.SIGINT)
    assert hub.process.wait(PATIENCE_SECONDS) == 0


def test_stops_by_itself_when_the_time_to_notice_is_over(start: Start) -> None:
    hub = start("serve", PFH_DRAIN_SECONDS="1")
    hub.process.send_signal(signal.SIGTERM)
    assert hub.process.wait(PATIENCE_SECONDS) == 0


def test_run_says_where_to_click(start: Start) -> None:
    hub = start("run", "--no-demo")
    words = f"open http://localhost:{hub.port}"
    wait_until(lambda: words in hub.log.read_text(), what=words)


def test_second_hub_on_the_folder_says_why_it_does_not_start(start: Start) -> None:
    hub = start("serve")
    second = subprocess.run(
        [sys.executable, "-c", "from pfh.entry.cli.main import run; run()", "serve"],
        env={
            **os.environ,
            "PYTHONPATH": "src",
            "PORT": "0",
            "PFH_DATA_DIR": str(hub.log.parent),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert second.returncode == 3
    assert f"another hub (process {hub.process.pid})" in second.stderr
    assert "Traceback" not in second.stderr
