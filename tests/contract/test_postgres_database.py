"""The database contract on PostgreSQL, and what only a server far away does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from pfh.adapters.database.postgres import PostgresDatabase, PostgresOptions, open_postgres
from pfh.ports.database import Connection, DatabaseTimeout, DatabaseUnavailable
from tests.contract.database_contract import DatabaseContract
from tests.contract.database_subject import (
    INSERT,
    Opener,
    Refused,
    account_ids,
    adds,
    create_schema,
)
from tests.waiting import PATIENCE_SECONDS, eventually

CONFLICT = "DO $$ BEGIN RAISE EXCEPTION 'a rival won' USING ERRCODE = '40001'; END $$"
KILL = "SELECT pg_terminate_backend(pg_backend_pid())"
OpenWith = Callable[..., Any]


class LoopMeeting:
    """Holds a unit on the event loop."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._resumed = asyncio.Event()

    async def inside(self) -> None:
        self._reached.set()
        await asyncio.wait_for(self._resumed.wait(), PATIENCE_SECONDS)

    async def reached(self) -> None:
        await asyncio.wait_for(self._reached.wait(), PATIENCE_SECONDS)

    def resume(self) -> None:
        self._resumed.set()


class TestPostgresDatabase(DatabaseContract):
    @pytest.fixture
    def open_database(self, postgres_url: str) -> Opener:
        async def opener() -> PostgresDatabase:
            return await open_postgres(PostgresOptions(url=postgres_url))

        return opener

    def meeting(self) -> LoopMeeting:
        return LoopMeeting()


@pytest.fixture
async def open_with(postgres_url: str) -> AsyncIterator[OpenWith]:
    """Return a function that opens the test's database, which is prepared, with other options."""
    opened: list[PostgresDatabase] = []
    # With the ordinary limits: the short ones of a test are for what it shows alone.
    plain = await open_postgres(PostgresOptions(url=postgres_url))
    await plain.write(create_schema)
    await plain.close()

    async def opener(**options: Any) -> PostgresDatabase:  # noqa: ANN401 -- fields of the options
        database = await open_postgres(PostgresOptions(url=postgres_url, **options))
        opened.append(database)
        return database

    yield opener
    for database in opened:
        await database.close()


async def test_runs_again_when_a_rival_won(open_with: OpenWith) -> None:
    database = await open_with()
    runs: list[int] = []

    async def unit(connection: Connection) -> str:
        runs.append(1)
        await connection.execute(INSERT, 1, "a", 0)
        if len(runs) < 4:
            await connection.execute(CONFLICT)
        return "stored"

    assert await database.write(unit) == "stored"
    assert len(runs) == 4
    assert await account_ids(database) == [1]


async def test_runs_again_when_the_unit_translated_the_conflict(open_with: OpenWith) -> None:
    database = await open_with()
    runs: list[int] = []

    async def unit(connection: Connection) -> str:
        runs.append(1)
        try:
            if len(runs) == 1:
                await connection.execute(CONFLICT)
        except Exception as error:
            raise Refused("misread") from error
        return "stored"

    assert await database.write(unit) == "stored"


async def test_gives_up_when_rivals_win_each_time(open_with: OpenWith) -> None:
    database = await open_with(attempts_max=3)
    runs: list[int] = []

    async def unit(connection: Connection) -> None:
        runs.append(1)
        await connection.execute(CONFLICT)

    with pytest.raises(DatabaseTimeout, match="kept changing the same rows"):
        await database.write(unit)
    assert len(runs) == 3


async def test_stores_both_when_two_units_deadlock(open_with: OpenWith) -> None:
    database = await open_with()
    await database.write(adds(1))
    await database.write(adds(2))
    runs: list[int] = []
    both_hold_one = asyncio.Barrier(2)

    def crossing(first: int, second: int) -> Callable[[Connection], Any]:
        async def unit(connection: Connection) -> None:
            runs.append(first)
            update = "UPDATE accounts SET balance = balance + 1 WHERE id = $1"
            await connection.execute(update, first)
            if len(runs) <= 2:
                await both_hold_one.wait()
            await connection.execute(update, second)

        return unit

    await asyncio.gather(database.write(crossing(1, 2)), database.write(crossing(2, 1)))

    async def balances(connection: Connection) -> list[int]:
        return [row[0] for row in await connection.fetch_all("SELECT balance FROM accounts")]

    assert await database.read(balances) == [2, 2]
    assert len(runs) > 2


async def test_runs_again_when_the_connection_breaks_before_the_commit(open_with: OpenWith) -> None:
    database = await open_with()
    runs: list[int] = []

    async def unit(connection: Connection) -> int:
        runs.append(1)
        changed = await connection.execute(INSERT, 1, "a", 0)
        if len(runs) == 1:
            await connection.execute(KILL)
        return changed

    assert await database.write(unit) == 1
    assert len(runs) == 2
    assert await account_ids(database) == [1]


async def test_looks_up_again_when_the_connection_broke_at_rest(open_with: OpenWith) -> None:
    database = await open_with(pool_min=1, pool_max=1)

    async def process(connection: Connection) -> int:
        return int(await connection.fetch_value("SELECT pg_backend_pid()"))

    other = await open_with(application_name="other")
    victim = await database.read(process)
    await other.look_up("SELECT pg_terminate_backend($1)", victim)
    row = await database.look_up("SELECT pg_backend_pid()")
    assert row is not None
    assert row[0] != victim


async def test_reads_again_when_the_connection_breaks_at_its_end(open_with: OpenWith) -> None:
    database = await open_with()
    other = await open_with(application_name="other")
    runs: list[int] = []

    async def unit(connection: Connection) -> int:
        process = int(await connection.fetch_value("SELECT pg_backend_pid()"))
        runs.append(process)
        if len(runs) == 1:
            await other.look_up("SELECT pg_terminate_backend($1)", process)
        return process

    assert await database.read(unit) == runs[1] != runs[0]


async def test_says_that_the_outcome_is_unknown_when_the_commit_is_cut(open_with: OpenWith) -> None:
    database = await open_with()
    runs: list[int] = []

    async def arm(connection: Connection) -> None:
        await connection.execute(
            "CREATE OR REPLACE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        await connection.execute(
            "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION cut()"
        )

    async def unit(connection: Connection) -> None:
        runs.append(1)
        await connection.execute(INSERT, 1, "a", 0)

    await database.write(arm)
    with pytest.raises(DatabaseUnavailable, match="unknown"):
        await database.write(unit)
    assert len(runs) == 1
    with pytest.raises(DatabaseUnavailable, match="unknown"):
        await database.write_one(INSERT, 2, "b", 0)


async def test_gives_up_when_the_server_goes_silent(postgres_url: str) -> None:
    server = urlsplit(postgres_url)
    is_silent = asyncio.Event()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not is_silent.is_set():
                writer.write(data)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(server.hostname, server.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    async def unit(connection: Connection) -> None:
        await connection.fetch_value("SELECT 1")
        is_silent.set()
        await connection.fetch_value("SELECT 1")

    proxy = await asyncio.start_server(connect, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    address = f"{server.username}:{server.password}@127.0.0.1:{port}"
    options = PostgresOptions(
        url=urlunsplit(server._replace(netloc=address)),
        pool_min=1,
        statement_seconds=1.0,
        answer_seconds=0.5,
        undo_seconds=0.1,
    )
    database = await open_postgres(options)
    with pytest.raises(DatabaseTimeout, match="did not answer"):
        await database.read(unit)
    is_silent.clear()

    async def answers() -> bool:
        with contextlib.suppress(DatabaseUnavailable, DatabaseTimeout):
            await database.check()
            return True
        return False

    await eventually(answers, what="an answer within the half second")
    await database.close()
    proxy.close()


async def test_gives_up_when_no_connection_is_free(open_with: OpenWith) -> None:
    database = await open_with(pool_min=1, pool_max=1, acquire_seconds=1.0)
    meeting = LoopMeeting()

    async def hold(_connection: Connection) -> None:
        await meeting.inside()

    holding = asyncio.create_task(database.write(hold))
    await meeting.reached()
    with pytest.raises(DatabaseTimeout, match="POOL_TIMEOUT"):
        await account_ids(database)
    with pytest.raises(DatabaseUnavailable):
        await database.check()
    meeting.resume()
    await holding
    await database.check()


async def test_gives_up_when_a_statement_exceeds_its_time(open_with: OpenWith) -> None:
    database = await open_with(statement_seconds=0.5)

    async def unit(connection: Connection) -> None:
        await connection.execute(INSERT, 1, "a", 0)
        await connection.fetch_value("SELECT pg_sleep(5)")

    with pytest.raises(DatabaseTimeout, match="a statement took longer"):
        await database.write(unit)
    assert await account_ids(await open_with()) == []


async def test_gives_up_when_a_row_stays_locked(open_with: OpenWith) -> None:
    database = await open_with(lock_seconds=0.1)
    await database.write(adds(1))
    meeting = LoopMeeting()

    async def hold(connection: Connection) -> None:
        await connection.fetch_one("SELECT id FROM accounts WHERE id = 1 FOR UPDATE")
        await meeting.inside()

    async def change(connection: Connection) -> int:
        return await connection.execute("UPDATE accounts SET balance = 1 WHERE id = 1")

    holding = asyncio.create_task(database.write(hold))
    await meeting.reached()
    with pytest.raises(DatabaseTimeout, match="lock"):
        await database.write(change)
    meeting.resume()
    await holding
    assert await database.write(change) == 1


@pytest.mark.parametrize("cancellations", [1, 2])
async def test_returns_a_clean_connection_when_a_caller_is_cancelled(
    open_with: OpenWith, cancellations: int
) -> None:
    database = await open_with(pool_min=1, pool_max=1)

    async def unit(connection: Connection) -> None:
        await connection.execute(INSERT, 1, "a", 0)
        await connection.fetch_value("SELECT pg_sleep(20)")

    writing = asyncio.create_task(database.write(unit))
    await asyncio.sleep(0.1)
    for _ in range(cancellations):
        writing.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await account_ids(database) == []
    assert await database.write(adds(2)) == 1


async def test_limits_and_names_its_sessions_when_it_connects(open_with: OpenWith) -> None:
    database = await open_with(application_name="pfh-test")

    async def unit(connection: Connection) -> dict[str, Any]:
        names = (
            "application_name",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "transaction_isolation",
            "TimeZone",
        )
        return {name: await connection.fetch_value(f"SHOW {name}") for name in names}

    expected = {
        "application_name": "pfh-test",
        "statement_timeout": "30s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        "transaction_isolation": "read committed",
        "TimeZone": "UTC",
    }
    assert await database.write(unit) == expected
    assert await database.read(unit) == expected | {"transaction_isolation": "repeatable read"}


async def test_says_why_when_the_server_cannot_be_reached(postgres_url: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(DatabaseUnavailable, match="ECONNREFUSED"):
        await open_postgres(PostgresOptions(url=f"postgresql://app:secret@127.0.0.1:{port}/hub"))
    head, _, _ = postgres_url.rpartition("/")
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        await open_postgres(PostgresOptions(url=f"{head}/absent"))
    user, _, place = head.partition("@")
    with pytest.raises(DatabaseUnavailable, match="user or password") as caught:
        await open_postgres(PostgresOptions(url=f"{user}{os.getpid()}@{place}/postgres"))
    assert place.partition(":")[0] not in str(caught.value)
