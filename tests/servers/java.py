"""Java servers for tests: their jars by Maven, kept between runs, and their processes."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tests.servers import local_process
from tests.servers.found import Missing
from tests.servers.run_directory import RunDirectory

MAVEN_SECONDS = 300
START_SECONDS = 60.0


def jars(pom: Path) -> Path:
    """Return the folder with the jars that a pom names, copied once for each content of it.

    Raises:
        Missing: there is no Java or Maven, or Maven cannot get the jars.
    """
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise Missing(f"no {tool} in PATH")
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pfh-tests"
    kept.mkdir(parents=True, exist_ok=True)
    folder = kept / f"{pom.parent.name}-{sha256(pom.read_bytes()).hexdigest()[:16]}"
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _copy(pom, folder)
    return folder


def _copy(pom: Path, folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", f"{pom}", "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={part}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MAVEN_SECONDS,
        check=False,
    )
    if done.returncode != 0 or not part.is_dir():
        words = (done.stdout.strip().splitlines() or ["no word"])[0]
        raise Missing(f"Maven cannot get the jars of {pom.parent.name}: {words[:200]}")
    part.rename(folder)


def start(
    run: RunDirectory, command: Sequence[str], log: Path, *, port: int
) -> subprocess.Popen[bytes]:
    """Start a server that the end of the run stops, and return it once its port is open.

    The command must name the run's directory, which is how its process is recognised later.

    Raises:
        Missing: it ended or did not open its port.
    """
    process = local_process.start(
        command, log, answers=lambda: accepts(port), seconds=START_SECONDS
    )
    run.own_process(process.pid)
    return process


def leave_running(process: subprocess.Popen[bytes]) -> None:
    """Let go of a server that outlives this process: the end of the run stops it by its id."""
    # Else collecting the object warns about a process that still runs.
    process.returncode = 0


def accepts(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
