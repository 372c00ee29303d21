"""Two real processes whose Redis servers are emptied and full under load: slower, nothing else."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.e2e.program import Program, bearer
from tests.e2e.test_on_postgres import begin, dashboard_count
from tests.environment import environment_of
from tests.servers.redis import RedisProcess, find_program
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
ROUNDS = 15
BALLAST = b"x" * 200_000


@pytest.fixture
def cache_process(redis_process: RedisProcess, tmp_path: Path) -> Iterator[RedisProcess]:
    """Return a cache with three megabytes beside the master."""
    del redis_process
    program, _ = find_program()
    arguments = ("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lfu")
    process = RedisProcess(program, tmp_path / "cache", arguments)
    yield process
    process.stop()


@pytest.fixture
def hubs(
    migrated_postgres_url: str,
    redis_process: RedisProcess,
    cache_process: RedisProcess,
    tmp_path: Path,
) -> Iterator[tuple[Program, Program]]:
    environment = environment_of(migrated_postgres_url)
    for prefix, process in (("REDIS", redis_process), ("REDIS_CACHE", cache_process)):
        process.start()
        environment[f"{prefix}_HOST"] = "127.0.0.1"
        environment[f"{prefix}_PORT"] = str(process.port)
        environment[f"{prefix}_PASSWORD"] = process.password
    one, two = (
        Program(tmp_path / str(number), {**environment, "PFH_NODE": str(number)})
        for number in range(2)
    )
    one.start()
    two.start()
    yield one, two
    for hub in (one, two):
        hub.kill()


@dataclass
class Readers:
    """People with sessions of their own who keep looking at the dashboard, at both processes."""

    hubs: tuple[Program, Program]
    token: str
    statuses: Counter[int] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self._read, args=(hub,)) for hub in self.hubs]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _read(self, hub: Program) -> None:
        with httpx.Client(base_url=hub.url, headers=bearer(self.token), timeout=30) as client:
            while not self.stopping.is_set():
                self.statuses[client.get("/api/auth/me").status_code] += 1
                answer = client.get("/api/dashboard?period=2026-11")
                self.statuses[answer.status_code] += 1
                summary: dict[str, Any] = answer.json()["summary"]
                self.figures[summary["totalExpenses"]] += 1


def test_emptied_and_full_servers_sign_nobody_out_and_change_no_figure(
    hubs: tuple[Program, Program], redis_process: RedisProcess, cache_process: RedisProcess
) -> None:
    one, two = hubs
    load = begin(one)
    with load:
        load.wait_for(10)
    expected = f"{len(load.booked)}.00"
    wait_until(lambda: dashboard_count(load) == len(load.booked), what="the projection")
    with (
        Readers(hubs, load.token) as readers,
        redis_process.client() as master,
        cache_process.client() as cache,
    ):
        for number in range(ROUNDS):
            seen = readers.statuses[200]
            master.flushall()
            cache.flushall()
            for place in range(20):
                # Four megabytes: what the hub keeps there is evicted, or finds no room.
                cache.set(f"ballast:{number}:{place}", BALLAST)
            while readers.statuses[200] < seen + 8:
                assert all(thread.is_alive() for thread in readers.threads), readers.statuses
                readers.stopping.wait(0.01)
        assert cache.info("stats")["evicted_keys"] > 0
        # Full and forbidden to evict, it takes nothing new at all.
        cache.config_set("maxmemory-policy", "noeviction")
        cache.config_set("maxmemory", "1mb")
        seen = readers.statuses[200]
        while readers.statuses[200] < seen + 20:
            assert all(thread.is_alive() for thread in readers.threads), readers.statuses
            readers.stopping.wait(0.01)
    assert set(readers.statuses) == {200}
    assert set(readers.figures) == {expected}
    for hub in (one, two):
        assert not [line for line in hub.lines() if line["event"] == "request_failed"]
