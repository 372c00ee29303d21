"""The directory of one test run, shared by its workers.

It exists because xdist runs tests in several processes: the first one that needs a server starts it
under a lock, the others read what it wrote, and the process that owns the run stops it at the end.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PREFIX = "pfh-tests-"
STOP_SECONDS_MAX = 15.0


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A directory `pfh-tests-<pid of its owner>-…` below the system's temporary directory."""

    path: Path

    @classmethod
    def create(cls) -> RunDirectory:
        """Make one for this process, after clearing what killed runs left behind."""
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if not _process_lives(int(left.name.split("-")[2])):
                cls(left).remove()
        path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        # A server that may not run as root must be able to walk through.
        path.chmod(0o755)
        return cls(path)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock named `name` against every other process of the run."""
        with (self.path / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def own_process(self, pid: int) -> None:
        """Remember a server process that the end of the run must stop."""
        (self.path / f"{pid}.process").touch()

    def write(self, name: str, content: object) -> None:
        """Leave `content`, as JSON, for the other processes of the run."""
        part = self.path / f"{name}.part-{os.getpid()}"
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(self.path / f"{name}.json")

    def read(self, name: str) -> dict[str, str] | None:
        """Return what `write` left under this name, or None."""
        try:
            text = (self.path / f"{name}.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        content: dict[str, str] = json.loads(text)
        return content

    def remove(self) -> None:
        """Stop the servers of the run by their process ids, then delete the directory."""
        pids = {int(file.stem) for file in self.path.glob("*.process")}
        # A PostgreSQL that a test had to itself, when the test was killed: the number is another
        # one after each start, and the first line of this file tells it.
        for file in self.path.glob("*/*/postmaster.pid"):
            pids.add(int(file.read_text(encoding="utf-8").split()[0]))
        # All at once: each in turn would make the run wait for the slowest as often as it has any.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            pids = {pid for pid in pids if self._is_ours(pid)}
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            self._wait(pids)
        shutil.rmtree(self.path, ignore_errors=True)

    def _wait(self, pids: set[int]) -> None:
        deadline = time.monotonic() + STOP_SECONDS_MAX / 3
        while any(self._is_ours(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _is_ours(self, pid: int) -> bool:
        """Tell whether a process runs and is one of this run.

        A process id may have been given to a stranger since; ours names this directory. One that
        has ended and that its parent has not asked for yet has no command line any more.
        """
        try:
            command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            # Gone, or a system without this folder: there the signal tells.
            return not Path("/proc/self").exists() and _process_lives(pid)
        return os.fsencode(self.path) in command_line


def _process_lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
