"""Starting a server that listens on a free port of this machine, and waiting until it answers."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from pfh.entry.cli.stack.missing import Missing

# Remembers a process id, so that somebody stops the process at the end.
Own: TypeAlias = Callable[[int], None]

STEP_SECONDS: Final = 0.02
# Systems give ports above these to outgoing connections. While a server is down, such a connection
# could take its port, and a client that tries again and again even meets itself there.
PORTS: Final = range(15_000, 32_000)
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


def accepts(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(
    command: Sequence[str], log: Path, *, answers: Callable[[], bool], seconds: float, own: Own
) -> subprocess.Popen[bytes]:
    """Start a server and return it once `answers` is true.

    Raises:
        Missing: it ended, or did not answer in time; it does not run then.
    """
    process = spawn(command, log, own=own)
    wait(process, log, answers=answers, seconds=seconds)
    return process


def spawn(command: Sequence[str], log: Path, *, own: Own) -> subprocess.Popen[bytes]:
    """Start a server that is not waited for; what it prints goes to the end of `log`.

    Its command names the folder of the log, by which the tests recognise a process as their own.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            # An interrupt from the terminal is for the caller, who then decides about its servers.
            start_new_session=True,
        )
    own(process.pid)
    return process


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


def leave_running(process: subprocess.Popen[bytes]) -> None:
    """Let go of a server that outlives this process: whoever remembers its id stops it."""
    # Else collecting the object warns about a process that still runs.
    process.returncode = 0


def private_file(path: Path, text: str) -> None:
    """Write a file that only this user may read, from its first moment on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
