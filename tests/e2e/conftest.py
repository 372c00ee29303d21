"""The program on a migrated data directory, and the servers of a whole cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.servers import registry
from tests.servers.cluster import ClusterServers, start_cluster_servers
from tests.servers.found import Missing
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


@pytest.fixture(scope="module")
def servers(run_directory: RunDirectory) -> Iterator[ClusterServers]:
    """Return the servers of a cluster, of this module alone."""
    try:
        made = start_cluster_servers(run_directory)
    except Missing as missing:
        registry.give_up("kafka", str(missing))
    yield made
    made.stop()
