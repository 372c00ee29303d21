"""The processes of the hub on a stage: what `docker compose stop consumer` and `up` mean there."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pfh.entry.cli.runbook.stage_record import StageRecord
from pfh.entry.cli.stack.identity import Process, birth_of, end
from pfh.entry.cli.stack.local_process import STEP_SECONDS, free_port
from pfh.entry.cli.stack.missing import Missing

PROGRAM: Final = (sys.executable, "-c", "from pfh.entry.cli.main import run; run()")
COMMANDS: Final = {
    "backend": ("serve",),
    "relay": ("relay",),
    "consumer": ("consume", "--group", "pfh-dashboard-consumer"),
    "scheduler": ("schedule",),
}
READY_SECONDS: Final = 120.0


def outer_environment() -> dict[str, str]:
    """Return the environment without settings of the hub: a stage has its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PFH_")}


class HubProcesses:
    """Starts and stops the hub's processes, and remembers them in files."""

    def __init__(self, stage: StageRecord) -> None:
        self._stage = stage
        self._folder = Path(stage.folder) / "processes"
        self._folder.mkdir(exist_ok=True)

    def start(self, names: tuple[str, ...] = tuple(COMMANDS)) -> None:
        """Start some that do not run, and return when they are ready.

        Raises:
            Missing: one ended, or is not ready in time.
        """
        started = [(name, self._spawn(name)) for name in names if self._running(name) is None]
        for name, port in started:
            self._wait(name, port)

    def stop(self, names: tuple[str, ...] = tuple(COMMANDS)) -> None:
        """Ask some to end, and return when they are gone."""
        found = [process for name in names if (process := self._running(name)) is not None]
        end(found)

    def log(self, name: str) -> Path:
        """Return the file with what a process printed."""
        return self._folder / f"{name}.log"

    def _running(self, name: str) -> Process | None:
        try:
            kept = json.loads(self._file(name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        process = Process(**kept)
        return process if process.runs else None

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _spawn(self, name: str) -> int:
        port = self._stage.hub_port if name == "backend" else free_port()
        data = self._folder / name
        data.mkdir(exist_ok=True)
        own = {"PFH_DATA_DIR": f"{data}", "HOST": "127.0.0.1", "PORT": f"{port}"}
        own |= {"PFH_PROBES_PORT": f"{port}", "PFH_NODE": f"{list(COMMANDS).index(name) + 1}"}
        if name == "backend":
            own |= {"PFH_LOG_FILE": f"{Path(self._stage.folder) / 'log' / 'app.log'}"}
        with self.log(name).open("ab") as output:
            process = subprocess.Popen(
                [*PROGRAM, *COMMANDS[name]],
                env={**outer_environment(), **self._stage.environment, **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                start_new_session=True,
            )
        born = birth_of(process.pid)
        if born is not None:
            kept = Process(process.pid, born, signal.SIGTERM)
            self._file(name).write_text(json.dumps(asdict(kept)), encoding="utf-8")
        # Whoever ends it looks at the file; collecting the object must not warn of it.
        process.returncode = 0
        return port

    def _wait(self, name: str, port: int) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._running(name) is not None:
            if _is_ready(port):
                return
            time.sleep(STEP_SECONDS)
        last = self.log(name).read_text(errors="replace").strip().splitlines()[-1:]
        raise Missing(f"{name} is not ready: {''.join(last)}")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
