"""The program on a migrated data directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.servers.plugin import copy_migrated_sqlite
from tests.servers.run_directory import RunDirectory


@pytest.fixture
def program(run_directory: RunDirectory, tmp_path: Path) -> Iterator[Program]:
    """Return the program, not started yet; it is killed at the end."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    copy_migrated_sqlite(run_directory, folder / "pfh.sqlite")
    made = Program(folder)
    yield made
    made.kill()
