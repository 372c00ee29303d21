"""The whole cluster: what is written becomes visible, a backlog is caught up, dashboards are read.

It exists to show the asynchronous half of the cluster as its users meet it: every server of `pfh
dev stack`, and `pfh serve`, `pfh relay`, `pfh consume` and `pfh rebuild` as they are shipped.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import asyncpg

from bench.cluster_visible import Person, write_and_look
from bench.figures import Figure, percentile
from bench.formats import write_book
from bench.household import SEED, generate
from bench.hub import SERVER_CORE, Hub, command, environment, free_port, run_pfh
from bench.vocabulary import ACCOUNTS
from pfh.adapters.documents.mongo import open_mongo_documents
from pfh.entry.cli.stack.up import up
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.event_log import Head

# More than a consumer works on at once, each with a book of some years.
HOUSEHOLDS: Final = 8
EVENTS: Final = 100_000
_READ_SECONDS: Final = 5.0
_WARM_SECONDS: Final = 1.0
_CONNECTIONS: Final = 32
# A quiet machine needs a third of it, for the longest wait of all: the end of the backlog.
_PATIENCE_SECONDS: Final = 60.0
_REBUILD_SECONDS: Final = 60.0
_LINES_SHOWN: Final = 3
_BACKLOG: Final = "SELECT COUNT(*) FROM outbox"
_HEADS: Final = "SELECT household_id, household_seq, hash FROM event_heads WHERE household_seq > 0"


@dataclass(frozen=True, slots=True)
class Plant:
    """A migrated installation on a stack: the folder of its processes and their settings."""

    root: Path
    settings: dict[str, str]

    @contextmanager
    def worker(self, name: str) -> Iterator[int]:
        """Run `pfh relay` or `pfh consume` beside the block, and yield its process id."""
        port = free_port()
        data = self.root / name
        data.mkdir(mode=0o700, exist_ok=True)
        with (self.root / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [command(), name],
                env=environment(data, port) | self.settings | {"PFH_PROBES_PORT": f"{port}"},
                stdout=log,
                stderr=log,
            )
        try:
            _wait(lambda: _is_ready(port), f"pfh {name}")
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=60)

    def hub(self) -> Hub:
        """Return `pfh serve`, not started yet."""
        return Hub(self.root / "serve", settings=self.settings)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Read rows of the books."""

        async def ask() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(
                host=self.settings["POSTGRES_HOST"],
                port=int(self.settings["POSTGRES_PORT"]),
                user=self.settings["POSTGRES_USER"],
                password=self.settings["POSTGRES_PASSWORD"],
                database=self.settings["POSTGRES_DB"],
            )
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(ask())

    def is_caught_up(self) -> bool:
        """Tell whether nothing waits for the relay and every read model is at its head."""
        if self.query(_BACKLOG)[0][0]:
            return False
        heads = {int(one): Head(int(seq), bytes(link)) for one, seq, link in self.query(_HEADS)}

        async def ask() -> dict[int, Head]:
            documents = open_mongo_documents(self.settings["MONGODB_URI"])
            try:
                return await documents.heads(list(heads))
            finally:
                await documents.close()

        try:
            return asyncio.run(ask()) == heads
        except DocumentsUnavailable:
            # On a busy machine the server may be late to answer a new client.
            return False


def measure_cluster() -> Iterator[Figure]:
    """Measure all of it on a stack of its own; nothing where a server is missing.

    It takes about 90 s, and 4 minutes at most: each thing is waited for within bounds, and one that
    fails is told and does not take the others along.
    """
    yield from _on_a_stack(_measure)


def measure_cluster_visible() -> Iterator[Figure]:
    """Measure how long a write takes to be seen, after the backlog, and nothing else."""
    yield from _on_a_stack(_measure_visible)


def _on_a_stack(measure: Callable[[Plant], Iterator[Figure]]) -> Iterator[Figure]:
    root = Path(tempfile.mkdtemp(prefix="pfh-bench-cluster-"))
    root.chmod(0o711)
    record = up(root / "stack")
    try:
        if record.absent:
            absent = ", ".join(f"{one.name} ({one.reason})" for one in record.absent)
            print(f"  the cluster is left out: {absent}")
            return
        words = shlex.split(record.environment.read_text(encoding="utf-8"))
        settings = dict(word.split("=", 1) for word in words)
        # Each process has a folder of its own.
        del settings["PFH_DATA_DIR"]
        yield from measure(Plant(root, settings))
    finally:
        record.remove()
        shutil.rmtree(root, ignore_errors=True)


def _measure(plant: Plant) -> Iterator[Figure]:
    people = _furnish(plant)
    yield from _tried(plant, lambda: _catch_up(plant))
    with _running(plant) as hub:
        yield from _tried(plant, lambda: _visible(plant, hub, people))
        yield from _tried(plant, lambda: _cached_reads(hub, people[0]))
    yield from _tried(plant, lambda: _rebuild(plant))


def _measure_visible(plant: Plant) -> Iterator[Figure]:
    people = _furnish(plant)
    # Brokers that have not worked yet take half as long again, so this is not left out.
    yield from _tried(plant, lambda: _catch_up(plant))
    with _running(plant) as hub:
        yield from _tried(plant, lambda: _visible(plant, hub, people))


def _furnish(plant: Plant) -> list[Person]:
    """Make the tables, the topics, and households with their books, of which no relay knows yet."""
    run_pfh(plant.root / "command", "migrate", settings=plant.settings)
    run_pfh(plant.root / "command", "topics", "apply", settings=plant.settings)
    with plant.worker("relay"):
        # From its registration on, events wait for a relay.
        pass
    with plant.hub() as hub:
        people = [_person(hub, number) for number in range(HOUSEHOLDS)]
    _import(plant, people)
    return people


@contextmanager
def _running(plant: Plant) -> Iterator[Hub]:
    """Run a hub, a relay and a consumer beside the block."""
    with ExitStack() as running:
        hub = running.enter_context(plant.hub())
        for name in ("relay", "consume"):
            running.enter_context(plant.worker(name))
        yield hub


def _tried(plant: Plant, measure: Callable[[], list[Figure]]) -> list[Figure]:
    """Measure one thing; a failure is told, with what the processes complained of last."""
    try:
        return measure()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the others are worth measuring
        print(f"  failed: {type(error).__name__}: {error}", flush=True)
        for log in sorted(plant.root.rglob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            for line in lines[-_LINES_SHOWN:]:
                print(f"    {log.name}: {line[:300]}", flush=True)
        return []


def _person(hub: Hub, number: int) -> Person:
    email = f"bench-{number}@example.org"
    hub.register(email)
    made = [
        hub.json(
            "POST",
            "/api/accounts",
            {"name": one.name, "accountType": one.account_type, "currency": one.currency},
        )
        for one in ACCOUNTS
    ]
    return Person(email, hub.token, made[0]["id"])


def _import(plant: Plant, people: list[Person]) -> None:
    """Bring a book into each household; all together are the events to catch up."""
    folder = plant.root / "files"
    write_book(generate(EVENTS // len(people), SEED), folder, ["csv"])
    # The command would bring the read models in MongoDB along; here a consumer does.
    settings = {name: value for name, value in plant.settings.items() if name != "MONGODB_URI"}

    def bring_in(person: Person) -> None:
        data = plant.root / person.account
        run_pfh(data, "import", f"{folder / 'book.csv'}", "--user", person.email, settings=settings)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(bring_in, people))


def _catch_up(plant: Plant) -> list[Figure]:
    """Let a relay and a consumer begin with everything that waits."""
    events = int(plant.query(_BACKLOG)[0][0])
    with plant.worker("consume") as consumer:
        begun = time.perf_counter()
        with plant.worker("relay") as relay:
            _wait(lambda: not plant.query(_BACKLOG)[0][0], "the empty outbox", step=0.1)
            relayed = time.perf_counter() - begun
            _wait(plant.is_caught_up, "the end of the backlog", step=0.1)
            seconds = time.perf_counter() - begun
            spent = f"{_cpu_seconds(relay):.1f} s and {_cpu_seconds(consumer):.1f} s of processor"
    note = f"{events:,} events in {seconds:.1f} s, relay done after {relayed:.1f} s; {spent}"
    return [Figure("cluster_catch_up", 0, events / seconds, note)]


def _visible(plant: Plant, hub: Hub, people: list[Person]) -> list[Figure]:
    # Without a core of its own: servers, relay and consumer share the machine with it.
    assert hub.process is not None
    os.sched_setaffinity(hub.process.pid, range(os.cpu_count() or 1))
    seen = asyncio.run(write_and_look(hub.port, people))
    os.sched_setaffinity(hub.process.pid, {SERVER_CORE})
    _wait(plant.is_caught_up, "the last write")
    note = f"{seen.written / seen.seconds:.0f} writes/s to {len(people)} households"
    note += f", {len(seen.delays)} looked for"
    if seen.refused:
        note += f", {seen.refused} refused with 503"
    if seen.unfinished:
        note += f", {seen.unfinished} not finished in time"
    if seen.refused or seen.unfinished:
        note += ": the machine is too busy for this rate"
    return [
        Figure("cluster_visible_p50", 0, percentile(seen.delays, 50)),
        Figure("cluster_visible_p95", 0, percentile(seen.delays, 95), note),
    ]


def _cached_reads(hub: Hub, person: Person) -> list[Figure]:
    """Read the dashboards of a year again and again; the hub has one core."""
    wishes = [
        {
            "method": "GET",
            "path": f"/api/dashboard?period=2025-{month:02d}",
            "headers": {"Authorization": f"Bearer {person.token}"},
        }
        for month in range(1, 13)
    ]
    hub.load(wishes, seconds=_WARM_SECONDS, connections=_CONNECTIONS, run="warm")
    seen = hub.load(wishes, seconds=_READ_SECONDS, connections=_CONNECTIONS, run="cached")
    return [
        Figure("cluster_cached", 0, seen["rate"], f"{_CONNECTIONS} clients"),
        Figure("cluster_cached_p95", 0, seen["p95"]),
        Figure("cluster_cached_cpu", 0, seen["server_cpu_us"]),
    ]


def _rebuild(plant: Plant) -> list[Figure]:
    events = sum(int(row[1]) for row in plant.query(_HEADS))
    done = run_pfh(
        plant.root / "command",
        "rebuild",
        settings=plant.settings,
        limit_seconds=_REBUILD_SECONDS,
    )
    note = f"{events:,} events in {done.seconds:.1f} s, {done.cpu_seconds:.1f} s of processor"
    return [Figure("cluster_rebuild", 0, events / done.seconds, note)]


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _wait(ask: Callable[[], object], what: str, *, step: float = 0.02) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not ask():
        if time.monotonic() > until:
            message = f"{what} did not come within {_PATIENCE_SECONDS:.0f} s"
            raise TimeoutError(message)
        time.sleep(step)


def _cpu_seconds(pid: int) -> float:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
