"""The document contract on MongoDB, and what a crash at each step leaves to be finished."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import pymongo
import pytest
from pymongo import UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError

from pfh.adapters.documents import mongo
from pfh.adapters.documents.mongo import Fields, MongoDocuments, open_mongo_documents
from pfh.adapters.documents.mongo_found import FoundDocuments
from pfh.ports.documents import Collection, Document, DocumentsUnavailable, Increment, Range
from pfh.ports.event_log import Head
from tests.contract.documents_contract import ANN, DAY, MONTH, DocumentsContract, read
from tests.heads import at
from tests.servers.found import Server
from tests.servers.mongo import LEAVES_REFUSED_SOCKETS
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = [pytest.mark.mongo, *LEAVES_REFUSED_SOCKETS]
Write: TypeAlias = Callable[..., Awaitable[object]]
BALANCE = Increment("balance_history", "2026-11", 7, "EUR", -250, 0, 1)
EVERYTHING = [
    Range("monthly_summaries", "2026-11", "2026-11"),
    Range("daily_category_spend", "2026-11-23", "2026-11-23"),
    Range("balance_history", "2026-11", "2026-11"),
]
# One for the claim, one for each collection, one for the head.
WRITES = 5


class Crash(Exception):
    """What a killed process does: nothing more."""


@pytest.fixture
def database_name(mongo_server: Server) -> Iterator[str]:
    name = f"pfh_{secrets.token_hex(6)}"
    yield name
    with pymongo.MongoClient[dict[str, Any]](mongo_server.address) as client:
        client.drop_database(name)


@pytest.fixture
async def documents(mongo_server: Server, database_name: str) -> AsyncIterator[MongoDocuments]:
    opened = open_mongo_documents(mongo_server.address, database=database_name)
    yield opened
    await opened.close()


@pytest.fixture
async def another(mongo_server: Server, database_name: str) -> AsyncIterator[MongoDocuments]:
    opened = open_mongo_documents(mongo_server.address, database=database_name)
    yield opened
    await opened.close()


class TestMongoDocuments(DocumentsContract):
    @pytest.fixture
    def documents(self, documents: MongoDocuments) -> MongoDocuments:
        return documents


def crash_after(documents: MongoDocuments, writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many writes of a store through and raise at the next one."""
    left = [writes]

    def limited(function: Write) -> Write:
        async def call(*arguments: object, **options: object) -> object:
            if left[0] == 0:
                raise Crash
            left[0] -= 1
            return await function(*arguments, **options)

        return call

    collections = {one.collection: documents._database[one.collection] for one in EVERYTHING}
    for name in ("find_one_and_update", "insert_one", "update_one"):
        monkeypatch.setattr(documents._heads, name, limited(getattr(documents._heads, name)))
    for collection in collections.values():
        monkeypatch.setattr(collection, "bulk_write", limited(collection.bulk_write))
    monkeypatch.setattr(documents, "_database", collections)


@pytest.mark.parametrize("writes", range(WRITES + 1))
async def test_repetition_completes_what_a_crash_left_when_it_came_after_any_write(
    documents: MongoDocuments,
    another: MongoDocuments,
    monkeypatch: pytest.MonkeyPatch,
    writes: int,
) -> None:
    parts = [MONTH, DAY, BALANCE]
    assert await documents.apply(ANN, before=at(0), after=at(2), increments=parts)
    crash_after(documents, writes, monkeypatch)
    try:
        await documents.apply(ANN, before=at(2), after=at(4), increments=parts)
    except Crash:
        assert writes < WRITES
    # The consumer that comes next knows of one event more, so its batch is another one.
    head = await another.head(ANN)
    if not await another.apply(ANN, before=head, after=at(5), increments=parts):
        head = await another.head(ANN)
        assert head == at(4)
        assert await another.apply(ANN, before=at(4), after=at(5), increments=parts)
    _, found = await another.read(ANN, EVERYTHING)
    # A crash before the claim leaves one batch less to count: then 3..5 came as one.
    times = 2 if writes == 0 else 3
    assert found == [
        [Document("2026-11", 0, "EUR", 1000 * times, 250 * times, 2 * times)],
        [Document("2026-11-23", 9, "EUR", 250 * times, 0, times)],
        [Document("2026-11", 7, "EUR", -250 * times, 0, times)],
    ]
    assert await another.head(ANN) == at(5)


@pytest.mark.parametrize("writes", range(1, WRITES))
async def test_read_counts_a_batch_that_a_crash_left_half_done(
    documents: MongoDocuments,
    another: MongoDocuments,
    monkeypatch: pytest.MonkeyPatch,
    writes: int,
) -> None:
    assert await documents.apply(ANN, before=at(0), after=at(2), increments=[MONTH, DAY, BALANCE])
    crash_after(documents, writes, monkeypatch)
    new, elsewhere = replace(DAY, subject_id=10), replace(DAY, period="2026-11-24")
    parts = [MONTH, DAY, BALANCE, new, elsewhere]
    with pytest.raises(Crash):
        await documents.apply(ANN, before=at(2), after=at(4), increments=parts)
    head, found = await another.read(ANN, EVERYTHING)
    assert head == at(4)
    assert found == [
        [Document("2026-11", 0, "EUR", 2000, 500, 4)],
        [
            Document("2026-11-23", 9, "EUR", 500, 0, 2),
            Document("2026-11-23", 10, "EUR", 250, 0, 1),
        ],
        [Document("2026-11", 7, "EUR", -500, 0, 2)],
    ]


async def test_reader_who_is_overtaken_asks_for_what_changed_and_no_more(
    documents: MongoDocuments, another: MongoDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [replace(DAY, period=f"2026-11-{day:02}") for day in range(1, 21)]
    await documents.apply(ANN, before=at(0), after=at(1), increments=[*days, MONTH])
    answers: list[int] = []
    add = FoundDocuments.add

    def counted(found: FoundDocuments, told: Sequence[Sequence[Any]], **numbers: int) -> bool:
        answers.append(sum(map(len, told)))
        return add(found, told, **numbers)

    monkeypatch.setattr(FoundDocuments, "add", counted)
    find = documents._find

    async def overtaken(head: Fields, found: FoundDocuments) -> bool:
        if not answers:
            await another.apply(
                ANN, before=at(1), after=at(3), increments=[days[0], replace(DAY, subject_id=77)]
            )
        if len(answers) == 2:
            await another.forget(ANN)
            await another.apply(ANN, before=at(0), after=at(2), increments=[MONTH])
        if len(answers) == 1:
            await another.apply(ANN, before=at(3), after=at(4), increments=[days[1]])
        return await find(head, found)

    monkeypatch.setattr(documents, "_find", overtaken)
    month = Range("daily_category_spend", "2026-11-01", "2026-11-30")
    head, (months, found) = await documents.read(ANN, [EVERYTHING[0], month])
    assert answers == [22, 3, 0, 1], "all, then what changed, then all of the new epoch"
    assert head == at(2)
    assert (len(months), found) == (1, [])


async def test_reader_who_is_overtaken_tells_of_one_moment(
    documents: MongoDocuments, another: MongoDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [replace(DAY, period=f"2026-11-{day:02}") for day in range(1, 21)]
    await documents.apply(ANN, before=at(0), after=at(1), increments=days)
    find, overtakings = documents._find, iter(range(1, 4))

    async def overtaken(head: Fields, found: FoundDocuments) -> bool:
        if (seq := next(overtakings, None)) is not None:
            new = replace(DAY, period="2026-12-01", subject_id=seq)
            assert await another.apply(
                ANN, before=at(seq), after=at(seq + 1), increments=[days[seq], new]
            )
        return await find(head, found)

    monkeypatch.setattr(documents, "_find", overtaken)
    whole = [Range("daily_category_spend", "2026-01-01", "2026-12-31")]
    assert await documents.read(ANN, whole) == await another.read(ANN, whole)
    head, (found,) = await documents.read(ANN, whole)
    assert head == at(4)
    assert sum(one.count for one in found) == 26
    assert len(found) == 23


async def test_counts_once_when_two_processes_race_through_a_history(
    documents: MongoDocuments, another: MongoDocuments
) -> None:
    async def follow(store: MongoDocuments, size: int) -> None:
        while (head := await store.head(ANN)).household_seq < 60:
            last = min(head.household_seq + size, 60)
            parts = [MONTH] * (last - head.household_seq)
            await store.apply(ANN, before=head, after=at(last), increments=parts)

    reads: list[tuple[int, int]] = []

    async def watch() -> None:
        while not reads or reads[-1][0] < 60:
            head, (months,) = await another.read(ANN, EVERYTHING[:1])
            reads.append((head.household_seq, sum(one.count for one in months)))

    await asyncio.gather(follow(documents, 1), follow(another, 4), follow(another, 7), watch())
    assert all(count == 2 * head for head, count in reads), reads


async def test_late_writer_changes_nothing_when_the_household_was_forgotten(
    documents: MongoDocuments, another: MongoDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    await documents.apply(ANN, before=at(0), after=at(1), increments=[DAY])
    reached, resume = asyncio.Event(), asyncio.Event()
    add = documents._add

    async def slow_add(name: Collection, additions: list[UpdateOne]) -> None:
        reached.set()
        await resume.wait()
        await add(name, additions)

    monkeypatch.setattr(documents, "_add", slow_add)
    late = asyncio.create_task(documents.apply(ANN, before=at(1), after=at(2), increments=[MONTH]))
    await reached.wait()
    await another.forget(ANN)
    assert await another.apply(ANN, before=at(0), after=at(1), increments=[DAY])
    resume.set()
    await late
    assert await another.head(ANN) == at(1)
    assert await read(another, ANN, "monthly_summaries", first="2026-11", last="2026-11") == []


async def test_late_writer_of_an_old_epoch_does_not_end_the_batch_of_the_new_one(
    documents: MongoDocuments, another: MongoDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    await documents.apply(ANN, before=at(0), after=at(1), increments=[DAY])
    late_head = await documents._heads.find_one_and_update(
        {}, {"$set": {"claim": mongo._claim(at(2), [MONTH])}}, return_document=True
    )
    await another.forget(ANN)
    assert await another.apply(ANN, before=at(0), after=at(1), increments=[DAY])
    crash_after(another, 1, monkeypatch)
    with pytest.raises(Crash):
        await another.apply(ANN, before=at(1), after=at(2), increments=[MONTH])
    assert late_head is not None
    await documents._complete(late_head)
    # The batch of the new epoch has been decided and is not in its counters yet.
    (month,) = await read(documents, ANN, "monthly_summaries", first="2026-11", last="2026-11")
    assert month.count == 2
    assert not await documents.apply(ANN, before=at(1), after=at(2), increments=[MONTH])
    (month,) = await read(documents, ANN, "monthly_summaries", first="2026-11", last="2026-11")
    assert month.count == 2


async def test_head_without_a_hash_is_told_by_its_number_alone(documents: MongoDocuments) -> None:
    """A program from before the hashes wrote it."""
    await documents.apply(ANN, before=at(0), after=at(2), increments=[MONTH])
    await documents._heads.update_one({}, {"$unset": {"hash": ""}})
    old = Head(2, b"")
    assert await documents.head(ANN) == old
    for wrong in (Head(1, b""), Head(3, b""), at(2), at(0)):
        after = at(wrong.household_seq + 1)
        assert not await documents.apply(ANN, before=wrong, after=after, increments=[MONTH])
    assert await documents.apply(ANN, before=old, after=at(3), increments=[MONTH])


@pytest.mark.parametrize(
    "trouble",
    [
        {"writeErrors": [{"code": 11000}, {"code": 112}], "writeConcernErrors": []},
        {"writeErrors": [], "writeConcernErrors": [{"code": 64}]},
    ],
    ids=["a write", "the majority"],
)
async def test_head_stays_when_a_counter_was_not_written_for_certain(
    documents: MongoDocuments, monkeypatch: pytest.MonkeyPatch, trouble: dict[str, Any]
) -> None:
    days = documents._database["daily_category_spend"]

    async def fail(*_arguments: object, **_options: object) -> None:
        raise BulkWriteError(trouble)

    monkeypatch.setattr(mongo, "_REST_SECONDS", 0.0)
    monkeypatch.setattr(days, "bulk_write", fail)
    monkeypatch.setattr(documents, "_database", {"daily_category_spend": days})
    with pytest.raises(DocumentsUnavailable):
        await documents.apply(ANN, before=at(0), after=at(1), increments=[DAY])
    (head,) = await documents._heads.find().to_list()
    assert (head["seq"], head["claim"]["last"]) == (0, 1)


async def test_writes_wait_for_the_majority_and_the_address_may_choose_other_limits() -> None:
    for options, selection, whole in (
        ("", 1.0, 3.0),
        ("?w=1&TimeoutMS=9000&serverselectiontimeoutms=7000", 7.0, 9.0),
    ):
        documents = open_mongo_documents(f"mongodb://127.0.0.1:9/{options}")
        client = documents._client
        assert documents._heads.write_concern.document == {"w": "majority"}
        assert client.options.server_selection_timeout == selection
        assert client.options.timeout == whole
        await documents.close()


async def test_fails_within_bounds_and_then_at_once_when_there_is_no_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mongo, "_REST_SECONDS", 10 * PATIENCE_SECONDS)
    documents = open_mongo_documents("mongodb://127.0.0.1:9/")
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(DocumentsUnavailable, match="ServerSelectionTimeoutError"):
            await documents.head(ANN)
    with pytest.raises(DocumentsUnavailable, match="a moment ago"):
        await documents.read(ANN, EVERYTHING)
    await documents.close()


async def test_asks_again_after_a_rest_when_the_server_has_returned(
    documents: MongoDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object, **_options: object) -> None:
        raise AutoReconnect("gone")

    with monkeypatch.context() as broken:
        broken.setattr(documents._heads, "find_one_and_update", fail)
        with pytest.raises(DocumentsUnavailable):
            await documents.apply(ANN, before=at(0), after=at(1), increments=[DAY])

    async def is_applied() -> bool:
        try:
            return await documents.apply(ANN, before=at(0), after=at(1), increments=[DAY])
        except DocumentsUnavailable:
            return False

    await eventually(is_applied)
