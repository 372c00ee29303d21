"""Starting a stack, once."""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pfh.entry.cli.stack.local_process import private_file
from pfh.entry.cli.stack.missing import Missing
from pfh.entry.cli.stack.parts import PARTS, Part
from pfh.entry.cli.stack.record import Record


def up(state: Path, parts: Mapping[str, Part] = PARTS) -> Record:
    """Start what can be started, unless that was done before, and write the environment file.

    An interrupted start leaves nothing behind.

    Args:
        state: the folder of the record; made when missing.
        parts: what to start, all at once.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_one(state), _private_files():
        found = Record.load(state)
        if found is not None:
            return found
        record = Record.begin(state)
        try:
            _start(record, parts)
        except BaseException:
            record.remove()
            raise
        return record


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the folder against others who would start or end the stack at the same time."""
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _private_files() -> Iterator[None]:
    """Let what this process and its servers make be nobody else's to read."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _start(record: Record, parts: Mapping[str, Part]) -> None:
    def start(name: str) -> Mapping[str, str]:
        try:
            return parts[name](record)
        except (Missing, OSError, subprocess.SubprocessError) as missing:
            record.miss(name, str(missing))
            return {}

    with ThreadPoolExecutor(len(parts)) as threads:
        found = list(threads.map(start, parts))
    settings = {name: value for one in found for name, value in one.items()}
    settings["PFH_DATA_DIR"] = f"{record.directory / 'hub'}"
    # Every process of one hub signs with the same key.
    settings |= {name: secrets.token_hex(32) for name in ("PFH_SECRET_KEY", "ADMIN_TOKEN")}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
    private_file(record.environment, "".join(lines))
