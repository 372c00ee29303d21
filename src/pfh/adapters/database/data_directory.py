"""One hub for one data directory.

It exists because two embedded hubs on one file would each believe that they alone project events
and cache balances. SQLite itself keeps the file whole, so commands may still open it beside a hub.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pfh.ports.database import DatabaseUnavailable

LOCK_FILE: Final = "pfh.lock"
_PID_BYTES_MAX: Final = 32


class DataDirectoryHeld(DatabaseUnavailable):
    """Another hub runs on the data directory; the text names its process."""


@contextmanager
def hold_data_directory(path: Path | str) -> Iterator[Path]:
    """Hold the directory for this process until the block ends; create it when it is missing.

    The lock belongs to the open file, so the kernel releases it when the process dies in any way:
    a left-over lock file means nothing. On network file systems without locks it may protect less.

    Raises:
        DataDirectoryHeld: another process holds it.
        DatabaseUnavailable: the directory cannot be made or written.
    """
    directory = Path(path)
    try:
        # The books of a household are nobody else's on this machine.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"the data directory {directory} cannot be used: {error.strerror}"
        raise DatabaseUnavailable(message) from error
    try:
        _lock(descriptor, directory)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield directory
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, _PID_BYTES_MAX, 0).decode(errors="replace").strip()
        message = (
            f"another hub (process {holder or 'unknown'}) uses the data directory {directory}: "
            "stop it or choose another directory"
        )
        raise DataDirectoryHeld(message) from error
