"""Real processes on a primary and its replica: reads that are never old, and a failover."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.program import Program, bearer
from tests.e2e.test_on_postgres import RECOVERY_SECONDS, Load, begin, check
from tests.environment import environment_of
from tests.servers.found import Missing
from tests.servers.postgres_replica import ReplicatedPostgres, start_replicated_postgres
from tests.servers.run_directory import RunDirectory

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PATIENCE_SECONDS = 60.0
ADMIN = "an operator's token, long enough to be one"


@pytest.fixture
def servers(run_directory: RunDirectory) -> Iterator[ReplicatedPostgres]:
    """Return a primary that acknowledges a commit when its replica has it."""
    try:
        made = start_replicated_postgres(run_directory, synchronous=True)
    except Missing as missing:
        pytest.skip(str(missing))
    yield made
    made.stop()


@pytest.fixture
def hubs(servers: ReplicatedPostgres, tmp_path: Path) -> Iterator[tuple[Program, Program]]:
    """Return two processes that know both servers and may use either for what they are."""
    environment = environment_of(
        servers.primary.url,
        ADMIN_TOKEN=ADMIN,
        POSTGRES_HOST=servers.hosts,
        POSTGRES_PORT=servers.ports,
        POSTGRES_READ_HOST=servers.hosts,
        POSTGRES_READ_PORT=servers.ports,
    )
    one, two = (Program(tmp_path / name, dict(environment)) for name in ("one", "two"))
    migrated = one.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    for number, hub in enumerate((one, two)):
        hub.environment["PFH_NODE"] = str(number)
        hub.start()
    yield one, two
    for hub in (one, two):
        hub.kill()


def reads(hub: Program, target: str) -> int:
    """Return how many reads the process has sent to that target so far."""
    text = httpx.get(f"{hub.url}/api/metrics", timeout=30).text
    found = re.findall(
        rf'^db_reads_to_show_total{{.*target="{target}".*}} (\S+)$', text, re.MULTILINE
    )
    return sum(int(float(number)) for number in found)


def health(hub: Program) -> dict[str, Any]:
    answer = httpx.get(
        f"{hub.url}/api/health/detailed",
        headers={"authorization": f"Bearer {ADMIN}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wait_until(happens: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait for a condition and return how long that took."""
    begun = time.monotonic()
    while not happens():
        assert time.monotonic() - begun < seconds
        time.sleep(0.05)
    return time.monotonic() - begun


def ids_at(hub: Program, load: Load) -> list[str]:
    answer = httpx.get(
        f"{hub.url}/api/transactions?limit=200", headers=bearer(load.token), timeout=30
    )
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def replica_answers(hub: Program, load: Load) -> bool:
    """Read once and tell whether the replica answered."""
    before = reads(hub, "replica")
    ids_at(hub, load)
    return reads(hub, "replica") > before


def spend(hub: Program, load: Load) -> str:
    body = {
        "amount": "1.00",
        "transactionType": "expense",
        "transactionDate": "2026-11-02",
        "accountId": load.account,
        "description": secrets.token_hex(4),
    }
    answer = httpx.post(
        f"{hub.url}/api/transactions", json=body, headers=bearer(load.token), timeout=30
    )
    assert answer.status_code == 201, answer.text
    made = str(answer.json()["id"])
    load.booked[made] = made
    return made


def test_each_process_shows_at_once_what_the_other_wrote_while_the_replica_is_late(
    hubs: tuple[Program, Program], servers: ReplicatedPostgres
) -> None:
    one, two = hubs
    load = begin(one)
    wait_until(lambda: replica_answers(two, load))
    servers.replica.set_replay_delay(3)
    from_primary = reads(two, "primary")
    for number in range(12):
        writer, reader = (one, two) if number % 2 else (two, one)
        made = spend(writer, load)
        assert made in ids_at(reader, load)
        assert made in ids_at(writer, load)
        account = httpx.get(
            f"{reader.url}/api/accounts", headers=bearer(load.token), timeout=30
        ).json()["items"][0]
        assert account["balance"] == f"-{number + 1}.00"
    assert reads(two, "primary") > from_primary
    servers.replica.set_replay_delay(0)
    for hub in hubs:
        wait_until(lambda hub=hub: replica_answers(hub, load))  # type: ignore[misc]
        assert sorted(ids_at(hub, load)) == sorted(load.booked)
    # Who signs out is out at once, at both, whatever the replica still shows.
    servers.replica.pause_replay()
    left = httpx.post(f"{one.url}/api/auth/logout", headers=bearer(load.token), timeout=30)
    assert left.status_code < 300
    for hub in hubs:
        answer = httpx.get(f"{hub.url}/api/accounts", headers=bearer(load.token), timeout=30)
        assert answer.status_code == 401


def test_replica_that_is_away_costs_no_read_and_is_named_and_used_again(
    hubs: tuple[Program, Program], servers: ReplicatedPostgres
) -> None:
    one, _ = hubs
    servers.primary.configure("synchronous_standby_names", "")
    load = begin(one)
    made = spend(one, load)
    wait_until(lambda: replica_answers(one, load))
    wait_until(lambda: health(one)["status"] == "ok")
    part = health(one)["parts"]["database-replica"]
    assert part["kind"] == "database-replica"
    assert part["lagSeconds"] < RECOVERY_SECONDS
    servers.replica.stop("immediate")
    assert ids_at(one, load) == [made]
    found = health(one)
    assert (found["status"], found["parts"]["database-replica"]["reachable"]) == ("degraded", False)
    assert httpx.get(f"{one.url}/readyz", timeout=30).status_code == 200
    second = spend(one, load)
    assert sorted(ids_at(one, load)) == sorted([made, second])
    servers.replica.start()
    wait_until(lambda: replica_answers(one, load))
    wait_until(lambda: health(one)["status"] == "ok")


def test_promoted_replica_takes_over_and_nothing_that_was_acknowledged_is_lost(
    hubs: tuple[Program, Program], servers: ReplicatedPostgres
) -> None:
    one, two = hubs
    with begin(one) as load:
        load.wait_for(20)
        servers.primary.stop("immediate")
        servers.replica.promote()
        load.recovers()
        # The old primary comes back and would take writes.
        servers.primary.start()
        left = servers.primary.query("SELECT count(*) FROM events")
        load.wait_for(20)
        # A process that is started now knows nothing of the failover, and finds the new one.
        two.kill()
        two.start()
        made = spend(two, load)
        assert made in ids_at(one, load)
        load.wait_for(20)
    assert servers.primary.query("SELECT count(*) FROM events") == left
    check(load)
    failures = [line for line in one.lines() if line["event"] == "request_failed"]
    assert failures == []
