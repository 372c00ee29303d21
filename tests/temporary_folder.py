"""Where the files of a run lie: in memory, where a run is alone with plenty of it.

It exists because a database of a test is three hundred files, made and deleted a thousand times:
on a disk that was half of all the processor time of a run. `TMPDIR` chooses another place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- the names below it are pytest's and mkdtemp's
# A whole run has at most 2 GB there at a time; what it takes is taken from the programs under test.
BYTES_MIN: Final = 8 << 30
_DISK: Final = "PFH_TEST_DISK"


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Choose before the run makes its directory."""
    choose()


def choose(memory: Path = MEMORY, meminfo: Path = Path("/proc/meminfo")) -> None:
    """Let this process and its children make temporary files in memory, if nobody chose a place."""
    if "TMPDIR" in os.environ:
        return
    os.environ[_DISK] = tempfile.gettempdir()
    if _is_large(memory, meminfo):
        os.environ["TMPDIR"] = tempfile.tempdir = str(memory)


def _is_large(memory: Path, meminfo: Path) -> bool:
    with suppress(OSError, ValueError, StopIteration):
        text = meminfo.read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if line.startswith("MemAvailable:"))
        available = int(line.split()[1]) << 10
        return min(available, shutil.disk_usage(memory).free) >= BYTES_MIN
    return False


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """Return a folder on the disk, for tests in which waiting for it is the point."""
    with tempfile.TemporaryDirectory(prefix="pfh-disk-", dir=os.environ.get(_DISK)) as folder:
        yield Path(folder)
