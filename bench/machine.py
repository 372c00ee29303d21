"""What the machine is and what a durable write costs on it.

It exists because every figure with `synchronous=FULL` stands on the price of `fdatasync`: a fast
figure on a disk that only pretends to write is no figure.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from pathlib import Path

from bench.figures import Figure, percentile

_BLOCK = b"\0" * 4096
_WRITES = 2000


def measure_fsync(folder: Path) -> list[Figure]:
    """Append 4 KiB and `fdatasync`, 2,000 times; return p50 and p99 in milliseconds."""
    path = folder / "fsync.probe"
    durations: list[float] = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        for _ in range(_WRITES):
            os.write(descriptor, _BLOCK)
            started = time.perf_counter()
            os.fdatasync(descriptor)
            durations.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return [
        Figure("fsync_p50", 0, percentile(durations, 50)),
        Figure("fsync_p99", 0, percentile(durations, 99)),
    ]


def describe_machine() -> str:
    """Return one line about the processor, the memory, the system and the versions that matter."""
    return (
        f"{_cpu_model()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}"
    )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
