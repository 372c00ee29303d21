"""What is true of one process on one file is true of the whole cluster, by the very same tests.

Each test of the modules below runs here again, on PostgreSQL with a replica, both Redis, MongoDB,
S3 and Kafka with a relay and a consumer. A test that is added there is added here; what is left out
stands in `LEFT_OUT`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.browser import test_journey
from tests.browser.conftest import browser, newcomer
from tests.e2e import test_api_fuzzing, test_kill, test_stop, test_uploads
from tests.e2e.cluster_program import program_on
from tests.e2e.program import Program
from tests.e2e.test_uploads import token
from tests.servers.cluster import ClusterServers
from tests.servers.run_directory import RunDirectory

__all__ = ["browser", "newcomer", "token"]
MODULES: Final = (test_stop, test_uploads, test_api_fuzzing)
# Test → why it need not run on the cluster.
LEFT_OUT: Final = {
    "test_static_files_lead_nowhere": "static files meet no server of the cluster",
    "test_request_that_no_client_sends_is_refused": "refused before any server is asked",
    "test_tables_of_three_dialects_mean_the_same": "the parsers meet no server of the cluster",
    "test_a_person_gets_documented_answers_alone": (
        "other questions than the administrator's, who asks every operation; the servers are the"
        " same to both"
    ),
}
pytestmark = [
    pytest.mark.slow,
    *(pytest.mark.postgres, pytest.mark.redis, pytest.mark.mongo, pytest.mark.s3),
    pytest.mark.kafka,
    *test_api_fuzzing.pytestmark,
]
for _module in MODULES:
    for _name, _test in vars(_module).items():
        if _name.startswith("test_") and _name not in LEFT_OUT:
            globals()[_name] = _test


@pytest.fixture
def program(
    servers: ClusterServers, run_directory: RunDirectory, tmp_path: Path
) -> Iterator[Program]:
    """Return the program, not started yet; all of it is killed at the end."""
    made = program_on(servers, run_directory, tmp_path / "data")
    yield made
    made.end()


@pytest.fixture(scope="module")
def hub(
    servers: ClusterServers, run_directory: RunDirectory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """Return the running program that the tests of uploads share."""
    made = program_on(servers, run_directory, tmp_path_factory.mktemp("uploads") / "data")
    made.environment["PFH_IMPORT_MAX_BYTES"] = "64M"
    made.start()
    yield made
    made.end()


class TestKillUnderWriters(test_kill.KillDrill):
    """Fewer kills than on the file: tests/e2e/delivery kills a hundred times on the cluster."""

    seed = 2713
    kills = 6


class TestKillDuringImport(test_kill.TestKillDuringImport):
    ROWS = 10_000
    KILLS = 2
    # Ending a hub, its relay and its consumer takes about as long as these rows.
    is_long = False


def test_what_is_left_out_exists() -> None:
    known = {name for module in MODULES for name in vars(module)}
    assert not LEFT_OUT.keys() - known


# The last: a browser keeps the event loop of this process, and other tests want one of their own.
test_a_bank_file_becomes_a_true_dashboard_in_a_browser = (
    test_journey.test_a_bank_file_becomes_a_true_dashboard_and_can_be_taken_back
)
