"""The real hub in a process of its own, on a free port and an empty data directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

_PROGRAM = (sys.executable, "-c", "from pfh.entry.cli.main import run; run()")
_STOP_SECONDS = 60


class RunningHub:
    """Migrates, serves, and stops with `stop`; `address` is its first address."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        environment = {
            **os.environ,
            "PFH_DATA_DIR": str(data_dir),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "PFH_TIME_ZONE": "UTC",
            **settings,
        }
        subprocess.run(
            [*_PROGRAM, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        self._process = subprocess.Popen(
            [*_PROGRAM, "serve"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.log: list[dict[str, object]] = []
        port = self._read_port(self._process.stdout)
        self.address = f"http://127.0.0.1:{port}"
        # The pipe must be read on, or the hub would wait for it to have room.
        self._reader = threading.Thread(
            target=self._keep, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()

    def _read_port(self, output: IO[str]) -> object:
        for line in output:
            record = json.loads(line)
            self.log.append(record)
            if record["event"] == "hub_started":
                return record["port"]
        raise RuntimeError(f"the hub did not start: {self.log}")

    def _keep(self, output: IO[str]) -> None:
        for line in output:
            if line.startswith("{"):
                self.log.append(json.loads(line))

    def stop(self) -> None:
        """Stop the process and wait for its end."""
        self._process.terminate()
        self._process.wait(_STOP_SECONDS)
        self._reader.join(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
