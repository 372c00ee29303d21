"""Starting a server that listens on a free port of this machine, and waiting until it answers."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.servers.found import Missing

STEP_SECONDS = 0.02


def free_port(most: int = 65_535) -> int:
    """Return a port of 127.0.0.1 that was free a moment ago, `most` at the highest."""
    for _ in range(200):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port <= most:
            return port
    raise Missing(f"no free port up to {most}")


def start(
    command: Sequence[str], log: Path, *, answers: Callable[[], bool], seconds: float
) -> subprocess.Popen[bytes]:
    """Start a server and return it once `answers` is true.

    Raises:
        Missing: it ended, or did not answer in time; it does not run then.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=log.parent
        )
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if answers():
            return process
        time.sleep(STEP_SECONDS)
    process.kill()
    process.wait()
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise Missing(f"{command[0]} did not answer within {seconds} s: {' '.join(last)}")
