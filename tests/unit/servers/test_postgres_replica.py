"""The primary and replica of the tests: streaming, paused, promoted."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg
import pytest

from tests.servers.found import Missing
from tests.servers.postgres_replica import ReplicatedPostgres, start_replicated_postgres
from tests.servers.run_directory import RunDirectory

pytestmark = pytest.mark.postgres


@pytest.fixture
def servers(run_directory: RunDirectory) -> Iterator[ReplicatedPostgres]:
    try:
        made = start_replicated_postgres(run_directory)
    except Missing as missing:
        pytest.skip(str(missing))
    yield made
    made.stop()


def test_replica_shows_what_the_primary_wrote_until_it_is_paused_or_promoted(
    servers: ReplicatedPostgres,
) -> None:
    primary, replica = servers.primary, servers.replica
    primary.query("CREATE TABLE figures AS SELECT 7 AS figure")
    replica.catch_up_with(primary)
    assert replica.query("SELECT sum(figure) FROM figures") == 7
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        replica.query("INSERT INTO figures VALUES (1)")
    replica.pause_replay()
    primary.query("INSERT INTO figures VALUES (1)")
    assert replica.query("SELECT sum(figure) FROM figures") == 7
    replica.resume_replay()
    replica.catch_up_with(primary)
    assert replica.query("SELECT sum(figure) FROM figures") == 8
    primary.stop("immediate")
    replica.promote()
    replica.query("INSERT INTO figures VALUES (2)")
    primary.start()
    assert primary.query("SELECT sum(figure) FROM figures") == 8
