"""The real program in a process of its own, for tests that stop it in every way there is."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import PATIENCE_SECONDS

PASSWORD = "seven purple walruses"
COMMAND = [sys.executable, "-c", "from pfh.entry.cli.main import run; run()"]


@dataclass
class Program:
    """`pfh` on one data directory: started, killed and started again on the same port or another.

    Output of every start is appended to one file, so that a failing test can show all of it.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def log(self) -> Path:
        """The file with everything that the program wrote."""
        return self.folder.parent / f"{self.folder.name}.log"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """The same, as the tests in a browser call it."""
        return self.url

    def start(self) -> None:
        """Start `pfh serve` and return when its port is open."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"], env=self.settings(), stdout=output, stderr=output
            )
        self.port = int(self._event("hub_started", begin)["port"])

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def terminate(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_SECONDS)
        self.process = None
        return code

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same data and return what it printed."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.settings(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def settings(self) -> dict[str, str]:
        """Return the environment of its processes."""
        return {
            **os.environ,
            "PYTHONPATH": "src",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "PFH_DATA_DIR": str(self.folder),
            **self.environment,
        }

    def entries(self) -> list[tuple[str, str]]:
        """Return description and identifier of every entry in the books, whosever they are."""
        found = self._select("SELECT description, entry_id FROM entries")
        return [(str(description), str(entry_id)) for description, entry_id in found]

    def kept_uploads(self) -> tuple[set[str], int]:
        """Return the keys in the object store, and the number of imports in the books."""
        (count,) = self._select("SELECT COUNT(*) FROM imports")[0]
        return self._objects(), int(count)

    def lines(self) -> list[dict[str, Any]]:
        """Return the JSON lines of its log."""
        texts = self.log.read_text(errors="replace").splitlines()
        return [json.loads(text) for text in texts if text.startswith("{")]

    def _select(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "pfh.sqlite")) as file:
            return file.execute(sql).fetchall()

    def _objects(self) -> set[str]:
        objects = self.folder / "objects"
        return {str(one.relative_to(objects)) for one in objects.rglob("*") if one.is_file()}

    def _event(self, name: str, begin: int) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            written = self.log.read_bytes()[begin:].decode(errors="replace")
            for line in written.splitlines():
                if line.startswith("{") and line.endswith("}"):
                    found: dict[str, Any] = json.loads(line)
                    if found["event"] == name:
                        return found
            assert self.process is not None
            assert self.process.poll() is None, written
            time.sleep(0.01)
        raise AssertionError(f"no {name} in {self.log.read_text(errors='replace')}")


def sign_up(url: str, email: str) -> str:
    """Sign somebody up and return their access token."""
    wish = {
        "email": email,
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "firstName": "Ann",
        "lastName": "Oak",
        "acceptTerms": True,
    }
    answer = httpx.post(f"{url}/api/auth/register", json=wish, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["accessToken"])


def bearer(token: str) -> dict[str, str]:
    """Return the headers of a signed-in person."""
    return {"authorization": f"Bearer {token}"}
