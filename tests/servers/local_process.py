"""Starting a server that listens on a free port of this machine, and waiting until it answers."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.servers.found import Missing

STEP_SECONDS = 0.02
# Systems give ports above these to outgoing connections. While a server is down, such a connection
# could take its port, and a client that tries again and again even meets itself there.
PORTS = range(15_000, 32_000)
_given: set[int] = set()


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago, and another one each time."""
    for _ in range(200):
        port = PORTS[secrets.randbelow(len(PORTS))]
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise Missing(f"no free port from {PORTS.start} to {PORTS.stop}")


def start(
    command: Sequence[str], log: Path, *, answers: Callable[[], bool], seconds: float
) -> subprocess.Popen[bytes]:
    """Start a server and return it once `answers` is true.

    Raises:
        Missing: it ended, or did not answer in time; it does not run then.
    """
    process = spawn(command, log)
    wait(process, log, answers=answers, seconds=seconds)
    return process


def spawn(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that is not waited for; what it prints goes to the end of `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=log.parent
        )


def wait(
    process: subprocess.Popen[bytes], log: Path, *, answers: Callable[[], bool], seconds: float
) -> None:
    """Return once `answers` is true.

    Raises:
        Missing: the server ended, or did not answer in time; it does not run then.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if answers():
            return
        time.sleep(STEP_SECONDS)
    ended = process.poll() is not None
    process.kill()
    process.wait()
    last = " ".join(log.read_text(errors="replace").strip().splitlines()[-1:])
    words = "ended" if ended else f"did not answer within {seconds} s"
    program = process.args[0] if isinstance(process.args, (list, tuple)) else process.args
    raise Missing(f"{program!s} {words}: {last}")
