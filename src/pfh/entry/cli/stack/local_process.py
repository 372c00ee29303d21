"""Starting a server that listens on a free port of this machine, and waiting until it answers."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from pfh.entry.cli.stack.java import cache_directory
from pfh.entry.cli.stack.missing import AddressTaken, Missing

_Result = TypeVar("_Result")
# Remembers a process id, so that somebody stops the process at the end.
Own: TypeAlias = Callable[[int], None]

STEP_SECONDS: Final = 0.02
# Systems give ports above these to outgoing connections. While a server is down, such a connection
# could take its port, and a client that tries again and again even meets itself there.
PORTS: Final = range(15_000, 32_000)
# How long a server waits for a port that another process has: most let go within moments.
PORT_SECONDS: Final = 30.0
PORT_STEP_SECONDS: Final = 0.2
# The line that says why a server ended: Go's servers print a trace below it, Java's a long one.
_CAUSE: Final = re.compile(r"^F\d{4} |\bFATAL\b|^panic: |address already in use", re.IGNORECASE)
_TAKEN: Final = re.compile(r"address already in use", re.IGNORECASE)
_given: set[int] = set()
_giving: Final = threading.Lock()


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago, and another one each time.

    No process of this user is given it as well while this one lives: its server may be down.
    """
    for _ in range(200):
        port = PORTS[secrets.randbelow(len(PORTS))]
        with _giving:
            if port in _given or not _reserve(port):
                continue
            _given.add(port)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise Missing(f"no free port from {PORTS.start} to {PORTS.stop}")


def _reserve(port: int) -> bool:
    # A lock of one byte, which ends with the process however that ends.
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):
        return False
    return True


@cache
def _reservations() -> int:
    """Return the open file whose bytes are the ports; to close it would end every lock."""
    folder = cache_directory()
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / "ports", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def accepts(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(
    command: Sequence[str] | Callable[[], Sequence[str]],
    log: Path,
    *,
    answers: Callable[[], bool],
    seconds: float,
    own: Own,
) -> subprocess.Popen[bytes]:
    """Start a server and return it once `answers` is true.

    Args:
        command: or what makes it anew for each try, with other ports.
        log: gets what the server prints, at its end.
        answers: tells whether it serves.
        seconds: how long a try may take.
        own: is told the id of the process of each try.

    Raises:
        Missing: it ended, or did not answer in time, or another process kept its port; it does not
            run then.
    """

    def once() -> subprocess.Popen[bytes]:
        begins = end_of(log)
        process = spawn(command() if callable(command) else command, log, own=own)
        wait(process, log, answers=answers, seconds=seconds, begins=begins)
        return process

    return until_address_is_free(once)


def until_address_is_free(attempt: Callable[[], _Result]) -> _Result:
    """Return what `attempt` does, tried again while another process has its port.

    Raises:
        AddressTaken: it still has it after half a minute.
    """
    until = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return attempt()
        except AddressTaken:
            if time.monotonic() > until:
                raise
        time.sleep(PORT_STEP_SECONDS)


def end_of(log: Path) -> int:
    """Return where what is printed next to a log begins, in bytes."""
    return log.stat().st_size if log.exists() else 0


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
    process: subprocess.Popen[bytes],
    log: Path,
    *,
    answers: Callable[[], bool],
    seconds: float,
    begins: int = 0,
) -> None:
    """Return once `answers` is true; the server's own lines in `log` begin at that byte.

    Raises:
        Missing: the server ended, or did not answer in time; it does not run then.
        AddressTaken: it ended for want of a port.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if answers():
            return
        time.sleep(STEP_SECONDS)
    ended = process.poll() is not None
    process.kill()
    process.wait()
    cause = cause_in(log, begins)
    words = "ended" if ended else f"did not answer within {seconds} s"
    program = process.args[0] if isinstance(process.args, (list, tuple)) else process.args
    kind = AddressTaken if ended and _TAKEN.search(cause) else Missing
    raise kind(f"{program!s} {words}: {cause}")


def cause_in(log: Path, begins: int = 0) -> str:
    """Return the line of a log, from a byte on, that says why a server ended; else its last one."""
    told = log.read_bytes()[begins:].decode(errors="replace")
    lines = told.strip().splitlines()
    return next(filter(_CAUSE.search, lines), lines[-1] if lines else "it printed nothing")


def leave_running(process: subprocess.Popen[bytes]) -> None:
    """Let go of a server that outlives this process: whoever remembers its id stops it."""
    # Else collecting the object warns about a process that still runs.
    process.returncode = 0


def private_file(path: Path, text: str) -> None:
    """Write a file that only this user may read, from its first moment on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
