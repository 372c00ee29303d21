"""The overview: each part in bounded time, a dead one hides no other, and words that people use."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from pfh.adapters.event_stream.kafka_lag import ClusterLag, GroupLag, PartitionLag
from pfh.ports.documents import DocumentsUnavailable
from pfh.runtime.lifespan import Hub
from pfh.runtime.overview.acts import percent_of
from pfh.runtime.overview.ask import Ask, Chapter, Overseer, Question
from pfh.runtime.overview.delivery import LagQuestion
from pfh.runtime.overview.parts import (
    ACT,
    LOOK,
    OK,
    Line,
    Overview,
    Part,
    PartGroup,
    Place,
    State,
    span_text,
)
from pfh.runtime.overview.servers import part_of
from pfh.runtime.probes import Probe
from pfh.runtime.settings import load_settings
from tests.waiting import eventually

NOW = 1_800_000_000_000_000
GROUP = "pfh-dashboard-consumer"
WITH_KAFKA = {
    "POSTGRES_HOST": "db",
    "POSTGRES_DB": "pfh",
    "POSTGRES_USER": "u",
    "POSTGRES_PASSWORD": "p" * 20,
    "KAFKA_BROKERS": "a:1",
}


class _Clock:
    def now(self) -> int:
        return NOW


class _Services:
    clock = _Clock()


def _place(**environment: str) -> Place:
    settings = load_settings({"PFH_DATA_DIR": "/nowhere", **environment})
    return Place(services=cast("Any", _Services()), settings=settings, hub=Hub(), now=NOW)


def _part(key: str, state: State = OK, *lines: Line) -> Part:
    return Part(
        key=key, title=key, state=state, shown="", meaning="", runbook="contacts", lines=lines
    )


def _question(key: str, ask: Ask) -> Question:
    return Question(key, key.title(), "contacts", ask)


def _overseer(*asked: Ask, part_seconds: float = 60) -> Overseer:
    questions = tuple(_question(f"part{number}", ask) for number, ask in enumerate(asked))
    return Overseer(_place(), [Chapter("All", questions)], part_seconds=part_seconds)


async def _well(place: Place) -> Sequence[Part]:
    assert place.now == NOW
    return (_part("well"),)


async def _never(_: Place) -> Sequence[Part]:
    await asyncio.Event().wait()
    return ()


async def test_part_that_never_answers_is_told_as_silent_and_hides_no_other() -> None:
    found = await _overseer(_never, _well, part_seconds=0.05).look()
    silent, well = found.parts
    assert (silent.key, silent.title, silent.state) == ("part0", "Part0", ACT)
    assert (silent.shown, silent.runbook) == ("no answer", "contacts")
    assert well.key == "well"


@pytest.mark.parametrize(
    ("error", "shown"),
    [(DocumentsUnavailable("no primary"), "away"), (ValueError("odd"), "cannot be asked")],
)
async def test_part_that_fails_is_told_with_its_reason(error: Exception, shown: str) -> None:
    async def fail(_: Place) -> Sequence[Part]:
        raise error

    failed, well = (await _overseer(fail, _well).look()).parts
    assert (failed.state, failed.shown, well.state) == (ACT, shown, OK)
    assert str(error) in failed.meaning


async def test_parts_are_asked_at_once_and_a_look_is_shared() -> None:
    met = asyncio.Barrier(2)
    asked = []

    async def meet(_: Place) -> Sequence[Part]:
        asked.append(1)
        await met.wait()
        return ()

    overseer = _overseer(meet, meet)
    one, other = await asyncio.gather(overseer.look(), overseer.look())
    assert one is other
    assert len(asked) == 2


async def test_who_goes_away_ends_nobody_elses_look() -> None:
    go = asyncio.Event()

    async def wait(_: Place) -> Sequence[Part]:
        await go.wait()
        return (_part("late"),)

    overseer = _overseer(wait)
    hasty, patient = (asyncio.create_task(overseer.look()) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.gather(hasty, return_exceptions=True)
    go.set()
    assert [part.key for part in (await patient).parts] == ["late"]


def test_worst_part_tells_the_state_of_the_whole() -> None:
    def whole(*states: State) -> Overview:
        parts = tuple(_part(str(number), state) for number, state in enumerate(states))
        return Overview(groups=(PartGroup(title="All", parts=parts),))

    assert [whole(*states).state for states in ((), (OK,), (OK, LOOK), (ACT, LOOK, OK))] == [
        *(OK, OK, LOOK, ACT)
    ]
    assert whole(ACT, LOOK, LOOK).counted(LOOK) == 2
    assert [part.key for part in whole(LOOK, OK, ACT, LOOK).wanting] == ["2", "0", "3"]
    moving = _part("jobs", OK, Line(key="1", text="Backup", percent=0))
    assert Overview(groups=(PartGroup(title="All", parts=(moving,)),)).is_busy
    assert not whole(ACT).is_busy


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "less than a minute"), (60, "1 minute"), (3_599, "59 minutes"), (3_600, "1 hour")),
        *((90_000, "25 hours"), (172_800, "2 days"), (40 * 86_400, "40 days")),
    ],
)
def test_spans_are_told_as_people_say_them(seconds: int, words: str) -> None:
    assert span_text(seconds) == words


def test_progress_counts_each_step_alike_and_never_leaves_the_scale() -> None:
    steps = ("copy", "prove", "seal", "read")
    found = [
        percent_of(steps, *told)
        for told in (("copy", 0, 1), ("prove", 1, 2), ("read", 5, 4), ("seal", 0, 0), ("x", 1, 1))
    ]
    assert found == [0, 37, 100, 50, 0]


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        ("redis-master", "refused", ACT),
        ("redis-cache", "timeout", LOOK),
        ("mail", "wrong password", LOOK),
        ("kafka", "ok", OK),
    ],
)
def test_server_is_told_with_what_its_absence_means(name: str, state: str, expected: State) -> None:
    part = part_of(Probe(name=name, address="cache:6379", state=state, detail="no route"))
    assert (part.key, part.state) == (name, expected)
    assert ("cache:6379: no route" in part.meaning) == (expected != OK)


def test_replica_tells_how_old_it_is() -> None:
    probe = Probe(name="database-replica", address="b", state="lagging", lag_seconds=42.4)
    assert (part_of(probe).shown, part_of(probe).state) == ("42 s behind", ACT)


class _Lag:
    def __init__(self, messages: int, members: int) -> None:
        place = PartitionLag("pfh.transactions", 0, 100, 100 + messages)
        oldest = {"pfh.transactions": NOW / 1_000_000 - 180} if messages else {}
        group = GroupLag(GROUP, "stable", members, (place,), oldest)
        self.told = ClusterLag(3, {}, {}, {}, (group,))

    def measure(self) -> ClusterLag:
        return self.told


@pytest.mark.parametrize(
    ("messages", "members", "state", "shown"),
    [
        (0, 2, OK, "at the head"),
        (900, 2, OK, "900 messages behind, the oldest 3 minutes old"),
        (1_001, 1, LOOK, "1,001 messages behind, the oldest 3 minutes old"),
        (5_001, 1, ACT, "5,001 messages behind, the oldest 3 minutes old"),
        (0, 0, ACT, "no member; at the head"),
    ],
)
async def test_lag_of_a_group_is_judged_as_the_alerts_judge_it(
    monkeypatch: pytest.MonkeyPatch, messages: int, members: int, state: State, shown: str
) -> None:
    lag = _Lag(messages, members)
    monkeypatch.setattr("pfh.runtime.delivery.lag_of", lambda _: lag)
    (part,) = await LagQuestion(wait_seconds=60)(_place(**WITH_KAFKA))
    assert (part.key, part.state, part.shown) == (f"lag-{GROUP}", state, shown)


async def test_measurement_that_takes_long_is_waited_for_once_and_shows_what_it_told_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lag, go, begun = _Lag(0, 1), threading.Event(), []
    measure = lag.measure

    def slow() -> ClusterLag:
        begun.append(1)
        assert go.wait(60)
        return measure()

    monkeypatch.setattr(lag, "measure", slow)
    monkeypatch.setattr("pfh.runtime.delivery.lag_of", lambda _: lag)
    ask, place = LagQuestion(wait_seconds=0.05), _place(**WITH_KAFKA)
    for _ in range(2):
        (unknown,) = await ask(place)
        assert (unknown.key, unknown.state, unknown.shown) == ("lag", LOOK, "unknown")
    go.set()

    async def is_told() -> bool:
        (part,) = await ask(place)
        return part.shown == "at the head"

    await eventually(is_told, what="the measurement")
    go.clear()
    begun.clear()
    for _ in range(2):
        (part,) = await ask(place)
        assert part.shown == "at the head"
    assert len(begun) == 1
    go.set()


async def test_without_brokers_nobody_is_asked_for_a_lag() -> None:
    assert await LagQuestion()(_place()) == ()
