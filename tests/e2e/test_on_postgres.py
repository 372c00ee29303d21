"""The real program on a real server: killed, and with the server gone under it."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.e2e.program import Program, bearer, sign_up
from tests.environment import environment_of
from tests.servers.found import Missing
from tests.servers.postgres import OwnPostgres, start_own_postgres
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
RECOVERY_SECONDS = 30.0
WRITERS = 4
STATEMENT = b"Date,Description,Amount\n" + b"".join(
    b"2026-03-%02d,Shop %d,-1.50\n" % (1 + n % 28, n) for n in range(400)
)


@pytest.fixture
def server(run_directory: RunDirectory) -> Iterator[OwnPostgres]:
    """Return a server that the test may stop."""
    try:
        # A crash loses what was not even given to the system; the disk itself does not fail here.
        made = start_own_postgres(run_directory, settings="synchronous_commit = on\n")
    except Missing as missing:
        pytest.skip(str(missing))
    yield made
    made.stop("immediate")


@pytest.fixture
def hub(server: OwnPostgres, tmp_path: Path) -> Iterator[Program]:
    """Return the program on the server, migrated and not started."""
    made = Program(tmp_path / "data", environment_of(server.url))
    done = made.run("migrate")
    assert done.returncode == 0, done.stderr
    assert made.run("migrate", "status").returncode == 0
    yield made
    made.kill()


@dataclass
class Load:
    """People who keep writing, each request with a key, and repeat what was not answered."""

    hub: Program
    token: str
    account: str
    stopping: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    booked: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[str | None, str]] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, more: int) -> float:
        """Wait until so many more writes are booked and return how long that took."""
        begun, wanted = time.monotonic(), len(self.booked) + more
        wait_until(lambda: len(self.booked) >= wanted, what=f"{more} more writes")
        return time.monotonic() - begun

    def recovers(self) -> None:
        """See the first write soon, and a number of them however long a busy machine takes."""
        assert self.wait_for(1) < RECOVERY_SECONDS, dict(self.statuses)
        self.wait_for(20)

    def _write(self) -> None:
        with httpx.Client(timeout=PATIENCE_SECONDS, headers=bearer(self.token)) as client:
            while not self.stopping.is_set():
                self._until_booked(client, secrets.token_hex(8))

    def _until_booked(self, client: httpx.Client, key: str) -> None:
        body = {
            "amount": "1.00",
            "transactionType": "expense",
            "transactionDate": "2026-11-02",
            "accountId": self.account,
            "description": key,
        }
        # The last request is repeated too, so that all that began is known at the end.
        until = time.monotonic() + 2 * PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                answer = client.post(
                    f"{self.hub.url}/api/transactions", json=body, headers={"idempotency-key": key}
                )
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code == 201:
                self.booked[key] = answer.json()["id"]
                return
            self.refused.append((answer.headers.get("retry-after"), answer.json()["code"]))
            time.sleep(0.1)


def is_ready(hub: Program) -> bool:
    return httpx.get(f"{hub.url}/readyz", timeout=PATIENCE_SECONDS).status_code == 200


def begin(hub: Program) -> Load:
    token = sign_up(hub.url, f"{secrets.token_hex(4)}@example.org")
    answer = httpx.post(
        f"{hub.url}/api/accounts",
        json={"name": "Checking", "accountType": "checking"},
        headers=bearer(token),
        timeout=PATIENCE_SECONDS,
    )
    assert answer.status_code == 201, answer.text
    return Load(hub, token, answer.json()["id"])


def check(load: Load) -> None:
    """Assert that the books hold exactly what was acknowledged, and that they can be proved."""
    found = get(load, f"/api/accounts/{load.account}")
    assert found["balance"] == f"-{len(load.booked)}.00"
    ids: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = get(load, f"/api/transactions?limit=200&cursor={cursor}")
        ids |= {item["id"] for item in page["items"]}
        cursor = page["nextCursor"]
    assert ids == set(load.booked.values())
    wait_until(lambda: dashboard_count(load) == len(load.booked), what="the projection")
    done = load.hub.run("verify")
    assert done.returncode == 0, done.stdout + done.stderr


def dashboard_count(load: Load) -> int:
    """Return how many transactions the dashboard of the month counts."""
    return int(get(load, "/api/dashboard?period=2026-11")["summary"]["transactionCount"])


def get(load: Load, path: str) -> dict[str, Any]:
    answer = httpx.get(
        f"{load.hub.url}{path}", headers=bearer(load.token), timeout=PATIENCE_SECONDS
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_answers_503_while_the_server_is_away_and_recovers_by_itself(
    hub: Program, server: OwnPostgres
) -> None:
    hub.start()
    with begin(hub) as load:
        load.wait_for(20)
        server.stop()
        wait_until(lambda: load.statuses[503], what="a refusal")
        ready = httpx.get(f"{hub.url}/readyz", timeout=PATIENCE_SECONDS)
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "2")
        assert httpx.get(f"{hub.url}/livez", timeout=PATIENCE_SECONDS).status_code == 200
        page = httpx.get(
            f"{hub.url}/api/dashboard", headers=bearer(load.token), timeout=PATIENCE_SECONDS
        )
        assert (page.status_code, page.headers["retry-after"]) == (503, "2")
        server.start()
        load.recovers()
        wait_until(lambda: is_ready(hub), what="readiness")
        # Once more, without a pause between stop and start.
        server.stop()
        server.start()
        load.recovers()
    failures = [line for line in hub.lines() if line["event"] == "request_failed"]
    assert failures == []
    assert set(load.statuses) <= {201, 503, 409}
    assert load.statuses[503] > 0
    assert {code for _, code in load.refused} <= {
        "temporarily_unavailable",
        "idempotency_key_in_flight",
    }
    assert all(after for after, code in load.refused if code == "temporarily_unavailable")
    check(load)
    assert hub.terminate() == 0


def test_loses_nothing_when_it_is_killed_under_load(hub: Program) -> None:
    hub.start()
    hub.environment["PORT"] = str(hub.port)
    with begin(hub) as load:
        for _ in range(3):
            load.wait_for(15)
            hub.kill()
            hub.start()
        load.wait_for(15)
    check(load)


def test_loses_nothing_when_the_server_crashes_under_load(
    hub: Program, server: OwnPostgres
) -> None:
    hub.start()
    with begin(hub) as load:
        load.wait_for(20)
        for _ in range(3):
            server.stop("immediate")
            server.start()
            load.recovers()
    check(load)
    assert [line for line in hub.lines() if line["event"] == "request_failed"] == []


def test_two_hubs_share_the_books_and_their_sessions(hub: Program, tmp_path: Path) -> None:
    other = Program(tmp_path / "data", dict(hub.environment))
    hub.start()
    other.start()
    try:
        load = begin(hub)
        files = {"file": ("bank.csv", STATEMENT, "text/csv")}
        made = [
            httpx.post(
                f"{one.url}/api/imports?accountId={load.account}",
                files=files,
                headers=bearer(load.token),
                timeout=PATIENCE_SECONDS,
            ).json()
            for one in (hub, other)
        ]
        for one, record in zip((other, hub), made, strict=True):
            answer = httpx.post(
                f"{one.url}/api/imports/{record['id']}/commit",
                headers=bearer(load.token),
                timeout=PATIENCE_SECONDS,
            )
            assert answer.status_code in {200, 202}, answer.text
        ended = [wait_for_import(load, record["id"]) for record in made]
        assert [record["status"] for record in ended] == ["committed"] * 2
        assert sum(record["new"] for record in ended) == 400
        assert sum(record["duplicate"] for record in ended) == 400
        assert hub.run("verify").returncode == 0
        rebuilt = hub.run("rebuild")
        assert rebuilt.returncode == 0, rebuilt.stderr
        assert hub.run("verify").returncode == 0
        answer = httpx.post(
            f"{other.url}/api/auth/logout", headers=bearer(load.token), timeout=PATIENCE_SECONDS
        )
        assert answer.status_code in {200, 204}, answer.text
        for one in (hub, other):
            answer = httpx.get(
                f"{one.url}/api/accounts", headers=bearer(load.token), timeout=PATIENCE_SECONDS
            )
            assert answer.status_code == 401
    finally:
        other.kill()


def wait_for_import(load: Load, import_id: str) -> dict[str, Any]:
    def found() -> dict[str, Any]:
        return get(load, f"/api/imports/{import_id}")

    wait_until(lambda: found()["status"] not in {"reading", "committing"}, what="its end")
    return found()
