"""A run keeps its files in memory when there is plenty, and where it was told to else."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.temporary_folder import BYTES_MIN, choose

GIGABYTES = 1 << 20
"""In lines of /proc/meminfo."""


@pytest.fixture
def nobody_chose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this run's own choice away; it is given back at the end."""
    assert tmp_path.exists(), "made where the run chose"
    for name in ("TMPDIR", "PFH_TEST_DISK"):
        monkeypatch.setenv(name, "given back at the end, even when a test sets it")
        monkeypatch.delenv(name)
    monkeypatch.setattr(tempfile, "tempdir", "/disk")


def _meminfo(folder: Path, gigabytes: int) -> Path:
    path = folder / "meminfo"
    path.write_text(f"MemTotal: 1 kB\nMemAvailable:   {gigabytes * GIGABYTES} kB\n")
    return path


def _free(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=count))


@pytest.mark.usefixtures("nobody_chose")
def test_memory_is_taken_when_there_is_plenty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _free(monkeypatch, BYTES_MIN)
    choose(tmp_path, _meminfo(tmp_path, 9))
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(tmp_path)
    assert os.environ["PFH_TEST_DISK"] == "/disk"


@pytest.mark.usefixtures("nobody_chose")
@pytest.mark.parametrize(("free", "gigabytes"), [(BYTES_MIN - 1, 9), (BYTES_MIN, 7)])
def test_disk_is_kept_when_memory_is_short(
    free: int, gigabytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _free(monkeypatch, free)
    choose(tmp_path, _meminfo(tmp_path, gigabytes))
    assert tempfile.gettempdir() == "/disk"
    assert "TMPDIR" not in os.environ


@pytest.mark.usefixtures("nobody_chose")
@pytest.mark.parametrize("missing", ["memory", "meminfo"])
def test_disk_is_kept_on_a_system_without_such_a_folder(missing: str, tmp_path: Path) -> None:
    known = _meminfo(tmp_path, 9)
    choose(
        tmp_path / "none" if missing == "memory" else tmp_path,
        tmp_path / "none" if missing == "meminfo" else known,
    )
    assert tempfile.gettempdir() == "/disk"


def test_choice_of_the_caller_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/chosen")
    monkeypatch.setattr(tempfile, "tempdir", "/chosen")
    _free(monkeypatch, BYTES_MIN)
    choose(tmp_path, _meminfo(tmp_path, 9))
    assert os.environ["TMPDIR"] == tempfile.gettempdir() == "/chosen"
