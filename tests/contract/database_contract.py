"""What every adapter of the database port does, whatever the server.

It exists so that a use-case tested on one dialect is right on the other: the same class runs
on both.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pfh.ports.database import (
    Connection,
    Database,
    DatabaseUnavailable,
    ForeignKeyViolation,
    Row,
    UniqueViolation,
)
from tests.contract.database_batches_contract import DatabaseBatchesContract
from tests.contract.database_foreseen_contract import DatabaseForeseenContract
from tests.contract.database_reads_contract import DatabaseReadsContract
from tests.contract.database_subject import (
    CORRELATION,
    INSERT,
    INT64_MAX,
    PROMISE,
    Meeting,
    Opener,
    Refused,
    account_ids,
    adds,
    create_schema,
    promises,
)
from tests.contract.database_write_one_contract import DatabaseWriteOneContract
from tests.waiting import PATIENCE_SECONDS, comes


class DatabaseContract(
    DatabaseReadsContract,
    DatabaseWriteOneContract,
    DatabaseBatchesContract,
    DatabaseForeseenContract,
    ABC,
):
    """Run by a subclass for each adapter, which provides `open_database` and `meeting`."""

    @abstractmethod
    @pytest.fixture
    def open_database(self, request: pytest.FixtureRequest) -> Opener:
        """Return a function that opens the same database each time."""

    @abstractmethod
    def meeting(self) -> Meeting:
        """Return a meeting that suits the units of this adapter."""

    @pytest.fixture
    async def database(self, open_database: Opener) -> AsyncIterator[Database]:
        database = await open_database()
        await database.write(create_schema)
        yield database
        await database.close()

    # Values

    async def test_returns_values_unchanged_when_written_and_read(self, database: Database) -> None:
        values = (1, "Ünïcode 'quoted' $1 ::date 🏦", -(2**63), "2026-02-28", bytes(range(256)))

        async def write(connection: Connection) -> int:
            return await connection.execute(
                "INSERT INTO accounts (id, name, balance, opened_on, digest)"
                " VALUES ($1, $2, $3, $4, $5)",
                *values,
            )

        async def read(connection: Connection) -> Row | None:
            return await connection.fetch_one(
                "SELECT id, name, balance, opened_on, digest FROM accounts"
            )

        assert await database.write(write) == 1
        row = await database.read(read)
        assert row is not None
        assert tuple(row) == values

    async def test_keeps_nulls_when_arguments_are_none(self, database: Database) -> None:
        async def unit(connection: Connection) -> object:
            await connection.execute(
                "INSERT INTO accounts (id, name, opened_on, digest) VALUES ($1, $2, $3, $4)",
                1, "a", None, None,
            )  # fmt: skip
            row = await connection.fetch_one("SELECT opened_on, digest FROM accounts")
            return row and tuple(row)

        assert await database.write(unit) == (None, None)

    @pytest.mark.parametrize("number", [INT64_MAX, -INT64_MAX - 1, 0])
    async def test_keeps_integers_exact_when_they_fit_64_bits(
        self, database: Database, number: int
    ) -> None:
        await database.write(adds(1, balance=number))

        async def unit(connection: Connection) -> object:
            return await connection.fetch_value(
                "SELECT balance FROM accounts WHERE balance = ANY($1::bigint[])", [number]
            )

        assert await database.read(unit) == number

    @pytest.mark.parametrize("number", [INT64_MAX + 1, -INT64_MAX - 2, 10**30])
    async def test_stores_nothing_when_an_integer_exceeds_64_bits(
        self, database: Database, number: int
    ) -> None:
        with pytest.raises(ValueError, match="64 bits"):
            await database.write(adds(1, balance=number))
        assert await account_ids(database) == []

    async def test_returns_sums_as_integers_when_they_are_whole(self, database: Database) -> None:
        await database.write(adds(1, balance=10**15))
        await database.write(adds(2, balance=-1))

        async def unit(connection: Connection) -> object:
            return await connection.fetch_value("SELECT SUM(balance) FROM accounts")

        total = await database.read(unit)
        assert total == 10**15 - 1
        assert type(total) is int

    async def test_compares_dates_as_text_when_given_iso_dates(self, database: Database) -> None:
        async def unit(connection: Connection) -> object:
            await connection.execute_many(
                "INSERT INTO accounts (id, name, opened_on) VALUES ($1, $2, $3)",
                [(1, "a", "1900-01-01"), (2, "b", "2024-02-29"), (3, "c", "2199-12-31")],
            )
            rows = await connection.fetch_all(
                "SELECT opened_on FROM accounts WHERE opened_on >= $1::date AND opened_on < $2"
                " ORDER BY opened_on DESC",
                "1900-01-01",
                "2199-12-31",
            )
            return [row[0] for row in rows]

        assert await database.write(unit) == ["2024-02-29", "1900-01-01"]

    async def test_filters_by_lists_when_given_integers_or_text(self, database: Database) -> None:
        for number in range(1, 6):
            await database.write(adds(number, name=f"n{number} \"'[,]"))

        async def unit(connection: Connection) -> object:
            by_id = await connection.fetch_all(
                "SELECT id FROM accounts WHERE id = ANY($1::bigint[]) ORDER BY id", [5, 1, 99, 1]
            )
            by_name = await connection.fetch_all(
                "SELECT id FROM accounts WHERE name = ANY($1::text[]) AND id > $2 ORDER BY id",
                ["n2 \"'[,]", "n4 \"'[,]"],
                2,
            )
            others = await connection.fetch_all(
                "SELECT id FROM accounts WHERE id <> ALL($1::bigint[]) ORDER BY id", (1, 2, 3)
            )
            none = await connection.fetch_all(
                "SELECT id FROM accounts WHERE id = ANY($1::bigint[])", []
            )
            return [[row[0] for row in rows] for rows in (by_id, by_name, others, none)]

        assert await database.read(unit) == [[1, 5], [4], [4, 5], []]

    # Statements

    async def test_reads_an_argument_twice_when_it_is_named_twice(self, database: Database) -> None:
        async def unit(connection: Connection) -> object:
            return await connection.fetch_value("SELECT $2::bigint * 100 + $1::bigint * $2", 3, 7)

        assert await database.read(unit) == 721

    async def test_keeps_the_order_when_rows_are_sorted(self, database: Database) -> None:
        for number in (3, 1, 2):
            await database.write(adds(number))

        async def unit(connection: Connection) -> object:
            rows = await connection.fetch_all("SELECT id, name FROM accounts ORDER BY id DESC")
            return [(account_id, name) for account_id, name in rows]

        assert await database.read(unit) == [(3, "a3"), (2, "a2"), (1, "a1")]

    async def test_returns_none_when_no_row_matches(self, database: Database) -> None:
        async def unit(connection: Connection) -> object:
            sql = "SELECT id FROM accounts WHERE id = $1"
            return (
                await connection.fetch_one(sql, 1),
                await connection.fetch_value(sql, 1),
                list(await connection.fetch_all(sql, 1)),
            )

        assert await database.read(unit) == (None, None, [])

    async def test_counts_changed_rows_when_executing(self, database: Database) -> None:
        async def unit(connection: Connection) -> list[int]:
            await connection.execute_many(INSERT, [(n, f"a{n}", 0) for n in range(1, 5)])
            return [
                await connection.execute("UPDATE accounts SET balance = 5 WHERE id > $1", 1),
                await connection.execute("UPDATE accounts SET balance = 6 WHERE id = $1", 99),
                await connection.execute(INSERT + " ON CONFLICT DO NOTHING", 1, "a1", 0),
                await connection.execute("DELETE FROM accounts WHERE id < $1 RETURNING id", 4),
            ]

        async def define(connection: Connection) -> int:
            return await connection.execute("CREATE INDEX ix_balance ON accounts (balance)")

        assert await database.write(unit) == [3, 0, 0, 3]
        assert await database.write(define) == 0

    async def test_returns_the_row_when_an_insert_or_upsert_is_returning(
        self, database: Database
    ) -> None:
        upsert = (
            INSERT + " ON CONFLICT (id) DO UPDATE SET balance = accounts.balance"
            " + excluded.balance RETURNING id, balance"
        )

        async def unit(connection: Connection) -> list[Any]:
            return [tuple(await connection.fetch_one(upsert, 1, "a", 20) or ()) for _ in range(3)]

        assert await database.write(unit) == [(1, 20), (1, 40), (1, 60)]

    async def test_pages_by_row_values_when_given_a_cursor(self, database: Database) -> None:
        for number, balance in ((1, 10), (2, 10), (3, 5), (4, 20)):
            await database.write(adds(number, balance=balance))

        async def unit(connection: Connection) -> object:
            rows = await connection.fetch_all(
                "WITH page AS (SELECT id, balance FROM accounts WHERE (balance, id) < ($1, $2))"
                " SELECT id FROM page ORDER BY balance DESC, id DESC LIMIT $3",
                10,
                2,
                5,
            )
            return [row[0] for row in rows]

        assert await database.read(unit) == [1, 3]

    # Atomicity

    async def test_leaves_nothing_when_a_unit_raises(self, database: Database) -> None:
        error = Refused("no")

        async def unit(connection: Connection) -> None:
            await connection.execute(INSERT, 1, "a", 0)
            raise error

        with pytest.raises(Refused) as caught:
            await database.write(unit)
        assert caught.value is error
        assert await account_ids(database) == []

    async def test_stores_the_others_when_some_units_of_a_rush_fail(
        self, database: Database
    ) -> None:
        def unit(number: int) -> Callable[[Connection], Any]:
            async def insert(connection: Connection) -> int:
                await connection.execute(INSERT, number, f"a{number}", 0)
                if number % 7 == 0:
                    raise Refused(str(number))
                return number

            return insert

        results = await asyncio.gather(
            *(database.write(unit(number)) for number in range(100)), return_exceptions=True
        )
        expected = [number for number in range(100) if number % 7]
        assert [one for one in results if isinstance(one, int)] == expected
        refused = [str(one) for one in results if isinstance(one, Refused)]
        assert refused == [str(number) for number in range(0, 100, 7)]
        assert await account_ids(database) == expected

    async def test_stores_nothing_when_a_unit_swallows_a_failed_statement(
        self, database: Database
    ) -> None:
        await database.write(adds(1))

        async def unit(connection: Connection) -> str:
            await connection.execute(INSERT, 2, "b", 0)
            try:
                await connection.execute(INSERT, 1, "c", 0)
            except UniqueViolation:
                return "all is well"
            return "unreachable"

        with pytest.raises(UniqueViolation):
            await database.write(unit)
        assert await account_ids(database) == [1]

    async def test_lets_a_unit_name_its_own_error_when_a_row_exists(
        self, database: Database
    ) -> None:
        await database.write(adds(1))

        async def unit(connection: Connection) -> None:
            try:
                await connection.execute(INSERT, 2, "a1", 0)
            except UniqueViolation as violation:
                raise Refused("the name is taken") from violation

        with pytest.raises(Refused, match="the name is taken"):
            await database.write(unit)

    async def test_is_visible_to_every_reader_when_a_write_returned(
        self, database: Database
    ) -> None:
        for number in range(30):
            await database.write(adds(number))
            assert len(await account_ids(database)) == number + 1

    async def test_sees_its_own_changes_when_a_unit_reads_after_writing(
        self, database: Database
    ) -> None:
        async def unit(connection: Connection) -> object:
            await connection.execute(INSERT, 1, "a", 7)
            return await connection.fetch_value("SELECT balance FROM accounts WHERE id = $1", 1)

        assert await database.write(unit) == 7

    async def test_survives_when_the_database_is_opened_again(self, open_database: Opener) -> None:
        first = await open_database()
        await first.write(create_schema)
        await first.write(adds(1))
        await first.close()
        second = await open_database()
        assert await account_ids(second) == [1]
        await second.close()

    # Constraints

    async def test_names_the_constraint_when_a_row_exists(self, database: Database) -> None:
        await database.write(adds(1, name="Wallet"))
        with pytest.raises(UniqueViolation) as caught:
            await database.write(adds(2, name="Wallet"))
        assert caught.value.constraint in {"uq_accounts_name", "accounts.name"}
        assert "Wallet" not in str(caught.value)

    async def test_reports_a_unique_violation_when_an_id_exists(self, database: Database) -> None:
        await database.write(adds(1))
        with pytest.raises(UniqueViolation) as caught:
            await database.write(adds(1, name="other"))
        assert caught.value.constraint in {"accounts_pkey", "accounts.id"}

    async def test_reports_a_missing_row_when_a_reference_is_wrong(
        self, database: Database
    ) -> None:
        await database.write(adds(1))
        with pytest.raises(ForeignKeyViolation):
            await database.write(promises(1, 99, 1))
        with pytest.raises(ForeignKeyViolation):
            await database.write(self._delete_after(promises(1, 1, 1)))

    @staticmethod
    def _delete_after(unit: Callable[[Connection], Any]) -> Callable[[Connection], Any]:
        async def both(connection: Connection) -> None:
            await unit(connection)
            await connection.execute("DELETE FROM accounts")

        return both

    async def test_reports_the_failure_when_the_commit_itself_fails(
        self, database: Database
    ) -> None:
        await database.write(adds(1))
        heard: list[int] = []
        unsubscribe = database.subscribe(heard.append)

        async def unit(connection: Connection) -> str:
            await connection.execute(PROMISE, 1, 1, 99)
            connection.announce(7)
            return "stored"

        with pytest.raises(ForeignKeyViolation):
            await database.write(unit)
        await database.write(self._announcing(8))
        await comes(lambda: 8 in heard)
        unsubscribe()
        assert heard == [8]
        assert await self._payments(database) == []

    async def test_stores_the_others_when_one_of_a_rush_fails_at_commit(
        self, database: Database
    ) -> None:
        await database.write(adds(1))
        units = [promises(number, 1, 99 if number == 5 else 1) for number in range(20)]
        results = await asyncio.gather(*map(database.write, units), return_exceptions=True)
        expected = [number for number in range(20) if number != 5]
        assert [one for one in results if isinstance(one, int)] == expected
        assert isinstance(results[5], ForeignKeyViolation)
        assert await self._payments(database) == expected

    @staticmethod
    async def _payments(database: Database) -> list[int]:
        async def unit(connection: Connection) -> list[int]:
            rows = await connection.fetch_all("SELECT id FROM payments ORDER BY id")
            return [row[0] for row in rows]

        return await database.read(unit)

    # Isolation

    async def test_keeps_one_snapshot_when_others_write_during_a_read(
        self, database: Database
    ) -> None:
        await database.write(adds(1))
        meeting = self.meeting()

        async def unit(connection: Connection) -> tuple[int, int]:
            before = await connection.fetch_value("SELECT COUNT(*) FROM accounts")
            await meeting.inside()
            return before, await connection.fetch_value("SELECT COUNT(*) FROM accounts")

        reading = asyncio.create_task(database.read(unit))
        await meeting.reached()
        await database.write(adds(2))
        meeting.resume()
        assert await reading == (1, 1)
        assert await account_ids(database) == [1, 2]

    async def test_hides_a_change_when_it_is_not_committed(self, database: Database) -> None:
        meeting = self.meeting()

        async def unit(connection: Connection) -> None:
            await connection.execute(INSERT, 1, "a", 0)
            await meeting.inside()

        writing = asyncio.create_task(database.write(unit))
        await meeting.reached()
        assert await account_ids(database) == []
        meeting.resume()
        await writing
        assert await account_ids(database) == [1]

    @pytest.mark.parametrize("reads_first", [False, True])
    async def test_loses_no_update_when_many_units_change_one_row(
        self, database: Database, reads_first: bool
    ) -> None:
        await database.write(adds(1))

        async def in_place(connection: Connection) -> int:
            value = await connection.fetch_value(
                "UPDATE accounts SET balance = balance + 1 WHERE id = $1 RETURNING balance", 1
            )
            return int(value)

        async def read_then_write(connection: Connection) -> int:
            balance = await connection.fetch_value(
                "SELECT balance FROM accounts WHERE id = $1 FOR UPDATE", 1
            )
            await connection.execute(
                "UPDATE accounts SET balance = $2 WHERE id = $1", 1, balance + 1
            )
            return int(balance) + 1

        unit = read_then_write if reads_first else in_place
        seen = await asyncio.gather(*(database.write(unit) for _ in range(60)))
        assert sorted(seen) == list(range(1, 61))

    async def test_refuses_a_change_when_the_unit_is_a_read(self, database: Database) -> None:
        with pytest.raises(RuntimeError, match="may not write"):
            await database.read(adds(1))
        assert await account_ids(database) == []

    async def test_sees_the_callers_context_when_a_unit_runs(self, database: Database) -> None:
        async def unit(_connection: Connection) -> str:
            return CORRELATION.get()

        token = CORRELATION.set("request-1")
        try:
            assert await database.write(unit) == "request-1"
            assert await database.read(unit) == "request-1"
        finally:
            CORRELATION.reset(token)

    # Announcements

    async def test_announces_only_after_the_commit_when_a_unit_says_so(
        self, database: Database
    ) -> None:
        heard: list[int] = []
        stored = asyncio.Event()

        def listener(household_id: int) -> None:
            heard.append(household_id)
            stored.set()

        unsubscribe = database.subscribe(listener)
        meeting = self.meeting()

        async def unit(connection: Connection) -> None:
            await connection.execute(INSERT, 1, "a", 0)
            connection.announce(42)
            connection.announce(42)
            await meeting.inside()

        writing = asyncio.create_task(database.write(unit))
        await meeting.reached()
        await asyncio.sleep(0.01)
        assert heard == []
        meeting.resume()
        await writing
        await asyncio.wait_for(stored.wait(), PATIENCE_SECONDS)
        assert heard == [42]
        unsubscribe()

    async def test_announces_nothing_when_a_unit_fails(self, database: Database) -> None:
        heard: list[int] = []
        database.subscribe(heard.append)

        async def unit(connection: Connection) -> None:
            connection.announce(1)
            raise Refused

        with pytest.raises(Refused):
            await database.write(unit)
        await database.write(self._announcing(2))
        await comes(lambda: heard)
        assert heard == [2]

    async def test_stays_silent_when_a_listener_has_left(self, database: Database) -> None:
        heard: list[int] = []
        stays: list[int] = []
        leave = database.subscribe(heard.append)
        database.subscribe(stays.append)
        leave()
        leave()
        await database.write(self._announcing(1))
        await comes(lambda: stays)
        assert (heard, stays) == ([], [1])

    async def test_tells_the_others_when_one_listener_fails(self, database: Database) -> None:
        heard: list[int] = []
        reported: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: reported.append(context))

        def fails(_household_id: int) -> None:
            raise Refused("a listener")

        database.subscribe(fails)
        database.subscribe(heard.append)
        await database.write(self._announcing(1))
        await comes(lambda: heard and reported)
        assert heard == [1]
        assert [type(one["exception"]) for one in reported] == [Refused]

    @staticmethod
    def _announcing(household_id: int) -> Callable[[Connection], Any]:
        async def unit(connection: Connection) -> None:
            connection.announce(household_id)

        return unit

    # The end

    async def test_finishes_what_was_accepted_when_closed(
        self, database: Database, open_database: Opener
    ) -> None:
        writes = [asyncio.create_task(database.write(adds(number))) for number in range(40)]
        reads = [asyncio.create_task(account_ids(database)) for _ in range(10)]
        await asyncio.sleep(0)
        await database.close()
        assert await asyncio.gather(*writes) == [1] * 40
        assert len(await asyncio.gather(*reads)) == 10
        again = await open_database()
        assert await account_ids(again) == list(range(40))
        await again.close()

    async def test_shows_nothing_when_it_is_closed(self, open_database: Opener) -> None:
        database = await open_database()
        await database.close()
        with pytest.raises(DatabaseUnavailable):
            await database.read_to_show(adds(1), 7)
        with pytest.raises(DatabaseUnavailable):
            await database.look_up("SELECT 1")

    async def test_refuses_units_when_it_is_closed(self, database: Database) -> None:
        await database.check()
        await database.close()
        await database.close()
        with pytest.raises(DatabaseUnavailable):
            await database.write(adds(1))
        with pytest.raises(DatabaseUnavailable):
            await account_ids(database)
        with pytest.raises(DatabaseUnavailable):
            await database.check()
