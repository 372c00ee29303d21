"""The log in a file: lines whole, rotated every day, deleted after so many days.

Several processes may write into one file: each line is one `write` at the end of the file. One of
them rotates it at midnight UTC (whoever gets the lock), and the others notice that their file has
another name now. A rotated file is compressed an hour after its last line, when nobody can still
be writing into it. No request pays for that: a thread of its own does it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pfh.observability.log_output import Complaint

_DAY_SECONDS: Final = 86_400
_ROUND_SECONDS: Final = 3_600
_STILL_SECONDS: Final = 3_600
_FIRST_BYTES: Final = 64
_DAY: Final = re.compile(rb'^\{"timestamp":"(\d{4})-(\d\d)-(\d\d)T')
_FILE_MODE: Final = 0o640
_FOLDER_MODE: Final = 0o750


class LogFileUnusable(OSError):
    """The file of the log or its folder cannot be made or written; says which."""


class LogFile(logging.Handler):
    """Appends lines to a file that may be renamed or deleted at any time."""

    def __init__(self, path: Path, *, keep_days: int = 0) -> None:
        """Open the file and, with days to keep it, begin to rotate; raises LogFileUnusable."""
        super().__init__()
        self._path = path
        self._complaint = Complaint("file")
        self._ends_open = False
        self._stopping = threading.Event()
        self._descriptor = -1
        try:
            path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            self._reopen()
        except OSError as error:
            # Handlers are closed at the end of the process, this one too.
            self.close()
            raise LogFileUnusable(
                f"the log file {path} cannot be used: {error.strerror}"
            ) from error
        self._keep_days = keep_days
        if keep_days:
            threading.Thread(target=self._rotate, name="log-rotation", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; one that cannot be written is counted, never raised."""
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "replace")
            if not self._is_open():
                self._reopen()
            if self._ends_open:
                line = b"\n" + line
            self._ends_open = os.write(self._descriptor, line) < len(line)
        except Exception:  # noqa: BLE001 -- whatever it is, the caller has other things to do
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's own name
        """Count the line."""
        del record
        self._complaint.lost(sys.exc_info()[1])

    def close(self) -> None:
        """Stop rotating and close the file."""
        self._stopping.set()
        with self.lock or threading.RLock():
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
        super().close()

    def _is_open(self) -> bool:
        """Tell whether the open file is still the one with the name."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        opened = os.fstat(self._descriptor)
        return (named.st_ino, named.st_dev) == (opened.st_ino, opened.st_dev)

    def _reopen(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, _FILE_MODE)
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._ends_open = False

    def _rotate(self) -> None:
        while not self._stopping.is_set():
            try:
                tidy(self._path, keep_days=self._keep_days, now=time.time())
            except OSError as error:
                self._complaint.lost(error)
            left = _DAY_SECONDS - time.time() % _DAY_SECONDS
            self._stopping.wait(min(_ROUND_SECONDS, left + 0.01))


def tidy(path: Path, *, keep_days: int, now: float) -> None:
    """Rotate a log of a former day, delete what is too old, compress what is still.

    Does nothing while another process does it.

    Args:
        path: the log; rotated ones are called `<name>-YYYYMMDD`, with `.gz` when compressed.
        keep_days: since the last line of a file.
        now: seconds since the epoch.

    Raises:
        OSError: a file cannot be renamed, deleted or written; the next call tries again.
    """
    with _alone(path) as is_alone:
        if not is_alone:
            return
        # What frees space comes first: the disk may be full.
        for old in _rotated(path):
            if old.stat().st_mtime < now - keep_days * _DAY_SECONDS:
                old.unlink()
        day = _first_day(path)
        if day is not None and day < _day_of(now):
            path.rename(_free_name(path, day))
        for still in _rotated(path):
            if still.suffix != ".gz" and still.stat().st_mtime < now - _STILL_SECONDS:
                _compress(still)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Hold the lock of the log, or tell that another process holds it."""
    name = path.with_name(f".{path.name}.lock")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _rotated(path: Path) -> list[Path]:
    """Return the rotated files, ours and logrotate's: `app.log-20261127.2.gz`, `app.log.3`."""
    pattern = re.compile(re.escape(path.name) + r"(?:-\d{8}(?:\.\d+)?|\.\d+)(?:\.gz)?")
    return sorted(one for one in path.parent.iterdir() if pattern.fullmatch(one.name))


def _first_day(path: Path) -> str | None:
    """Return the day of the first line, else of the last change; None for no or an empty file."""
    try:
        with path.open("rb") as file:
            found = _DAY.match(head := file.read(_FIRST_BYTES))
            changed = os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return None
    if not head:
        return None
    return b"".join(found.groups()).decode() if found else _day_of(changed)


def _day_of(seconds: float) -> str:
    return time.strftime("%Y%m%d", time.gmtime(seconds))


def _free_name(path: Path, day: str) -> Path:
    name, number = path.with_name(f"{path.name}-{day}"), 1
    while name.exists() or name.with_name(f"{name.name}.gz").exists():
        number += 1
        name = path.with_name(f"{path.name}-{day}.{number}")
    return name


def _compress(path: Path) -> None:
    """Replace a file by its compressed form, which keeps the time of the last line."""
    import gzip  # noqa: PLC0415 -- where nothing is rotated, nobody pays for it
    import shutil  # noqa: PLC0415 -- as above

    draft = path.with_name(f".{path.name}.gz.part")
    times = path.stat()
    try:
        with path.open("rb") as lines, gzip.open(draft, "wb") as packed:
            shutil.copyfileobj(lines, packed)
        draft.chmod(_FILE_MODE)
        os.utime(draft, ns=(times.st_atime_ns, times.st_mtime_ns))
        draft.replace(path.with_name(f"{path.name}.gz"))
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    path.unlink()
