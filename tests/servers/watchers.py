"""Starts Prometheus and Alertmanager of a test's own, on free ports, to watch what the test has."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from pfh.entry.cli.stack.local_process import free_port, start
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that answers."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query, in Prometheus' own shape."""
        answer = httpx.get(
            f"{self.url}/api/v1/query", params={"query": expression}, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found


@contextmanager
def prometheus(
    program: str, configuration: dict[str, Any], folder: Path, run: RunDirectory
) -> Iterator[Prometheus]:
    """Run Prometheus beside the block, with this configuration."""
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    command = [
        program,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
        # What fires before Alertmanager is known to it is sent again at once.
        "--rules.alert.resend-delay=1s",
    ]
    url = f"http://127.0.0.1:{port}"
    with _running(command, folder / "prometheus.log", f"{url}/-/ready", run):
        yield Prometheus(url)


@contextmanager
def alertmanager(program: str, file: Path, folder: Path, run: RunDirectory) -> Iterator[str]:
    """Run Alertmanager beside the block on a file of configuration; yields its host and port."""
    place = f"127.0.0.1:{free_port()}"
    command = [
        program,
        f"--config.file={file}",
        f"--storage.path={folder / 'alerts'}",
        f"--web.listen-address={place}",
        "--cluster.listen-address=",
    ]
    with _running(command, folder / "alertmanager.log", f"http://{place}/-/ready", run):
        yield place


@contextmanager
def _running(command: list[str], log: Path, ready: str, run: RunDirectory) -> Iterator[None]:
    def answers() -> bool:
        try:
            return httpx.get(ready, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    process = start(command, log, answers=answers, seconds=PATIENCE_SECONDS, own=run.own_process)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
