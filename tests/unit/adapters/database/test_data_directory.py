"""The lock that keeps a second hub out of a data directory."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pfh.adapters.database.data_directory import DataDirectoryHeld, hold_data_directory
from pfh.ports.database import DatabaseUnavailable

HOLDER = """
import sys, time
from pfh.adapters.database.data_directory import hold_data_directory
with hold_data_directory(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def test_makes_a_private_directory_when_it_is_missing(tmp_path: Path) -> None:
    with hold_data_directory(tmp_path / "a" / "b") as directory:
        assert directory == tmp_path / "a" / "b"
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_refuses_and_names_the_holder_when_another_process_holds_it(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, env=environment
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(DataDirectoryHeld, match=f"process {holder.pid}"),
            hold_data_directory(tmp_path),
        ):
            pytest.fail("two hubs held one directory")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with hold_data_directory(tmp_path):
        assert (tmp_path / "pfh.lock").read_text(encoding="ascii") == str(os.getpid())


def test_lets_it_go_when_the_block_ends(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_data_directory(tmp_path):
            pass


def test_says_why_when_the_directory_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(DatabaseUnavailable, match="cannot be used"),
        hold_data_directory(tmp_path / "file" / "below"),
    ):
        pytest.fail("a directory was made below a file")
