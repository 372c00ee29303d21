"""A run clears up after itself, and after a run that was killed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pfh.entry.cli.stack.identity import birth_of
from pfh.entry.cli.stack.postgres import process_id
from tests.servers.found import Server
from tests.servers.postgres import start_own_postgres
from tests.servers.run_directory import PREFIX, STOP_SECONDS_MAX, RunDirectory
from tests.waiting import PATIENCE_SECONDS

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


@contextmanager
def _sleeper(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that is known by its command line, and outlives no test."""
    with subprocess.Popen([*SLEEP, *arguments], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            # Only now: between fork and exec it still has no command line.
            assert process.stdout.readline() == b"up\n"
            yield process
        finally:
            process.kill()


def _dead_process_id() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_server_is_stopped_when_the_run_ends(tmp_path: Path) -> None:
    with _sleeper(str(tmp_path)) as server:
        run = RunDirectory(tmp_path)
        run.own_process(server.pid)
        begun = time.monotonic()
        run.remove()
        # It has ended, and nobody asked for its exit code: that is not waited for.
        assert time.monotonic() - begun < STOP_SECONDS_MAX / 3
        assert server.wait(timeout=PATIENCE_SECONDS) != 0
    assert not tmp_path.exists()


def test_postgres_of_a_killed_test_is_stopped_with_the_run(postgres_server: Server) -> None:
    if postgres_server.source == "environment":
        pytest.skip("needs the programs of a server")
    # Not in the folder of the test, which the server's user may not enter.
    run = RunDirectory.create()
    own = start_own_postgres(run)
    pid = process_id(own.directory / "data")
    assert birth_of(pid) is not None
    run.remove()
    assert birth_of(pid) is None


def test_stranger_is_left_alone_when_it_got_the_process_id(tmp_path: Path) -> None:
    with _sleeper() as stranger:
        run = RunDirectory(tmp_path)
        run.own_process(stranger.pid)
        run.remove()
        assert stranger.poll() is None


def test_directory_of_a_killed_run_is_cleared_when_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{PREFIX}{_dead_process_id()}-abc"
    left.mkdir()
    run = RunDirectory.create()
    try:
        assert not left.exists()
        assert run.path.exists()
    finally:
        run.remove()
