"""Reads that only show: on the replica when it has what the primary has, else on the primary."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import pytest

from pfh.adapters.database.postgres import PostgresDatabase, PostgresOptions, open_postgres
from pfh.entry.cli.stack.local_process import free_port
from pfh.observability.metrics import READS_TO_SHOW
from pfh.persistence.event_store import Draft, Origin, append
from pfh.ports.database import Connection, DatabaseUnavailable
from pfh.runtime.probes import Probe, probe_all
from pfh.runtime.settings import load_settings
from tests.servers.found import Missing
from tests.servers.plugin import migrate_postgres
from tests.servers.postgres_replica import ReplicatedPostgres, start_replicated_postgres
from tests.servers.run_directory import RunDirectory

pytestmark = pytest.mark.postgres
PATIENCE_SECONDS = 60.0
Opener = Callable[..., Awaitable[PostgresDatabase]]


def started(run: RunDirectory, **how: Any) -> ReplicatedPostgres:  # noqa: ANN401 -- passed on
    try:
        made = start_replicated_postgres(run, **how)
    except Missing as missing:
        pytest.skip(str(missing))
    migrate_postgres(made.primary.url)
    made.replica.catch_up_with(made.primary)
    return made


@pytest.fixture(scope="module")
def shared(run_directory: RunDirectory) -> Iterator[ReplicatedPostgres]:
    made = started(run_directory)
    yield made
    made.stop()


@pytest.fixture
def servers(shared: ReplicatedPostgres) -> Iterator[ReplicatedPostgres]:
    """Return the servers of the module, with a replica that runs and replays."""
    yield shared
    if not shared.replica.runs():
        shared.replica.start()
    shared.replica.resume_replay()
    shared.replica.catch_up_with(shared.primary)


@pytest.fixture
def own(run_directory: RunDirectory) -> Iterator[ReplicatedPostgres]:
    """Return servers of this test alone, which may promote one."""
    made = started(run_directory)
    yield made
    made.stop()


@pytest.fixture
async def open_database() -> AsyncIterator[Opener]:
    """Return what opens a database as a process does, and waits until its replica serves."""
    opened: list[PostgresDatabase] = []

    async def opener(url: str, read_url: str, household_id: int | None = 1) -> PostgresDatabase:
        options = PostgresOptions(url=url, pool_min=1, pool_max=4)
        database = await open_postgres(options, replace(options, url=read_url))
        opened.append(database)
        if household_id is not None:
            await until_shown_by(database, household_id, replica=True)
        return database

    yield opener
    for database in opened:
        await database.close()


async def is_replica(connection: Connection) -> bool:
    return bool(await connection.fetch_value("SELECT pg_is_in_recovery()"))


async def events_shown(connection: Connection) -> tuple[bool, int]:
    """Return whether the replica answers, and how many events it shows."""
    count = await connection.fetch_value("SELECT count(*) FROM events WHERE household_id = 1")
    return await is_replica(connection), int(count)


async def until_shown_by(database: PostgresDatabase, household_id: int, *, replica: bool) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await database.read_to_show(is_replica, household_id) is replica:
                return
            await asyncio.sleep(0.05)


def writes(household_id: int) -> Callable[[Connection], Awaitable[int]]:
    async def unit(connection: Connection) -> int:
        event_id = int(await connection.fetch_value("SELECT count(*) FROM events"))
        draft = Draft(event_id + 1, "test.happened", 1, household_id, "{}")
        return await append(connection, household_id, Origin(None, "test", 1), [draft])

    return unit


@pytest.fixture
async def pair(
    servers: ReplicatedPostgres, open_database: Opener
) -> tuple[PostgresDatabase, PostgresDatabase]:
    """Return two databases as two processes have them; households 1 and 2 have an event."""
    urls = servers.primary.url, servers.replica.url
    first = await open_database(*urls, household_id=None)
    await first.write(writes(1))
    await first.write(writes(2))
    servers.replica.catch_up_with(servers.primary)
    await until_shown_by(first, 1, replica=True)
    return first, await open_database(*urls)


async def test_every_process_shows_a_write_at_once_while_the_replica_lacks_it(
    servers: ReplicatedPostgres, pair: tuple[PostgresDatabase, PostgresDatabase]
) -> None:
    one, other = pair
    servers.replica.pause_replay()
    sequence = await one.write(writes(1))
    assert await other.read_to_show(events_shown, 1) == (False, sequence)
    assert await one.read_to_show(events_shown, 1) == (False, sequence)
    # What nobody wrote to is shown by the replica still.
    assert await other.read_to_show(is_replica, 2)
    servers.replica.resume_replay()
    servers.replica.catch_up_with(servers.primary)
    assert await other.read_to_show(events_shown, 1) == (True, sequence)


async def test_never_shows_less_than_was_acknowledged_while_it_lags(
    servers: ReplicatedPostgres, pair: tuple[PostgresDatabase, PostgresDatabase]
) -> None:
    one, other = pair
    servers.replica.set_replay_delay(0.05)
    places = set()
    try:
        for _ in range(40):
            sequence = await one.write(writes(1))
            shown_by_replica, shown = await other.read_to_show(events_shown, 1)
            assert shown == sequence
            places.add(shown_by_replica)
            await until_shown_by(other, 2, replica=True)
        assert False in places
        await until_shown_by(other, 1, replica=True)
    finally:
        servers.replica.set_replay_delay(0)


async def test_other_history_of_the_same_length_is_not_shown(
    servers: ReplicatedPostgres, pair: tuple[PostgresDatabase, PostgresDatabase]
) -> None:
    one, _ = pair
    servers.replica.pause_replay()

    async def rewrite(connection: Connection) -> None:
        await connection.execute("UPDATE event_heads SET hash = $1 WHERE household_id = 1", b"x")

    kept = servers.primary.query("SELECT hash FROM event_heads WHERE household_id = 1")
    await one.write(rewrite)
    assert not await one.read_to_show(is_replica, 1)

    async def restore(connection: Connection) -> None:
        await connection.execute("UPDATE event_heads SET hash = $1 WHERE household_id = 1", kept)

    await one.write(restore)
    assert await one.read_to_show(is_replica, 1)


async def test_column_that_the_replica_does_not_have_yet_is_read_from_the_primary(
    servers: ReplicatedPostgres, pair: tuple[PostgresDatabase, PostgresDatabase]
) -> None:
    one, _ = pair
    servers.replica.pause_replay()
    servers.primary.query("ALTER TABLE events ADD COLUMN later BIGINT DEFAULT 7")

    async def unit(connection: Connection) -> int:
        return int(await connection.fetch_value("SELECT max(later) FROM events"))

    try:
        assert await one.read_to_show(unit, 1) == 7
    finally:
        servers.primary.query("ALTER TABLE events DROP COLUMN later")


async def test_reads_go_on_when_the_replica_crashes_and_go_back_when_it_returns(
    servers: ReplicatedPostgres, pair: tuple[PostgresDatabase, PostgresDatabase]
) -> None:
    one, _ = pair
    stopping = asyncio.Event()
    counts: list[int] = []

    async def keep_reading() -> None:
        while not stopping.is_set():
            _, count = await one.read_to_show(events_shown, 1)
            counts.append(count)
            await asyncio.sleep(0)

    readers = [asyncio.create_task(keep_reading()) for _ in range(4)]
    await asyncio.to_thread(servers.replica.stop, "immediate")
    await until_shown_by(one, 1, replica=False)
    await asyncio.to_thread(servers.replica.start)
    await until_shown_by(one, 1, replica=True)
    stopping.set()
    await asyncio.gather(*readers)
    assert len(set(counts)) == 1
    assert READS_TO_SHOW.labels("primary", "away")._value.get() > 0


async def test_replica_that_goes_silent_is_left(
    servers: ReplicatedPostgres, open_database: Opener
) -> None:
    parts = urlsplit(servers.replica.url)
    is_silent = asyncio.Event()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if is_silent.is_set():
                    continue
                writer.write(data)
        except OSError:
            pass
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    proxy = await asyncio.start_server(connect, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    place = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
    first = await open_database(servers.primary.url, servers.replica.url, household_id=None)
    await first.write(writes(1))
    servers.replica.catch_up_with(servers.primary)
    one = await open_database(servers.primary.url, urlunsplit(parts._replace(netloc=place)))
    is_silent.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert not await one.read_to_show(is_replica, 1)
        await until_shown_by(one, 1, replica=False)
    is_silent.clear()
    await until_shown_by(one, 1, replica=True)
    await one.close()
    proxy.close()


async def test_unit_that_writes_is_refused_wherever_it_runs(
    pair: tuple[PostgresDatabase, PostgresDatabase],
) -> None:
    one, _ = pair
    with pytest.raises(RuntimeError, match="may not write"):
        await one.read_to_show(writes(1), 1)


async def test_writes_and_reads_follow_a_failover_and_never_go_back_to_the_old_primary(
    own: ReplicatedPostgres, open_database: Opener
) -> None:
    parts = urlsplit(own.primary.url)
    user = parts.netloc.rpartition("@")[0]
    both = f"{user}@127.0.0.1:{own.primary.port},127.0.0.1:{own.replica.port}"
    url = urlunsplit(parts._replace(netloc=both))
    one = await open_database(url, url, household_id=None)
    assert await one.write(writes(1)) == 1
    own.replica.catch_up_with(own.primary)
    await until_shown_by(one, 1, replica=True)
    own.primary.stop("immediate")
    with pytest.raises(DatabaseUnavailable):
        await one.write(writes(1))
    own.replica.promote()
    assert await one.write(writes(1)) == 2
    assert not await one.read_to_show(is_replica, 1)
    own.primary.start()
    # A process that knows of the failover, and one that is started now.
    for database in (one, await open_database(url, url, household_id=None)):
        many = await asyncio.gather(*(database.write(writes(n)) for n in range(10, 18)))
        assert many[0] in {1, 2}
    assert own.primary.query("SELECT count(*) FROM events") == 1
    assert own.replica.query("SELECT count(*) FROM events") == 18
    own.replica.stop("immediate")
    # Better no answer than the old books.
    with pytest.raises((DatabaseUnavailable, asyncpg.PostgresError)):
        await one.write(writes(1))
    assert own.primary.query("SELECT count(*) FROM events") == 1


async def test_config_check_blames_the_server_that_is_at_fault(
    servers: ReplicatedPostgres, tmp_path: Path
) -> None:
    primary, replica = urlsplit(servers.primary.url), urlsplit(servers.replica.url)

    async def told(*ports: int | None) -> dict[str, Probe]:
        """Ask with a primary at one of the ports, and the replica where it is."""
        settings = load_settings(
            {
                "PFH_DATA_DIR": str(tmp_path),
                "POSTGRES_HOST": ",".join(["127.0.0.1"] * len(ports)),
                "POSTGRES_PORT": ",".join(map(str, ports)),
                "POSTGRES_READ_HOST": "127.0.0.1",
                "POSTGRES_READ_PORT": str(replica.port),
                "POSTGRES_DB": primary.path.lstrip("/"),
                "POSTGRES_USER": unquote(primary.username or ""),
                "POSTGRES_PASSWORD": unquote(primary.password or ""),
            }
        )
        return {one.name: one for one in await probe_all(settings)}

    gone = await told(free_port())
    assert gone["database"].state == "refused"
    assert gone["database-replica"].detail == "it answers, but POSTGRES_HOST does not"
    lost = await told(free_port(), replica.port)
    assert lost["database"].detail == "no server of the list is a primary now"
    assert lost["database-replica"].detail.startswith("it answers; of POSTGRES_HOST: no server")
    swapped = await told(replica.port)
    assert (swapped["database"].state, swapped["database-replica"].state) == ("failed", "failed")
    assert "takes no writes" in swapped["database"].detail
    assert (
        swapped["database-replica"].detail == "it answers; of POSTGRES_HOST: it is a replica, too"
    )
