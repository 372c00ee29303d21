"""What foreseen units share on PostgreSQL: the transaction, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pfh.adapters.database import postgres_together, rounds
from pfh.adapters.database.postgres import PostgresDatabase, PostgresOptions, open_postgres
from pfh.adapters.database.postgres_together import Together
from pfh.ports.database import Connection, DatabaseTimeout, DatabaseUnavailable
from tests.contract.database_foreseen_contract import (
    BALANCE,
    COUNT,
    PAY,
    SET,
    UNCHANGED,
    balances,
    lock,
    raises_by,
    rush,
)
from tests.contract.database_subject import INSERT, adds, create_schema
from tests.waiting import PATIENCE_SECONDS

WRITER = "SELECT xmin::text::bigint FROM accounts WHERE id = $1"
CLAIM = "SELECT 1 WHERE pg_try_advisory_xact_lock($1)"


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no round count as stuck, however busy the machine is."""
    monkeypatch.setattr(rounds, "_USUAL_SECONDS", 3600.0)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    opened = await open_postgres(PostgresOptions(url=postgres_url))
    await opened.write(create_schema)
    for number in range(COUNT):
        await opened.write(adds(number))
    yield opened
    await opened.close()


async def transactions(database: PostgresDatabase) -> set[int]:
    """Return the transactions that wrote the rows of the accounts."""
    rows = [await database.look_up(WRITER, number) for number in range(COUNT)]
    return {int(row[0]) for row in rows if row is not None}


async def test_rush_takes_few_transactions(database: PostgresDatabase) -> None:
    before = await transactions(database)
    assert len(before) == COUNT
    await rush(database, [raises_by(number) for number in range(COUNT)])
    assert len(await transactions(database)) <= COUNT // 4
    assert sum(database.tallies()[-1][1].counts) > 0


async def test_unit_by_itself_waits_for_nobody(database: PostgresDatabase) -> None:
    assert await database.write(raises_by(1), foreseen=True) == 1
    assert await database.write(raises_by(1), foreseen=True) == 2
    assert sum(database.tallies()[-1][1].counts) == 2


async def test_nothing_is_lost_when_another_process_writes_before_the_round_does(
    database: PostgresDatabase, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_together, "_BUSY_SECONDS", 3600.0)
    other = await open_postgres(PostgresOptions(url=postgres_url))
    write = Together._write
    came: list[int] = []

    async def write_second(self: Together, *arguments: Any) -> None:  # noqa: ANN401 -- its own
        if not came:
            came.append(await other.write(raises_by(3, 10)))
        await write(self, *arguments)

    monkeypatch.setattr(Together, "_write", write_second)
    results = await rush(database, [raises_by(number) for number in range(COUNT)])
    assert came == [10]
    assert results == [11 if number == 3 else 1 for number in range(COUNT)]
    assert (await balances(database))[3] == 11
    # Who spoilt a round is busy, and goes alone for a while; the others went on together.
    tally = dict(database.tallies())["group"]
    assert tally.total == COUNT - 1
    assert await database.write(raises_by(3), foreseen=True) == 12
    assert tally.total == COUNT - 1
    await other.close()


async def test_everybody_goes_alone_at_last_when_no_round_is_confirmed(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_self: Together, raw: Any, _members: object) -> None:  # noqa: ANN401 -- the driver's
        await raw.fetchval("SELECT 1 / 0")

    monkeypatch.setattr(Together, "_write", refuse)
    assert await rush(database, [raises_by(number) for number in range(COUNT)]) == [1] * COUNT
    assert await balances(database) == dict.fromkeys(range(COUNT), 1)


async def test_nobody_waits_again_for_a_server_that_was_silent(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def say_nothing(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Together, "_decide", say_nothing)
    results = await rush(database, [raises_by(number) for number in range(COUNT)])
    assert [type(one) for one in results] == [DatabaseTimeout] * COUNT
    assert await balances(database) == dict.fromkeys(range(COUNT), 0)


async def test_units_that_meet_on_one_row_go_one_after_the_other(
    database: PostgresDatabase,
) -> None:
    results = await rush(database, [raises_by(number % 2) for number in range(COUNT)])
    assert results == [1 + number // 2 for number in range(COUNT)]
    # Nobody had to go alone, and none met another in its transaction.
    assert database.tallies()[-1][1].total == COUNT


async def test_many_of_one_household_hold_up_nobody_else(database: PostgresDatabase) -> None:
    done: list[int] = []

    async def write(number: int) -> None:
        await database.write(raises_by(number), foreseen=True)
        done.append(number)

    await asyncio.gather(*(write(number) for number in [0] * 200 + [1]))
    assert done.count(0) == 200
    assert done.index(1) < 10


async def test_rush_of_more_than_a_round_is_stored_in_several(database: PostgresDatabase) -> None:
    async def add_more(connection: Connection) -> None:
        rows = [(number, f"more {number}", 0) for number in range(COUNT, 150)]
        await connection.execute_many(INSERT, rows)

    await database.write(add_more)
    assert await rush(database, [raises_by(number) for number in range(150)]) == [1] * 150
    tally = dict(database.tallies())["group"]
    assert tally.total == 150
    assert sum(tally.counts) >= 3


async def test_units_with_other_statements_share_the_transaction(
    database: PostgresDatabase,
) -> None:
    def unit(number: int) -> Callable[[Connection], Any]:
        async def paying(connection: Connection) -> int:
            balance = await raises_by(number)(connection)
            if number % 3 == 0:
                connection.defer("payments", PAY, number, number)
            return balance

        return paying

    assert await rush(database, [unit(number) for number in range(COUNT)]) == [1] * COUNT
    assert len(await transactions(database)) <= COUNT // 4
    paid = await database.look_up("SELECT COUNT(*) FROM payments")
    assert paid is not None
    assert paid[0] == len(range(0, COUNT, 3))


async def test_unit_that_confirms_nothing_gets_its_locks_first(database: PostgresDatabase) -> None:
    async def careless(connection: Connection) -> int:
        connection.expect(BALANCE, 1)
        await lock(connection, 1)
        balance = int(await connection.fetch_value(BALANCE, 1)) + 1
        connection.defer("accounts", SET, 1, balance)
        return balance

    results = await rush(database, [careless] * 5)
    assert sorted(results) == [1, 2, 3, 4, 5]
    assert sum(database.tallies()[-1][1].counts) == 0


async def test_busy_row_holds_up_nobody_else(database: PostgresDatabase, postgres_url: str) -> None:
    other = await open_postgres(PostgresOptions(url=postgres_url))
    is_held, may_end = asyncio.Event(), asyncio.Event()

    async def hold(connection: Connection) -> None:
        await lock(connection, COUNT - 1)
        is_held.set()
        await asyncio.wait_for(may_end.wait(), PATIENCE_SECONDS)

    holding = asyncio.create_task(other.write(hold))
    await asyncio.wait_for(is_held.wait(), PATIENCE_SECONDS)
    waiting = asyncio.create_task(rush(database, [raises_by(COUNT - 1)] * 2))
    results = await rush(database, [raises_by(number) for number in range(COUNT - 1)])
    assert results == [1] * (COUNT - 1)
    assert not waiting.done()
    may_end.set()
    await holding
    assert sorted(await waiting) == [1, 2]
    await other.close()


async def test_unit_without_its_claim_learns_it_alone(database: PostgresDatabase) -> None:
    def unit(number: int) -> Callable[[Connection], Any]:
        async def claiming(connection: Connection) -> int:
            found = await connection.lock(CLAIM, number % 5)
            if found:
                await lock(connection, number)
            return found

        return claiming

    results = await rush(database, [unit(number) for number in range(COUNT)])
    assert set(results) <= {0, 1}
    assert sum(results) >= 5


async def test_every_unit_runs_again_when_the_connection_breaks_before_the_writes(
    database: PostgresDatabase,
) -> None:
    await _cut_connections(database, "AFTER DELETE ON accounts FOR EACH ROW")
    asked = "SELECT balance + cut_at(id) FROM accounts WHERE id = $1"

    def unit(number: int) -> Callable[[Connection], Any]:
        async def cut(connection: Connection) -> int:
            connection.expect(asked, number)
            await lock(connection, number)
            found = int(await connection.fetch_value(asked, number))
            connection.confirm(UNCHANGED, number, found)
            connection.defer("accounts", SET, number, found + 1)
            return found + 1

        return cut

    results = await rush(database, [unit(number) for number in range(COUNT)])
    assert results == [1] * COUNT
    assert await balances(database) == dict.fromkeys(range(COUNT), 1)


@pytest.mark.parametrize(
    "when",
    [
        "AFTER UPDATE ON accounts FOR EACH ROW",
        "AFTER UPDATE ON accounts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
    ],
    ids=["in a write", "in the commit"],
)
async def test_outcome_is_unknown_to_all_when_the_writes_are_cut(
    database: PostgresDatabase, when: str
) -> None:
    await _cut_connections(database, when)
    results = await rush(database, [raises_by(number) for number in range(COUNT)])
    unknown = [one for one in results if isinstance(one, DatabaseUnavailable)]
    assert len(unknown) > 1
    assert all("unknown" in str(one) for one in unknown)
    # They were not stored here, and above all none was stored twice.
    found = await balances(database)
    assert {number: found[number] for number in range(COUNT)} == {
        number: int(not isinstance(one, DatabaseUnavailable)) for number, one in enumerate(results)
    }


async def test_unit_whose_caller_left_leaves_the_others_whole(
    database: PostgresDatabase,
) -> None:
    writes = [
        asyncio.create_task(database.write(raises_by(number), foreseen=True))
        for number in range(COUNT)
    ]
    await asyncio.sleep(0)
    for write in writes[::2]:
        write.cancel()
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert results[1::2] == [1] * (COUNT // 2)
    assert all(isinstance(one, asyncio.CancelledError) for one in results[::2])
    found = await balances(database)
    assert all(found[number] == 1 for number in range(1, COUNT, 2))
    assert set(found.values()) <= {0, 1}


async def test_close_waits_for_those_that_were_accepted(postgres_url: str) -> None:
    database = await open_postgres(PostgresOptions(url=postgres_url))
    await database.write(create_schema)
    for number in range(COUNT):
        await database.write(adds(number))
    writing = asyncio.create_task(rush(database, [raises_by(number) for number in range(COUNT)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await database.close()
    assert await writing == [1] * COUNT


async def _cut_connections(database: PostgresDatabase, when: str) -> None:
    """End the connection that updates account 20, the first time alone."""
    kind = "CONSTRAINT TRIGGER" if "DEFERRABLE" in when else "TRIGGER"

    async def arm(connection: Connection) -> None:
        await connection.execute("DROP SEQUENCE IF EXISTS cuts")
        await connection.execute("CREATE SEQUENCE cuts")
        await connection.execute(
            "CREATE OR REPLACE FUNCTION cut_at(id bigint) RETURNS bigint LANGUAGE plpgsql AS $$"
            " BEGIN IF id = 20 AND nextval('cuts') = 1 THEN"
            " PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN 0; END $$"
        )
        await connection.execute(
            "CREATE OR REPLACE FUNCTION cut_once() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN PERFORM cut_at(NEW.id); RETURN NULL; END $$"
        )
        await connection.execute(f"CREATE {kind} cut_once {when} EXECUTE FUNCTION cut_once()")

    await database.write(arm)
