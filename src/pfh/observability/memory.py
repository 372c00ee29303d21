"""Giving memory back to the system after long work.

It exists because the C library keeps what an import of a hundred thousand rows freed, some 30 MiB,
for a next time that may come next month.
"""

from __future__ import annotations

import ctypes
import gc


def give_back_memory() -> bool:
    """Collect garbage and return free heap pages to the system; False where glibc is not in use.

    Takes some milliseconds, so it belongs after long work and never into a request.
    """
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return False
    trim(0)
    return True
