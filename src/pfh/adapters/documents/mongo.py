"""The document port on MongoDB, exactly once without multi-document transactions.

It exists so that the read models of a cluster are written and read beside the SQL server. A batch
of events takes three steps, and a writer who finds one half done finishes it:

1. the head of the household takes the whole batch as its *claim*, if the batch is the next one: one
   document, one atomic step, which fixes what the batch is whatever is asked for later;
2. each counter adds its part, guarded by the number of the last batch that it holds, so that a
   repetition changes nothing;
3. the head moves to the end of the batch and drops the claim.

A reader finishes nothing and waits for nobody: a claim is decided, so what is missing of it is
added to what was read (`mongo_found.py`).

The key of a counter begins with household and *epoch*; to forget a household is to begin a new
epoch, again one atomic step. Late writers of an old epoch write what nobody reads.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pymongo
from bson.int64 import Int64
from pymongo import AsyncMongoClient, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from pfh.adapters.dependencies.gathered import Gathered
from pfh.adapters.documents.merging import check_range, merged
from pfh.adapters.documents.mongo_found import AFTER_SEPARATOR, FIELDS, SEPARATOR, FoundDocuments
from pfh.observability.metrics import DOCUMENTS_FAILURES
from pfh.observability.spans import call_span
from pfh.ports.documents import Collection, Document, DocumentsUnavailable, Increment, Range
from pfh.ports.event_log import NO_EVENTS, Head

if TYPE_CHECKING:
    from pfh.ports.documents import Documents

Fields: TypeAlias = Mapping[str, Any]
Result = TypeVar("Result")
_COLLECTIONS: Final[tuple[Collection, ...]] = (
    "monthly_summaries",
    "daily_category_spend",
    "balance_history",
)
_HEADS: Final = "document_heads"
_DUPLICATE_KEY: Final = 11000
_NAMES: Final = ("period", "subject", "commodity")
_COUNTERS: Final = ("first", "second", "count")
_OPTIONS: Final[Mapping[str, Any]] = {
    "appname": "pfh",
    "serverSelectionTimeoutMS": 1_000,
    "connectTimeoutMS": 1_000,
    "timeoutMS": 3_000,
}
# Else a server gives 101 and is asked once more for the rest.
_BATCH_DOCUMENTS: Final = 10_000
_READ_TRIES: Final = 50
# A read is mostly work of this process. More at once make each other slower, and so overtaken by
# the next batch, and so repeated: a busy moment would go on for minutes.
_READS_AT_ONCE: Final = 4
_HELP_AFTER_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.004
# Nobody waits for an answer while a batch is applied, and a big one may take a busy server long.
_APPLY_SECONDS: Final = 15.0
# A server that has just failed is not asked again for this long: readers fall back at once.
_REST_SECONDS: Final = 1.0


def open_mongo_documents(uri: str, *, database: str = "personal_finance") -> MongoDocuments:
    """Return the store on a server or replica set; connects when first used.

    Args:
        uri: as MongoDB writes it; options in it win over ours, but for `w`: what a failover may
            take back was not written.
        database: used when the URI names none.
    """
    chosen = {name.lower() for name, _ in parse_qsl(urlsplit(uri).query)}
    ours = {name: value for name, value in _OPTIONS.items() if name.lower() not in chosen}
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri, w="majority", **ours)
    return MongoDocuments(client, client.get_default_database(database).name)


class MongoDocuments:
    """Counters in three collections and a head for each household; money as 64-bit integers."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str) -> None:
        """Take the client over."""
        self._client = client
        self._database = client[database]
        self._heads = self._database[_HEADS]
        self._rests_until = 0.0
        self._heads_asked = Gathered(self._heads_of)
        self._reading = asyncio.Semaphore(_READS_AT_ONCE)

    async def apply(
        self,
        household_id: int,
        *,
        before: Head,
        after: Head,
        increments: Sequence[Increment],
    ) -> bool:
        """Add the increments if they are the next; see the port."""
        check_range(before, after)
        claim = _claim(after, increments)
        with pymongo.timeout(_APPLY_SECONDS):
            return await self._answered("apply", lambda: self._apply(household_id, before, claim))

    async def read(
        self, household_id: int, ranges: Sequence[Range]
    ) -> tuple[Head, list[list[Document]]]:
        """Return the head and the documents of some ranges, of one moment; see the port."""
        async with self._reading:
            return await self._answered("read", lambda: self._read(household_id, ranges))

    async def head(self, household_id: int) -> Head:
        """Return what was applied last; see the port."""
        return await self._heads_asked.reply(household_id)

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        """Return the heads of several households; see the port."""

        async def ask() -> dict[int, Head]:
            wanted = {"_id": {"$in": [Int64(one) for one in household_ids]}}
            found = self._heads.find(wanted, {"seq": 1, "hash": 1})
            return {int(one["_id"]): _head_of(one) for one in await found.to_list()}

        return await self._answered("heads", ask)

    async def forget(self, household_id: int, *, at: Head | None = None) -> None:
        """Begin a new epoch, then drop the documents of the old ones; see the port."""
        wanted = {"_id": Int64(household_id)} | ({} if at is None else _where(at))

        async def begin_anew() -> None:
            head = await self._heads.find_one_and_update(
                wanted,
                {"$inc": {"epoch": Int64(1)}, "$set": _is_at(NO_EVENTS), "$unset": {"claim": ""}},
                return_document=ReturnDocument.AFTER,
            )
            if head is None:
                return
            old = {"_id": _below(str(household_id)), "epoch": {"$lt": head["epoch"]}}
            for name in _COLLECTIONS:
                await self._database[name].delete_many(old)

        await self._answered("forget", begin_anew)

    async def check(self) -> None:
        """Make one round trip; raise `DocumentsUnavailable` when it fails."""

        async def ping() -> None:
            await self._client.admin.command("ping")

        await self._answered("ping", ping)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _heads_of(self, household_ids: Sequence[int]) -> list[Head]:
        found = await self.heads(list(dict.fromkeys(household_ids)))
        return [found.get(one, NO_EVENTS) for one in household_ids]

    async def _apply(self, household_id: int, before: Head, claim: Fields) -> bool:
        free = {"_id": Int64(household_id), "claim": None} | _where(before)
        # The claim itself need not come back: it is as large as the batch.
        head: Fields | None = await self._heads.find_one_and_update(
            free, {"$set": {"claim": claim}}, {"epoch": 1}, return_document=ReturnDocument.AFTER
        )
        if head is None and before == NO_EVENTS:
            head = await self._create_head(household_id, claim)
        if head is not None:
            await self._complete({**head, "claim": claim})
            return True
        await self._help(household_id)
        return False

    async def _create_head(self, household_id: int, claim: Fields) -> Fields | None:
        head = {
            "_id": Int64(household_id),
            # Never an epoch that counters of a head that was lost may still carry.
            "epoch": Int64(time.time_ns() // 1_000),
            "claim": claim,
        } | _is_at(NO_EVENTS)
        try:
            await self._heads.insert_one(head)
        except DuplicateKeyError:
            return None
        return head

    async def _help(self, household_id: int) -> None:
        """Finish what another began, unless that one is about to do so itself."""
        for _ in range(_HELP_AFTER_TRIES):
            head = await self._heads.find_one({"_id": Int64(household_id)})
            if head is None or head.get("claim") is None:
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        head = await self._heads.find_one({"_id": Int64(household_id)})
        if head is not None and head.get("claim") is not None:
            await self._complete(head)

    async def _complete(self, head: Fields) -> None:
        """Add the claim to the counters and move the head; any number may do so at once."""
        claim = head["claim"]
        by_collection: dict[Collection, list[Fields]] = {}
        for part in claim["parts"]:
            by_collection.setdefault(part["collection"], []).append(part)
        # At once: their guards do not know of each other, only the head must come last.
        await asyncio.gather(
            *(self._add(name, _additions(head, parts)) for name, parts in by_collection.items())
        )
        await self._heads.update_one(
            {"_id": head["_id"], "epoch": head["epoch"], "claim.last": claim["last"]},
            {"$set": _end_of(claim), "$unset": {"claim": ""}},
        )

    async def _add(self, name: Collection, additions: list[UpdateOne]) -> None:
        try:
            await self._database[name].bulk_write(additions, ordered=False)
        except BulkWriteError as error:
            # The guard found a counter that has its part already, so the upsert met its key.
            errors = error.details.get("writeErrors", [])
            foreign = [one for one in errors if one.get("code") != _DUPLICATE_KEY]
            if foreign or error.details.get("writeConcernErrors"):
                raise

    async def _read(
        self, household_id: int, ranges: Sequence[Range]
    ) -> tuple[Head, list[list[Document]]]:
        key = {"_id": Int64(household_id)}
        found = FoundDocuments(ranges)
        for _ in range(_READ_TRIES):
            head = await self._heads.find_one(key)
            if head is None:
                return NO_EVENTS, [[] for _ in ranges]
            if await self._find(head, found):
                # Whoever forgets the household drops documents, which no number tells.
                still = await self._heads.find_one(key, {"epoch": 1})
                if still is not None and still["epoch"] == head["epoch"]:
                    claim = head.get("claim")
                    return _head_of(head if claim is None else _end_of(claim)), found.documents(
                        claim
                    )
        raise DocumentsUnavailable("a household changes faster than it can be read")

    async def _find(self, head: Fields, found: FoundDocuments) -> bool:
        """Look for what is not found yet, and tell whether all of it now is of one moment."""
        queries = found.queries(f"{head['_id']}{SEPARATOR}{head['epoch']}{SEPARATOR}")

        async def ask(name: Collection, query: Fields) -> list[dict[str, Any]]:
            cursor = self._database[name].find(query, FIELDS, batch_size=_BATCH_DOCUMENTS)
            return await cursor.to_list()

        # At once: the household is best not changed before the last of them.
        answers = await asyncio.gather(*(ask(*one) for one in queries))
        claim = head.get("claim")
        claimed = head["seq"] if claim is None else claim["last"]
        return found.add(answers, up_to=head["seq"], claimed=claimed)

    async def _answered(self, name: str, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run some work; a server that failed a moment ago fails again at once."""
        if time.monotonic() < self._rests_until:
            raise DocumentsUnavailable("MongoDB failed a moment ago")
        try:
            attributes = {"db.system.name": "mongodb", "db.operation.name": name}
            with call_span(f"{name} documents", attributes):
                return await work()
        except PyMongoError as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            DOCUMENTS_FAILURES.inc()
            # The driver's own words name every server and option; the kind is enough.
            raise DocumentsUnavailable(f"MongoDB: {type(error).__name__}") from error


def _head_of(head: Fields) -> Head:
    # One that a program from before the hashes wrote has none, so that it equals no other.
    return Head(int(head["seq"]), bytes(head.get("hash", b"")))


def _end_of(claim: Fields) -> Fields:
    """Return the fields of the head once the claim is done."""
    return {"seq": claim["last"], "hash": claim.get("hash", b"")}


def _is_at(head: Head) -> dict[str, Any]:
    return {"seq": Int64(head.household_seq), "hash": head.hash}


def _where(head: Head) -> dict[str, Any]:
    return {"seq": Int64(head.household_seq), "hash": head.hash or {"$in": [None, b""]}}


def _claim(after: Head, increments: Sequence[Increment]) -> Fields:
    parts = [
        {
            "collection": one.collection,
            "period": one.period,
            "subject": Int64(one.subject_id),
            "commodity": one.commodity,
            "first": Int64(one.first_minor),
            "second": Int64(one.second_minor),
            "count": Int64(one.count),
        }
        for one in merged(increments)
    ]
    return {"last": Int64(after.household_seq), "hash": after.hash, "parts": parts}


def _additions(head: Fields, parts: Sequence[Fields]) -> list[UpdateOne]:
    """Return what adds each part to its counter once, creating the counter when it is new."""
    epoch, last = head["epoch"], head["claim"]["last"]
    prefix = f"{head['_id']}{SEPARATOR}{epoch}{SEPARATOR}"
    not_yet, done = {"$lt": last}, {"seq": last}
    return [
        UpdateOne(
            {"_id": prefix + _name(part), "seq": not_yet},
            {
                "$inc": {name: part[name] for name in _COUNTERS},
                "$set": done,
                "$setOnInsert": {"epoch": epoch, **{name: part[name] for name in _NAMES}},
            },
            upsert=True,
        )
        for part in parts
    ]


def _name(part: Fields) -> str:
    return SEPARATOR.join((part["period"], f"{part['subject']}", part["commodity"]))


def _below(prefix: str) -> Fields:
    """Select every key that begins with a prefix and the separator."""
    return {"$gte": prefix + SEPARATOR, "$lt": prefix + AFTER_SEPARATOR}


if TYPE_CHECKING:

    def _keeps_the_contract(documents: MongoDocuments) -> Documents:
        return documents
