"""The hub as its users know it: the `pfh` commands, one process on core 0, and its JSON API.

It exists so that a benchmark measures the program that is shipped and not a part of it.
"""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

SERVER_CORE = 0
LOAD_CORE = 1
# The longest command takes about a minute, an import into a book of a million entries.
LIMIT_SECONDS = 900.0
EMAIL = "bench@example.org"
# A password of a throw-away book on the loopback interface.
PASSWORD = "correct horse battery staple 9"  # noqa: S105
_TICKS = os.sysconf("SC_CLK_TCK")


class HubError(Exception):
    """The hub refused something that the benchmark needs; the message has its answer."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended: seconds of wall clock and processor, peak MiB, what it printed."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    output: str


def environment(data: Path, port: int = 0) -> dict[str, str]:
    """Return the environment of a hub over a data folder, free of the caller's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PFH_")}
    return kept | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PFH_DATA_DIR": str(data),
        "PFH_LOG_LEVEL": "warning",
        "PYTHONUNBUFFERED": "1",
    }


def command() -> str:
    """Return the `pfh` of this interpreter's environment."""
    return str(Path(sys.executable).with_name("pfh"))


def run_pfh(
    data: Path,
    *arguments: str,
    settings: dict[str, str] | None = None,
    limit_seconds: float = LIMIT_SECONDS,
) -> Finished:
    """Run one `pfh` command, alone and so on all cores, and return what it took.

    `settings` are more of its environment, such as the address of a server; past the limit it is
    killed.

    Raises:
        HubError: it failed.
    """
    started = time.perf_counter()
    with (data.parent / f"{data.name}.command.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [command(), *arguments],
            env=environment(data) | (settings or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        late = threading.Timer(limit_seconds, process.kill)
        late.start()
        # wait4 is the only call that gives the peak memory of exactly this child.
        _, status, usage = os.wait4(process.pid, 0)
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        log.seek(0)
        output = log.read()
    if process.returncode != 0:
        message = f"pfh {' '.join(arguments)} ended with {process.returncode}: {output[-2000:]}"
        raise HubError(message)
    return Finished(seconds, _cpu(usage), usage.ru_maxrss / 1024, output)


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def free_port() -> int:
    """Return a TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Hub:
    """A running `pfh serve`; a context manager that stops it by its process id."""

    data: Path
    port: int = field(default_factory=free_port)
    token: str = ""
    started_seconds: float = 0.0
    # Settings beside those of `environment`, such as the address of a server.
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    core: int = SERVER_CORE

    def __enter__(self) -> Self:
        """Start it, pin it to its core and wait for its first 200."""
        log_path = self.data.parent / f"{self.data.name}.serve.log"
        started = time.perf_counter()
        with log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [command(), "serve"],
                env=environment(self.data, self.port) | self.settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        os.sched_setaffinity(self.process.pid, {self.core})
        try:
            self._wait(started, log_path)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ask it to stop, and insist after a while."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait(self, started: float, log_path: Path) -> None:
        assert self.process is not None
        while time.perf_counter() - started < 60:
            if self.process.poll() is not None:
                break
            try:
                if self.request("GET", "/readyz", token="")[0] == 200:
                    self.started_seconds = time.perf_counter() - started
                    return
            except OSError:
                pass
            time.sleep(0.002)
        message = f"pfh serve did not answer: {log_path.read_text(encoding='utf-8')[-2000:]}"
        raise HubError(message)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 -- JSON.
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Make one request on a connection of its own; return status and body.

        `body` is JSON, or bytes with the Content-Type in `headers`.
        """
        sent = dict(headers or {})
        bearer = self.token if token is None else token
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        payload = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if payload is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body=payload, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def json(self, method: str, path: str, body: Any = None, **more: Any) -> Any:  # noqa: ANN401
        """Make one request and return its JSON; raises HubError when the status is not 2xx."""
        status, answer = self.request(method, path, body, **more)
        if not 200 <= status < 300:
            message = f"{method} {path} answered {status}: {answer[:1000].decode(errors='replace')}"
            raise HubError(message)
        return json.loads(answer) if answer else None

    def register(self, email: str = EMAIL) -> None:
        """Register the benchmark's user, or another one."""
        answer = self.json(
            "POST",
            "/api/auth/register",
            {
                "email": email,
                "password": PASSWORD,
                "confirmPassword": PASSWORD,
                "firstName": "Bench",
                "lastName": "Mark",
                "acceptTerms": True,
            },
        )
        self.token = answer["accessToken"]

    def sign_in(self) -> None:
        """Take a fresh access token, which lasts a quarter of an hour."""
        answer = self.json(
            "POST", "/api/auth/login", {"email": EMAIL, "password": PASSWORD}, token=""
        )
        self.token = answer["accessToken"]

    def cpu_seconds(self) -> float:
        """Return user and system seconds of the whole server process so far."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mib(self, name: str = "VmRSS") -> float:
        """Return the resident memory of the server now (`VmRSS`) or at its peak (`VmHWM`)."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        for line in text.splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def load(
        self,
        requests: list[dict[str, Any]],
        *,
        seconds: float,
        connections: int = 16,
        run: str = "",
        beside: Sequence[Hub] = (),
    ) -> dict[str, Any]:
        """Put requests on the server from another process on core 1; see `bench.load.run`.

        With other hubs beside this one, the connections are spread over all. The result also has
        `server_cpu_us`, the CPU microseconds per answer of all of them.

        Raises:
            HubError: any answer was not 2xx.
        """
        plan = {
            "host": "127.0.0.1",
            "port": self.port,
            "beside": [other.port for other in beside],
            "connections": connections,
            "seconds": seconds,
            "core": LOAD_CORE if (os.cpu_count() or 1) > LOAD_CORE else None,
            "headers": {} if "headers" in requests[0] else self._bearer(),
            "requests": requests,
            "run": f"{run}-{os.getpid()}-{time.time_ns()}",
        }
        hubs = (self, *beside)
        before = sum(hub.cpu_seconds() for hub in hubs)
        finished = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(plan).encode(),
            capture_output=True,
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        if finished.returncode != 0:
            raise HubError(finished.stderr.decode(errors="replace")[-2000:])
        result: dict[str, Any] = json.loads(finished.stdout)
        used = sum(hub.cpu_seconds() for hub in hubs) - before
        result["server_cpu_us"] = used * 1e6 / max(1, result["count"])
        if bad := {name: n for name, n in result["statuses"].items() if not name.startswith("2")}:
            message = f"{requests[0]['path']}: answers {bad}: {result['sample']}"
            raise HubError(message)
        return result
