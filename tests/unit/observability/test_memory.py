"""Memory that long work freed goes back to the system."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from pfh.observability.memory import give_back_memory


def _resident_kib() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_freed_memory_leaves_the_process() -> None:
    # Buffers below the limit from which the C library maps memory by itself, with one kept at the
    # end, so that without a trim the heap cannot shrink.
    heap = [bytearray(100_000) for _ in range(600)]
    kept = heap[-1]
    del heap
    before = _resident_kib()
    assert give_back_memory()
    assert _resident_kib() < before - 30_000
    assert len(kept) == 100_000
