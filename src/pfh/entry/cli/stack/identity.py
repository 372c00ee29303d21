"""Telling one process from any other that got its number later.

Systems give the numbers of ended processes to new ones; a number alone must never be signalled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 20.0
STEP_SECONDS: Final = 0.02
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
# Of /proc/PID/stat, counted after the name, which may hold blanks and brackets.
_STATE_FIELD: Final = 0
_START_FIELD: Final = 19


def birth_of(pid: int) -> str | None:
    """Return what no other process with this number ever has, or None when there is none.

    A process that has ended, and that its parent has not yet asked for, counts as gone.
    """
    if not _BOOT.exists():
        return _birth_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[_STATE_FIELD] in "ZX":
        return None
    # Clock ticks since the machine started, and which start that was.
    return f"{fields[_START_FIELD]}@{_BOOT.read_text(encoding='ascii').strip()}"


def _birth_by_ps(pid: int) -> str | None:
    told = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", f"{pid}"], capture_output=True, text=True, check=False
    )
    state, _, started = told.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started, whatever became of it.

    Args:
        pid: its number.
        born: what `birth_of` said when it was started.
        signal: what ends it, and everything that it started.
    """

    pid: int
    born: str
    signal: int

    @property
    def runs(self) -> bool:
        """Tell whether it is still this process that has the number."""
        return birth_of(self.pid) == self.born


def end(processes: list[Process]) -> None:
    """End those that still run, and return when they are gone.

    Raises:
        TimeoutError: one of them is still there.
    """
    for process in processes:
        _signal(process, process.signal)
    _wait(processes)
    for process in processes:
        _signal(process, signal.SIGKILL)
    _wait(processes)
    left = [process.pid for process in processes if process.runs]
    if left:
        raise TimeoutError(f"processes that cannot be ended: {', '.join(map(str, left))}")


def _signal(process: Process, number: int) -> None:
    if process.runs:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return


def _wait(processes: list[Process]) -> None:
    until = time.monotonic() + STOP_SECONDS
    while any(process.runs for process in processes) and time.monotonic() < until:
        time.sleep(STEP_SECONDS)
