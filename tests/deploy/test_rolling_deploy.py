"""A new version takes over from the old one behind nginx, while people work: nobody notices.

The order is that of docs/howto/deploy.md: expand the tables, roll the new version out one by one,
and take away what only the old one used in a release after that.
"""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

import httpx
import pytest

from pfh.entry.cli.stack.local_process import start
from tests.deploy.test_nginx import Rendered, render
from tests.e2e.program import Program, bearer, sign_up
from tests.environment import environment_of
from tests.migrations.releases import release
from tests.servers.found import Server
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(600)]
PEOPLE = 4
REQUESTS_MIN = 5_000
FOREGROUND = ("-g", "daemon off;")
READS = ("/api/accounts", "/api/transactions?limit=20", "/api/dashboard", "/api/categories")


@dataclass
class Proxy:
    """nginx with the files that are deployed; which hubs it knows is written by the test."""

    rendered: Rendered
    process: subprocess.Popen[bytes]

    def know(self, *hubs: Program) -> None:
        """Send new requests to these alone; return when no request is under way to another."""
        before = self._workers()
        write_hubs(self.rendered.folder, hubs)
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: bool(self._workers()) and not before & self._workers())

    def _workers(self) -> frozenset[int]:
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return frozenset(map(int, text.split()))


def write_hubs(folder: Path, hubs: tuple[Program, ...]) -> None:
    lines = "".join(f"  server 127.0.0.1:{hub.port};\n" for hub in hubs)
    (folder / "hubs.conf").write_text(f"upstream hubs {{\n{lines}}}\n", encoding="ascii")


@dataclass
class People:
    """Persons who read and write through nginx, each request on a connection of its own."""

    url: str
    token: str
    account: str
    stopping: threading.Event = field(default_factory=threading.Event)
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    booked: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self._work) for _ in range(PEOPLE)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Wait until so many more requests were answered; it may take long, but not stand still."""
        wanted = self.answers.total() + more
        while self.answers.total() < wanted:
            wait_until(partial(self._is_beyond, self.answers.total()))
            assert self.failures == []

    def _is_beyond(self, count: int) -> bool:
        return self.answers.total() > count

    def _work(self) -> None:
        # An idle connection that nginx closes while a request is on its way is the client's to
        # repeat, as browsers do; here every failure counts, so no connection is idle.
        alone = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(
            base_url=self.url, limits=alone, timeout=PATIENCE_SECONDS, headers=bearer(self.token)
        ) as client:
            for number in itertools.count():
                if self.stopping.is_set():
                    return
                try:
                    self._ask(client, number)
                except httpx.TransportError as error:
                    self.failures.append(f"{type(error).__name__}: {error}")

    def _ask(self, client: httpx.Client, number: int) -> None:
        if number % 5 == 0:
            answer = client.post(
                "/api/transactions",
                json={
                    "amount": "1.00",
                    "transactionType": "expense",
                    "transactionDate": "2026-11-02",
                    "accountId": self.account,
                    "description": "Bread",
                },
                headers={"idempotency-key": secrets.token_hex(8)},
            )
            if answer.status_code == 201:
                self.booked.append(answer.json()["id"])
        else:
            answer = client.get(READS[number % len(READS)])
        self.answers[answer.status_code] += 1
        if not answer.is_success:
            self.failures.append(f"{answer.request.url} {answer.status_code}: {answer.text[:300]}")


@pytest.fixture
def hubs(migrated_postgres_url: str, tmp_path: Path) -> Iterator[list[Program]]:
    """Return the hubs that run; the first two are of today's version."""
    made: list[Program] = []
    for number in range(2):
        made.append(hub_of(migrated_postgres_url, tmp_path, number))
        made[-1].start()
    yield made
    for hub in made:
        hub.kill()


def hub_of(url: str, folder: Path, number: int, program: Path | None = None) -> Program:
    more = {} if program is None else {"PYTHONPATH": str(program)}
    environment = environment_of(url, PFH_NODE=str(number), GIT_COMMIT=f"version-{program}", **more)
    return Program(folder / f"hub-{number}", environment)


@pytest.fixture
def proxy(
    nginx_program: Server, hubs: list[Program], tmp_path: Path, run_directory: RunDirectory
) -> Iterator[Proxy]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    made = render(folder, hubs[0].port)
    text = (folder / "http.conf").read_text(encoding="utf-8")
    text = text.replace(f"http://127.0.0.1:{hubs[0].port}", "http://hubs")
    (folder / "http.conf").write_text(f"{text}\ninclude {folder}/hubs.conf;\n", encoding="utf-8")
    write_hubs(folder, tuple(hubs))

    def answers() -> bool:
        try:
            return httpx.get(f"{made.url}/livez", timeout=PATIENCE_SECONDS).status_code == 200
        except httpx.TransportError:
            return False

    # The workers give up root, and the folder of a test is closed to others.
    for above in (folder, *list(folder.parents)[:2]):
        os.chmod(above, 0o755)  # noqa: PTH101, S103 -- throw-away folders
    process = start(
        [nginx_program.address, "-p", f"{folder}/", "-c", f"{folder}/nginx.conf", *FOREGROUND],
        folder / "log",
        answers=answers,
        seconds=PATIENCE_SECONDS,
        own=run_directory.own_process,
    )
    yield Proxy(made, process)
    process.terminate()
    process.wait(PATIENCE_SECONDS)


def ready(hub: Program) -> int:
    return httpx.get(f"{hub.url}/readyz", timeout=PATIENCE_SECONDS).status_code


def all_ready(hubs: list[Program]) -> None:
    """Wait until all are: the question has a limit in time, and a busy machine may pass it once."""
    wait_until(lambda: all(ready(hub) == 200 for hub in hubs), what="readiness")


def roll(proxy: Proxy, hubs: list[Program], new: Program) -> None:
    """Put a new hub in the place of the oldest one."""
    new.start()
    hubs.append(new)
    wait_until(lambda: ready(new) == 200)
    old = hubs.pop(0)
    proxy.know(*hubs)
    assert old.terminate() == 0


def test_nobody_notices_that_a_new_version_takes_over(
    migrated_postgres_url: str, hubs: list[Program], proxy: Proxy, tmp_path: Path
) -> None:
    url = proxy.rendered.url
    token = sign_up(hubs[0].url, "ann@example.org")
    opened = httpx.post(
        f"{url}/api/accounts",
        json={"name": "Cash", "accountType": "cash"},
        headers=bearer(token),
        timeout=PATIENCE_SECONDS,
    )
    assert opened.status_code == 201, opened.text
    second = release(tmp_path / "second")
    third = release(tmp_path / "third", contract=True)
    with People(url, token, opened.json()["id"]) as people:
        people.wait_for(200)
        # Expand: the old version goes on with tables that it does not know.
        news = [hub_of(migrated_postgres_url, tmp_path, 2 + n, second) for n in range(2)]
        assert news[0].run("migrate").returncode == 0
        all_ready(hubs)
        people.wait_for(200)
        for new in news:
            roll(proxy, hubs, new)
            people.wait_for(200)
        # Contract: the version that nobody runs any more would not work now, and says so.
        assert hub_of(migrated_postgres_url, tmp_path, 4, third).run("migrate").returncode == 0
        all_ready(hubs)
        left_behind = hub_of(migrated_postgres_url, tmp_path, 5)
        left_behind.start()
        assert ready(left_behind) == 503
        left_behind.kill()
        people.wait_for(max(200, REQUESTS_MIN - people.answers.total()))
    assert people.failures == []
    assert people.answers.keys() == {200, 201}
    assert people.answers.total() >= REQUESTS_MIN
    assert len(set(people.booked)) == people.answers[201]
    assert hubs[0].run("verify").returncode == 0
    count = httpx.get(
        f"{hubs[0].url}/api/dashboard?period=2026-11",
        headers=bearer(token),
        timeout=PATIENCE_SECONDS,
    ).json()["summary"]["transactionCount"]
    assert count == len(people.booked)
