"""Two hubs on one database: each event counts once, each import has one worker, sessions die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import pytest

from pfh.features.dashboard import consumers as projection
from pfh.features.imports import commit_rows, consumers, manage_import
from pfh.features.imports.schemas import ImportSettings
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.upload import Upload
from pfh.persistence.event_store import GENESIS_HASH
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from tests.integration.books.book import Person
from tests.integration.concurrency.pair import Pair, balance_of, statuses, together
from tests.integration.identity.hub import Hub

ROWS = 300
SIZE_MAX = 1_000_000


def statement(first: int, rows: int = ROWS) -> bytes:
    """Return a CSV of small expenses, five a day; numbers tell the rows apart."""
    lines = ["Date,Description,Amount"]
    lines += [
        f"2026-{1 + n // 150:02}-{1 + n % 150 // 6:02},Shop {n},-{1 + n % 9}.00"
        for n in range(first, first + rows)
    ]
    return "\n".join(lines).encode()


async def upload(hub: Hub, actor: Actor, name: str, content: bytes, account: str) -> ImportRecord:
    async def stream() -> AsyncIterator[bytes]:
        yield content

    settings = ImportSettings(accounts={"*": account})
    return await manage_import.begin_import(
        hub.services,
        actor,
        upload=Upload(stream(), "text/csv", name),
        size_max=SIZE_MAX,
        settings=lambda: settings,
    )


async def ended(hub: Hub, actor: Actor, record: ImportRecord) -> ImportRecord:
    """Wait until no step of the import is under way."""
    for _ in range(5_000):
        record = await manage_import.read_import(hub.services, actor, record.import_id)
        if record.status not in manage_import.UNFINISHED:
            return record
        await asyncio.sleep(0.02)
    pytest.fail(f"the import is still {record.status}")


@dataclass
class Workers:
    """The import consumers of both hubs, and which steps each of them began."""

    pair: Pair
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Tell both at once that there is something to do."""
        for hub in self.pair.hubs:
            hub.services.signals.give(manage_import.SIGNAL)


@asynccontextmanager
async def working(pair: Pair) -> AsyncIterator[Workers]:
    """Run the imports consumer of both hubs."""
    workers = Workers(pair)
    workers.tasks = [
        asyncio.create_task(consumers.run(hub.services, workers.stopping)) for hub in pair.hubs
    ]
    try:
        yield workers
    finally:
        workers.stopping.set()
        workers.wake()
        await asyncio.gather(*workers.tasks)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Record every step that any worker begins; batches are small, so that steps take a while."""
    begun: list[tuple[int, str]] = []
    monkeypatch.setattr(commit_rows, "BATCH_ROWS", 20)
    for status, step in list(consumers._STEPS.items()):

        async def recorded(services, record, progress, step=step, status=status):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            begun.append((record.import_id, status))
            return await step(services, record, progress)

        monkeypatch.setitem(consumers._STEPS, status, recorded)
    return begun


async def test_two_workers_share_the_imports_and_never_one_import(
    pair: Pair, steps: list[tuple[int, str]]
) -> None:
    here, _ = await pair.sign_up("ann")
    account = await here.account()
    async with working(pair) as workers:
        records = await asyncio.gather(
            *(
                upload(pair.hubs[n % 2], here.actor, f"{n}.csv", statement(n * 100), account["id"])
                for n in range(4)
            )
        )
        records = [await ended(pair.hubs[0], here.actor, record) for record in records]
        assert [record.status for record in records] == ["preview"] * 4
        await asyncio.gather(
            *(
                manage_import.commit_import(pair.hubs[n % 2].services, here.actor, record.import_id)
                for n, record in enumerate(records)
                for _ in range(2)
            )
        )
        workers.wake()
        records = [await ended(pair.hubs[0], here.actor, record) for record in records]
    assert [record.status for record in records] == ["committed"] * 4
    assert len(steps) == len(set(steps)) == 8
    # The files overlap: 0-299, 100-399, 200-499, 300-599.
    assert sum(record.new_count for record in records) == 600
    assert sum(record.duplicate_count for record in records) == 4 * ROWS - 600
    assert all(record.new_count + record.duplicate_count == ROWS for record in records)
    assert await pair.count("entries", here) == 600
    expected = sum(1 + n % 9 for n in range(600))
    assert await balance_of(here, account) == f"-{expected}.00"


async def test_the_same_file_in_two_imports_is_booked_once(
    pair: Pair, steps: list[tuple[int, str]]
) -> None:
    here, _ = await pair.sign_up("ann")
    account = await here.account()
    async with working(pair) as workers:
        records = [
            await upload(hub, here.actor, "bank.csv", statement(0), account["id"])
            for hub in pair.hubs
        ]
        records = [await ended(pair.hubs[0], here.actor, record) for record in records]
        await asyncio.gather(
            *(
                manage_import.commit_import(hub.services, here.actor, record.import_id)
                for hub, record in zip(pair.hubs, records, strict=True)
            )
        )
        workers.wake()
        records = [await ended(pair.hubs[0], here.actor, record) for record in records]
        assert sum(record.new_count for record in records) == ROWS
        assert sum(record.duplicate_count for record in records) == ROWS
        assert await pair.count("entries", here) == ROWS
        for record in records:
            await manage_import.revert_import(pair.hubs[1].services, here.actor, record.import_id)
            await ended(pair.hubs[1], here.actor, record)
        assert await pair.count("entries", here) == 0
    assert len(steps) == len(set(steps))


async def test_a_worker_that_lost_its_claim_books_nothing_more(
    pair: Pair, steps: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = await pair.sign_up("ann")
    account = await here.account()
    async with working(pair):
        record = await upload(pair.hubs[0], here.actor, "bank.csv", statement(0), account["id"])
        record = await ended(pair.hubs[0], here.actor, record)
    batches = 0
    commit = commit_rows.RowCommitter._commit

    async def overtaken(self: commit_rows.RowCommitter, keyed: object, row_count: int) -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            # The first worker sleeps through its claim; another one takes the import over.
            async def expire(connection: Connection) -> None:
                await connection.execute("UPDATE imports SET claimed_until = 0")

            await pair.hubs[0].services.database.write(expire)
            assert await consumers._claim_and_step(
                pair.hubs[1].services, record.import_id, asyncio.Event()
            )
        await commit(self, keyed, row_count)  # type: ignore[arg-type]

    monkeypatch.setattr(commit_rows.RowCommitter, "_commit", overtaken)

    async def begin(connection: Connection) -> None:
        await connection.execute(
            "UPDATE imports SET status = 'committing', new_count = 0, claimed_until = NULL"
        )

    await pair.hubs[0].services.database.write(begin)
    assert await consumers._claim_and_step(pair.hubs[0].services, record.import_id, asyncio.Event())
    after = await manage_import.read_import(pair.hubs[0].services, here.actor, record.import_id)
    assert (after.status, after.new_count, after.done_count) == ("committed", ROWS, ROWS)
    assert await pair.count("entries", here) == ROWS
    assert steps.count((record.import_id, "committing")) == 2


async def test_an_import_of_a_dead_worker_is_taken_up_when_its_claim_is_over(pair: Pair) -> None:
    here, _ = await pair.sign_up("ann")
    account = await here.account()
    hub = pair.hubs[1]
    async with working(pair):
        record = await upload(hub, here.actor, "bank.csv", statement(0), account["id"])
        record = await ended(hub, here.actor, record)
    now = hub.services.clock.now()

    async def claimed_by_the_dead(connection: Connection) -> None:
        await connection.execute(
            "UPDATE imports SET status = 'committing', new_count = 0, claimed_by = 9,"
            " claimed_until = $1",
            now + consumers.CLAIM_SECONDS * 1_000_000,
        )

    await hub.services.database.write(claimed_by_the_dead)
    assert not await consumers._claim_and_step(hub.services, record.import_id, asyncio.Event())
    hub.clock.advance(seconds=consumers.CLAIM_SECONDS)
    assert await consumers._claim_and_step(hub.services, record.import_id, asyncio.Event())
    assert (await ended(hub, here.actor, record)).status == "committed"
    assert await pair.count("entries", here) == ROWS


async def test_each_event_counts_once_when_two_hubs_project(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(projection.run(hub.services, stopping))
        for hub in pair.hubs
        for _ in range(2)
    ]
    for _ in range(5):
        await together(
            [
                (here, there)[n % 2].send(
                    "POST", "/api/transactions", here.expense(account, "1.00")
                )
                for n in range(12)
            ]
        )
    stopping.set()
    await asyncio.gather(*tasks)
    # The proof at the end compares every document with the journal.
    assert await pair.count("entries", here) == 60


async def test_a_session_dies_in_both_hubs_when_one_signs_out(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    for person in (here, there):
        assert (await person.send("GET", "/api/accounts")).status_code == 200
    assert (await here.send("POST", "/api/auth/logout")).status_code in {200, 204}
    assert statuses(
        await together([person.send("GET", "/api/accounts") for person in (here, there)])
    ) == {401: 2}
    pair.people.clear()


async def test_an_event_that_commits_late_is_projected(
    pair: Pair, migrated_postgres_url: str
) -> None:
    """A slow transaction takes a low position and commits after higher ones were projected."""
    ann, _ = await pair.sign_up("ann")
    bob, _ = await pair.sign_up("bob")
    services = pair.hubs[0].services
    accounts = [await person.account() for person in (ann, bob)]
    for person in (ann, bob):
        await projection.project_all(services, person.actor.household_id)
    slow = await asyncpg.connect(migrated_postgres_url)
    try:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(
            "INSERT INTO events (event_id, household_id, household_seq, type, version, subject_id,"
            " correlation_id, occurred_at, payload, prev_hash, hash)"
            " VALUES (1, 1, 1, 'Slow', 1, 1, 'late', 1, '{}', $1, $1)",
            GENESIS_HASH,
        )
        low = await slow.fetchval("SELECT position FROM events WHERE event_id = 1")
        await ann.spend(accounts[0], "1.00")
        await _projected(pair, [ann])
        high = await pair.hubs[0].rows("SELECT MAX(position) FROM events")
        assert high[0][0] > low
        await slow.execute(
            "INSERT INTO event_heads (household_id, household_seq, hash) VALUES (1, 1, $1)",
            GENESIS_HASH,
        )
        await transaction.commit()
    finally:
        await slow.close()
    assert await services.event_log.behind("dashboard", limit=10) == [1]
    assert await projection.project_all(services, 1) == 1
    await bob.spend(accounts[1], "2.00")
    await _projected(pair, [ann, bob])


async def test_a_slow_writer_of_the_same_household_is_projected_in_its_turn(
    pair: Pair, migrated_postgres_url: str
) -> None:
    """Writers of one household follow each other, so a number is never seen before a lower one."""
    ann, there = await pair.sign_up("ann")
    account = await ann.account()
    household_id = ann.actor.household_id
    services = pair.hubs[0].services
    head = await projection.project_all(services, household_id)
    slow = await asyncpg.connect(migrated_postgres_url)
    try:
        async with slow.transaction():
            await slow.execute(
                "SELECT 1 FROM event_heads WHERE household_id = $1 FOR UPDATE", household_id
            )
            write = asyncio.create_task(there.spend(account, "1.00"))
            await asyncio.sleep(0.3)
            assert not write.done()
            assert await projection.project_all(services, household_id) == head
    finally:
        await slow.close()
    assert (await write)["householdSeq"] == head + 1
    assert await projection.project_all(services, household_id) == head + 1


async def _projected(pair: Pair, people: Sequence[Person]) -> None:
    for person in people:
        household_id = person.actor.household_id
        services = pair.hubs[1].services
        head = await projection.project_all(services, household_id)
        assert head == (await services.event_log.head(household_id)).household_seq
