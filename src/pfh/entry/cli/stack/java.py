"""The jars of Java servers: fetched by Maven, and kept between runs."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

from pfh.entry.cli.stack.missing import Missing

MAVEN_SECONDS: Final = 300
MAVEN_TRIES: Final = 2
# A machine that does ten other things at once needs a while for three brokers.
START_SECONDS: Final = 120.0


def cache_directory() -> Path:
    """Return the folder of this user for what can be fetched or made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pfh"


def poms() -> list[Path]:
    """Return what says which jars the Java servers need."""
    return sorted(Path(__file__).parent.glob("*/pom.xml"))


def jars(pom: Path) -> Path:
    """Return the folder with the jars that a pom names, copied once for each content of it.

    Raises:
        Missing: there is no Java or Maven, or Maven cannot get the jars.
    """
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise Missing(f"no {tool} in PATH")
    kept = cache_directory() / "jars"
    kept.mkdir(parents=True, exist_ok=True)
    folder = kept / f"{pom.parent.name}-{sha256(pom.read_bytes()).hexdigest()[:16]}"
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _copy(pom, folder)
    return folder


def archive(classes: Path) -> Path:
    """Return where the classes of a folder of jars are kept as this machine's Java has read them.

    With such a file a JVM starts in half the time; see `kafka_archive`. One that another Java made
    would be passed over.
    """
    java = Path(shutil.which("java") or "java").resolve()
    made = java.stat().st_mtime_ns if java.exists() else 0
    return classes / f"classes-{made}.jsa"


def archived(classes: Path) -> list[str]:
    """Return the options of a JVM that uses the archive, if there is one."""
    found = archive(classes)
    # A JVM that cannot use it says so, and reads the jars.
    return [f"-XX:SharedArchiveFile={found}", "-Xshare:auto"] if found.exists() else []


def _copy(pom: Path, folder: Path) -> None:
    part = folder.with_suffix(".part")
    command = ["mvn", "-q", "-B", "-f", f"{pom}", "dependency:copy-dependencies"]
    for attempt in range(1, MAVEN_TRIES + 1):
        shutil.rmtree(part, ignore_errors=True)
        done = subprocess.run(
            [*command, f"-DoutputDirectory={part}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MAVEN_SECONDS,
            check=False,
        )
        if done.returncode == 0 and part.is_dir():
            part.rename(folder)
            return
        # A download that broke off goes on where it was.
        if attempt == MAVEN_TRIES:
            words = (done.stdout.strip().splitlines() or ["no word"])[0]
            raise Missing(f"Maven cannot get the jars of {pom.parent.name}: {words[:200]}")
