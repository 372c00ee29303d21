"""Relays and consumers on PostgreSQL, with a stream within the process between them."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from pfh.adapters.event_log.sql import SqlEventLog
from pfh.adapters.event_stream.memory import MemoryStream
from pfh.adapters.leadership.postgres import PostgresLeadership
from pfh.adapters.parking.sql import SqlParking
from pfh.features.dashboard.projection import increments_of
from pfh.features.delivery.api import (
    Group,
    Relay,
    consume_events,
    relay_events,
    replay_parked,
    sweep_households,
)
from pfh.features.delivery.sweep_households import sweep
from pfh.ports.event_log import NO_EVENTS, Head, RecordedEvent, Written
from pfh.ports.event_stream import EventRefused, OutgoingEvent
from pfh.ports.parking import ParkedHousehold
from tests.integration.delivery.conftest import ENTRY, Site
from tests.integration.delivery.test_leadership import kill_sessions
from tests.waiting import PATIENCE_SECONDS

TOPIC = "transactions"
SPOILT = '{"date":'


class SqlEffect:
    """The dashboard's read models of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def heads(self, household_ids: Sequence[int]) -> dict[int, Head]:
        return await self.site.documents.heads(household_ids)

    async def behind(self, *, limit: int) -> Sequence[int]:
        return await self.site.log.behind("dashboard", limit=limit)

    async def apply(self, household_id: int, head: Head, events: Sequence[RecordedEvent]) -> bool:
        return await self.site.documents.apply(
            household_id, before=head, after=events[-1].after, increments=increments_of(events)
        )

    async def forget(self, household_id: int, at: Head) -> None:
        await self.site.documents.forget(household_id, at=at)


def group_of(site: Site, stream: MemoryStream) -> Group:
    return Group(
        name="group",
        topic=TOPIC,
        effect=SqlEffect(site),
        event_log=site.log,
        parking=SqlParking(site.database),
        publisher=stream.publisher(),
        clock=site.clock,
    )


def relay_of(site: Site, stream: MemoryStream) -> Relay:
    return Relay(
        outbox=site.outbox,
        publisher=stream.publisher(),
        leadership=PostgresLeadership(site.url),
        topics_of=lambda _: (TOPIC,),
        idle_seconds=0.02,
    )


@asynccontextmanager
async def running(*works: Callable[[asyncio.Event], Awaitable[Any]]) -> AsyncIterator[None]:
    """Run some works beside the block, then let them finish."""
    stopping = asyncio.Event()
    tasks = [asyncio.ensure_future(work(stopping)) for work in works]
    try:
        yield
    finally:
        stopping.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks)


def relaying(relay: Relay) -> Callable[[asyncio.Event], Awaitable[None]]:
    leadership = relay.leadership
    assert isinstance(leadership, PostgresLeadership)

    async def work(stopping: asyncio.Event) -> None:
        try:
            await relay_events(relay, stopping, asyncio.sleep)
        finally:
            # One that stands by when it is told to stop has a connection still.
            await leadership.close()

    return work


def consuming(group: Group, stream: MemoryStream) -> Callable[[asyncio.Event], Awaitable[None]]:
    member = stream.subscription(group.name, [TOPIC])
    return lambda stopping: consume_events(group, member, stopping, asyncio.sleep, workers=4)


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await ask():  # noqa: ASYNC110 -- other tasks change it
            await asyncio.sleep(0.01)


async def at_head(site: Site, households: Sequence[int]) -> bool:
    heads = await site.documents.heads(households)
    return all([heads.get(one, NO_EVENTS) == await site.log.head(one) for one in households])


def numbers(events: Sequence[OutgoingEvent]) -> dict[int, list[int]]:
    """Return for each household its numbers by first sight."""
    found: dict[int, list[int]] = defaultdict(list)
    for one in events:
        if one.event.household_seq not in found[one.event.household_id]:
            found[one.event.household_id].append(one.event.household_seq)
    return found


async def test_two_relays_publish_each_household_in_order_when_they_race(site: Site) -> None:
    """Both lead half of the time: the leader's session is killed again and again."""
    stream = MemoryStream()
    await site.outbox.register("kafka")
    async with running(*(relaying(relay_of(site, stream)) for _ in range(2))):
        for number in range(60):
            await asyncio.gather(*(site.write(one, 1 + number % 3) for one in (1, 2, 3)))
            if number % 10 == 5:
                await kill_sessions(site.url, "relay")
        await until(lambda: _is_empty(site))
    found = numbers(stream.events(TOPIC))
    for household in (1, 2, 3):
        last = (await site.log.head(household)).household_seq
        assert found[household] == list(range(1, last + 1))


async def test_a_standby_publishes_within_seconds_when_the_leader_dies(site: Site) -> None:
    stream = MemoryStream()
    await site.outbox.register("kafka")
    first, second = (relay_of(site, stream) for _ in range(2))
    lease = await first.leadership.try_lead("relay")
    assert lease is not None
    async with running(relaying(second)):
        await site.write(1)
        await asyncio.sleep(0)
        assert not stream.events(TOPIC)
        begun = time.monotonic()
        await kill_sessions(site.url, "relay")
        await until(lambda: _is_empty(site))
        # It takes a second or two; a busy machine is given more.
        assert time.monotonic() - begun < PATIENCE_SECONDS / 2
    await lease.release()
    assert len(stream.events(TOPIC)) == 1


async def test_a_slow_transaction_is_carried_when_it_commits_late(site: Site) -> None:
    stream = MemoryStream()
    group = group_of(site, stream)
    appended, released = asyncio.Event(), asyncio.Event()
    await site.outbox.register("kafka")
    async with running(relaying(relay_of(site, stream)), consuming(group, stream)):
        slow = asyncio.create_task(site.write(1, 2, appended=appended, before_commit=released))
        await appended.wait()
        await site.write(2)
        await until(lambda: at_head(site, [2]))
        released.set()
        await slow
        await until(lambda: at_head(site, [1, 2]))
    assert numbers(stream.events(TOPIC)) == {1: [1, 2], 2: [1]}


async def test_only_its_household_waits_when_an_event_is_poison(site: Site) -> None:
    stream = MemoryStream()
    group = group_of(site, stream)
    await site.outbox.register("kafka")
    async with running(relaying(relay_of(site, stream)), consuming(group, stream)):
        await site.write(1, 2)
        await site.write(1, payload=SPOILT)
        await site.write(1, 2)
        await site.write(2, 2)
        await until(lambda: _is_parked(group, 1))
        await until(lambda: at_head(site, [2]))
        await site.write(1)
        await site.write(2)
        await until(lambda: at_head(site, [2]))
        heads = await site.documents.heads([1, 2])
        assert [heads[one].household_seq for one in (1, 2)] == [2, 3]
        (letter,) = stream.letters
        assert (letter.event.household_seq, letter.error, letter.attempts) == (3, "DecodeError", 3)
        assert not await replay_parked(group, 1), "it is as spoilt as before"
        await site.database.write(
            lambda connection: connection.execute(
                "UPDATE events SET payload = '{}' , type = 'Unknown' WHERE household_seq = 3"
                " AND household_id = 1"
            )
        )
        assert await replay_parked(group, 1)
        assert await at_head(site, [1, 2])
        await site.write(1)
        await until(lambda: at_head(site, [1, 2]))


async def test_a_household_is_carried_again_when_its_refused_event_is_released(site: Site) -> None:
    stream = MemoryStream()

    class Picky:
        limit = 300

        async def publish(self, events: Sequence[OutgoingEvent]) -> None:
            for one in events:
                if len(one.event.payload) > self.limit:
                    raise EventRefused(one.event, "too large")
            stream.store(events)

        bury = stream.publisher().bury
        close = stream.publisher().close

    picky = Picky()
    relay = Relay(
        outbox=site.outbox,
        publisher=picky,
        leadership=PostgresLeadership(site.url),
        topics_of=lambda _: (TOPIC,),
        idle_seconds=0.02,
    )
    await site.outbox.register("kafka")
    async with running(relaying(relay)):
        await site.write(1)
        await site.write(1, payload="{" + " " * 300 + "}")
        await site.write(1)
        await site.write(2)
        await until(lambda: _waits(site, 2))
        assert numbers(stream.events(TOPIC)) == {1: [1], 2: [1]}
        picky.limit = 1_000
        assert await site.outbox.release(1)
        await until(lambda: _is_empty(site))
    assert numbers(stream.events(TOPIC)) == {1: [1, 2, 3], 2: [1]}


async def test_the_sweep_brings_forward_what_no_message_told(site: Site) -> None:
    group = group_of(site, MemoryStream())
    await site.write(1, 3)
    seen = await sweep(group, frozenset())
    assert seen == {1}
    assert not await at_head(site, [1]), "its message may be on the way"
    await sweep(group, seen)
    assert await at_head(site, [1])


async def test_the_sweep_projects_at_once_when_the_stream_is_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pfh.features.delivery.sweep_households.ALONE_SECONDS", 0.02)
    stream = MemoryStream()
    group = group_of(site, stream)
    leadership = PostgresLeadership(site.url)
    async with running(
        lambda stopping: sweep_households(
            group, leadership, stopping, asyncio.sleep, stream_answers=lambda: False
        )
    ):
        await site.write(1, 2)
        await until(lambda: at_head(site, [1]))


@pytest.mark.parametrize("again", [0, 1, 2, 3])
async def test_a_read_model_is_made_again_when_the_books_lost_what_it_tells_of(
    site: Site, again: int
) -> None:
    """The replica that took over lacks two events; as many others as told come under their numbers.

    What lies in the topic is still that of the lost history.
    """
    stream = MemoryStream()
    group = group_of(site, stream)
    await site.outbox.register("kafka")
    async with running(relaying(relay_of(site, stream)), consuming(group, stream)):
        await site.write(1, 5)
        await until(lambda: at_head(site, [1]))
    await site.lose(1, 3)
    if again:
        await site.write(1, again, payload=ENTRY.replace("-5", "-70").replace(":5", ":70"))
    late = group_of(site, stream)
    async with running(relaying(relay_of(site, stream)), consuming(late, stream)):
        await until(lambda: _is_empty(site))
        await sweep(late, None)
        await until(lambda: at_head(site, [1]))
    wanted = f"daily_category_spend WHERE first_minor = {15 + 70 * again} AND count = {3 + again}"
    assert await site.count(wanted) == 1
    # A member that begins with the whole topic, lost events and all, ends at the same.
    await site.documents.forget(1)
    fresh = replace(late, name="fresh")
    async with running(consuming(fresh, stream)):
        await until(lambda: _read(stream, "fresh", 5 + again))
        await sweep(fresh, None)
        await until(lambda: at_head(site, [1]))
    assert await site.count(wanted) == 1


async def test_a_household_waits_no_more_for_an_event_that_the_books_lost(site: Site) -> None:
    stream = MemoryStream()
    group = group_of(site, stream)
    await site.outbox.register("kafka")
    async with running(relaying(relay_of(site, stream)), consuming(group, stream)):
        await site.write(1, 2)
        await site.write(1, payload=SPOILT)
        await until(lambda: _is_parked(group, 1))
    await sweep(group, None)
    assert await _is_parked(group, 1), "the books still have it"
    await site.lose(1, 2)
    await site.write(1)
    await sweep(group, None)
    assert not await _is_parked(group, 1)
    assert await at_head(site, [1])


async def test_the_sweep_asks_once_for_all_who_are_parked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = group_of(site, MemoryStream())
    for household in (1, 2, 3):
        await site.write(household, 1)
        (event,) = await site.log.read(household, after_seq=0, limit=1)
        event_id = event.event_id if household < 3 else 0
        await group.parking.park(
            ParkedHousehold(group.name, household, 1, event_id, event.type, "unreadable", 1, 0)
        )
    asked: list[Mapping[int, int]] = []
    ask = SqlEventLog.written_at

    async def counted(log: SqlEventLog, numbers: Mapping[int, int]) -> Mapping[int, Written]:
        asked.append(numbers)
        return await ask(log, numbers)

    async def one_by_one(*_: object, **__: object) -> Sequence[RecordedEvent]:
        raise AssertionError("a household was asked about by itself")

    monkeypatch.setattr(SqlEventLog, "written_at", counted)
    monkeypatch.setattr(SqlEventLog, "read", one_by_one)
    await sweep(group, frozenset())
    assert asked == [{1: 1, 2: 1, 3: 1}]
    assert {one.household_id for one in await group.parking.every()} == {1, 2}


async def test_nothing_changes_when_the_whole_topic_is_read_twice(site: Site) -> None:
    stream = MemoryStream()
    group = group_of(site, stream)
    await site.outbox.register("kafka")
    async with running(relaying(relay_of(site, stream)), consuming(group, stream)):
        for household in (1, 2, 3):
            await site.write(household, 20)
        await until(lambda: at_head(site, [1, 2, 3]))
    before = await site.count("daily_category_spend WHERE count = 20 AND first_minor = 100")
    assert before == 3
    again = group_of(site, stream)
    for name in ("second", "third"):
        replayed = stream.subscription(name, [TOPIC])
        async with running(
            lambda stopping, replayed=replayed: consume_events(  # type: ignore[misc]
                again, replayed, stopping, asyncio.sleep, workers=4
            )
        ):
            await until(lambda name=name: _read(stream, name, 60))  # type: ignore[misc]
    assert await site.count("daily_category_spend WHERE count = 20 AND first_minor = 100") == 3


async def test_what_had_its_effect_is_committed_when_the_consumer_stops(site: Site) -> None:
    stream = MemoryStream()
    group = group_of(site, stream)
    await site.outbox.register("kafka")
    async with running(relaying(relay_of(site, stream))):
        for household in (1, 2, 3):
            await site.write(household, 20)
        await until(lambda: _is_empty(site))
    async with running(consuming(group, stream)):
        await until(lambda: at_head(site, [1, 2, 3]))
    assert await _read(stream, group.name, 60)


async def _read(stream: MemoryStream, group: str, messages: int) -> bool:
    return stream.committed(group, TOPIC) == messages


async def _is_empty(site: Site) -> bool:
    return await site.count("outbox") == 0


async def _waits(site: Site, events: int) -> bool:
    return await site.count("outbox") == events


async def _is_parked(group: Group, household: int) -> bool:
    return household in await group.parking.parked_of(group.name, [household])
