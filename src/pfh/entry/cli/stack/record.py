"""What a stack consists of, kept in a file from its first process on.

It exists so that another process can look at the stack and end it, whatever happened to the one
that started it.
"""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pfh.entry.cli.stack.identity import Process, birth_of, end
from pfh.entry.cli.stack.local_process import private_file

PREFIX: Final = "pfh-stack-"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started: its name, address, version and process."""

    name: str
    address: str
    version: str
    pid: int


@dataclass(frozen=True, slots=True)
class Absent:
    """A server that could not be started, and why."""

    name: str
    reason: str


class Record:
    """A stack: the directory of its data, its processes, servers, and those that are missing.

    Args:
        state: the folder of the record and of the environment file.
        directory: of the servers' data; deleted with the stack.
    """

    def __init__(self, state: Path, directory: Path) -> None:
        self.state = state
        self.directory = directory
        self.processes: list[Process] = []
        self.servers: list[Running] = []
        self.absent: list[Absent] = []
        self._lock = threading.Lock()

    @classmethod
    def begin(cls, state: Path) -> Record:
        """Make an empty directory for a new stack, and remember it."""
        made = cls(state, Path(tempfile.mkdtemp(prefix=PREFIX)))
        # A server that may not run as root must be able to walk through, not to look around.
        made.directory.chmod(0o711)
        made._save()
        return made

    @classmethod
    def load(cls, state: Path) -> Record | None:
        """Return the stack that was started with this folder, or None."""
        try:
            kept: dict[str, Any] = json.loads(_file(state).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        found = cls(state, Path(kept["directory"]))
        found.processes = [Process(**one) for one in kept["processes"]]
        found.servers = [Running(**one) for one in kept["servers"]]
        found.absent = [Absent(**one) for one in kept["absent"]]
        return found

    @property
    def environment(self) -> Path:
        """The file with the settings of a hub on this stack."""
        return self.state / "environment"

    def own(self, pid: int, number: int = signal.SIGKILL) -> None:
        """Remember a process, and the signal that ends it and what it started.

        Its data go with it, so nothing is asked to finish.
        """
        born = birth_of(pid)
        if born is None:
            return
        with self._lock:
            self.processes.append(Process(pid, born, number))
            self._save()

    def tell(self, server: Running) -> None:
        """Remember a server that serves."""
        with self._lock:
            self.servers.append(server)
            self._save()

    def miss(self, name: str, reason: str) -> None:
        """Remember why a server is not there."""
        with self._lock:
            self.absent.append(Absent(name, reason))
            self._save()

    def died(self) -> list[str]:
        """Return the names of the servers that run no more."""
        alive = {process.pid for process in self.processes if process.runs}
        return [server.name for server in self.servers if server.pid not in alive]

    def remove(self) -> None:
        """End every process that is still ours, then delete the data and the record.

        Raises:
            TimeoutError: a process cannot be ended; the record stays.
        """
        end(self.processes)
        if self.directory.name.startswith(PREFIX):
            shutil.rmtree(self.directory, ignore_errors=True)
        self.environment.unlink(missing_ok=True)
        _file(self.state).unlink(missing_ok=True)

    def _save(self) -> None:
        kept = {
            "directory": f"{self.directory}",
            "processes": [asdict(one) for one in self.processes],
            "servers": [asdict(one) for one in self.servers],
            "absent": [asdict(one) for one in self.absent],
        }
        part = self.state / "record.part"
        private_file(part, json.dumps(kept, indent=1))
        part.replace(_file(self.state))


def _file(state: Path) -> Path:
    return state / "record.json"
