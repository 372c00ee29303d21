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

PATIENCE_SECONDS = 30.0
Start: TypeAlias = Callable[..., "Running"]


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
                if line.startswith("{") and (found := json.loads(line))["event"] == name:
                    return dict(found)
            assert self.process.poll() is None or name == "hub_stopped", self.log.read_text()
            time.sleep(0.02)
        raise AssertionError(f"no {name} in {self.log.read_text()}")

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
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
    status, body = hub.get("/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    hub.process.send_signal(signal.SIGTERM)
    assert hub.process.wait(PATIENCE_SECONDS) == 0
    hub.event("hub_stopped")
    # A last checkpoint empties the log of the database when it is closed in order.
    wal = hub.log.with_name("pfh.sqlite-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_tells_the_load_balancer_before_it_closes(start: Start) -> None:
    hub = start("serve", PFH_DRAIN_SECONDS="2")
    hub.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    status, body = hub.get("/readyz")
    assert (status, json.loads(body)["code"]) == (503, "stopping")
    assert hub.get("/livez")[0] == 200
    assert hub.process.wait(PATIENCE_SECONDS) == 0


def test_stops_at_once_at_the_second_signal(start: Start) -> None:
    hub = start("serve", PFH_DRAIN_SECONDS="60")
    hub.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    hub.process.send_signal(signal.SIGINT)
    assert hub.process.wait(10) == 0


def test_run_says_where_to_click(start: Start) -> None:
    hub = start("run", "--no-demo")
    time.sleep(0.2)
    assert f"open http://localhost:{hub.port}" in hub.log.read_text()


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
