"""What the exporter tells, and that it tells nothing which it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pfh.adapters.event_stream.kafka_lag import ClusterLag, GroupLag, PartitionLag
from pfh.entry.worker import exported
from pfh.entry.worker.exporter import Part, measuring
from pfh.features.identity.api import count_active_users
from pfh.features.identity.session_store import SessionRecord, insert_session
from pfh.migrations import runner
from pfh.observability.metrics import REGISTRY
from pfh.ports.database import Connection
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings
from tests.waiting import comes

GROUP = "pfh-dashboard-consumer"
TOPIC = "personal_finance.transactions.v1"
PLACE = {"group": GROUP, "topic": TOPIC}


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def cluster(*partitions: PartitionLag, oldest: dict[str, float] | None = None) -> ClusterLag:
    ends = {(one.topic, one.partition): one.end for one in partitions}
    group = GroupLag(GROUP, "stable", 2, partitions, oldest or {})
    return ClusterLag(3, {TOPIC: 0}, ends, {f"{TOPIC}.dlq": 4}, (group,))


@pytest.fixture(autouse=True)
def nothing_told() -> Iterator[None]:
    yield
    exported.forget_kafka()
    exported.forget_parking()
    exported.forget_outbox()
    exported.forget_activity()


def test_lag_is_what_lies_between_the_commit_and_the_end() -> None:
    behind, done = PartitionLag(TOPIC, 0, 40, 45), PartitionLag(TOPIC, 1, 7, 7)
    exported.show_kafka(cluster(behind, done, oldest={TOPIC: 90.0}), 100.0)
    assert value("kafka_consumer_group_lag", **PLACE, partition="0") == 5
    assert value("kafka_consumer_group_lag", **PLACE, partition="1") == 0
    assert value("kafka_consumer_group_committed_offset", **PLACE, partition="0") == 40
    assert value("kafka_partition_end_offset", topic=TOPIC, partition="0") == 45
    assert value("kafka_consumer_oldest_age_seconds", **PLACE) == 10
    assert value("kafka_consumer_group_members", group=GROUP) == 2
    assert value("kafka_consumer_group_state", group=GROUP, state="stable") == 1
    assert value("kafka_dead_letters", topic=f"{TOPIC}.dlq") == 4
    assert value("kafka_brokers") == 3


def test_partition_that_was_made_anew_has_no_negative_lag() -> None:
    assert PartitionLag(TOPIC, 0, committed=100, end=3).messages == 0


def test_age_is_nothing_without_lag_and_unknown_when_it_could_not_be_read() -> None:
    exported.show_kafka(cluster(PartitionLag(TOPIC, 0, 7, 7)), 100.0)
    assert value("kafka_consumer_oldest_age_seconds", **PLACE) == 0
    exported.show_kafka(cluster(PartitionLag(TOPIC, 0, 6, 7)), 100.0)
    assert value("kafka_consumer_oldest_age_seconds", **PLACE) is None


def test_state_that_is_past_is_told_no_more() -> None:
    exported.show_kafka(cluster(PartitionLag(TOPIC, 0, 7, 7)), 100.0)
    group = GroupLag(GROUP, "empty", 0, (), {})
    exported.show_kafka(ClusterLag(3, {}, {}, {}, (group,)), 100.0)
    assert value("kafka_consumer_group_state", group=GROUP, state="stable") is None
    assert value("kafka_consumer_group_state", group=GROUP, state="empty") == 1


def test_group_that_has_parked_nothing_is_told_with_zero() -> None:
    exported.show_parking({"another": 3}, [GROUP])
    assert value("consumer_parked_households", group=GROUP) == 0
    assert value("consumer_parked_households", group="another") == 3


async def test_people_count_once_for_all_their_sessions_of_a_window(tmp_path: Path) -> None:
    settings = load_settings({"PFH_DATA_DIR": str(tmp_path)})
    await asyncio.to_thread(runner.upgrade, settings.database.migration_url)
    day = 24 * 3_600 * 1_000_000
    async with open_services(settings) as services:
        now = services.clock.now()
        seen = ((1, now - 1), (1, now - day // 2), (2, now - 2 * day), (3, now - 8 * day))

        async def sign_in(connection: Connection) -> None:
            for user_id in (1, 2, 3):
                await connection.execute(
                    "INSERT INTO users (user_id, email, email_key, password_hash, first_name,"
                    " last_name, role, epoch, terms_accepted_at, created_at)"
                    " VALUES ($1, $2, $2, '', 'Ann', 'Oak', 'user', 0, 0, 0)",
                    user_id,
                    f"ann+{user_id}@money.test",
                )
            for number, (user_id, at) in enumerate(seen):
                await insert_session(
                    connection,
                    SessionRecord(
                        session_id=number, user_id=user_id, household_id=user_id, user_agent="",
                        address="", created_at=at, last_seen_at=at, expires_at=at + day,
                    ),
                )  # fmt: skip

        await services.database.write(sign_in)
        exported.show_activity(await count_active_users(services))
    assert value("active_users", window="1d") == 1
    assert value("active_users", window="7d") == 2
    exported.forget_activity()
    assert value("active_users", window="1d") is None


async def test_part_that_fails_or_hangs_is_left_out_and_the_others_go_on() -> None:
    answers, forgotten = True, []

    async def measure() -> None:
        if not answers:
            raise ConnectionError

    async def hang() -> None:
        await asyncio.Event().wait()

    parts = {
        "one": Part(measure, lambda: forgotten.append("one")),
        "two": Part(hang, lambda: forgotten.append("two")),
    }
    async with measuring(parts, every_seconds=0.001, seconds_max=0.05):
        await comes(lambda: value("exporter_part_up", part="one") == 1, what="an answer")
        answers = False
        await comes(lambda: value("exporter_part_up", part="one") == 0, what="the failure")
        await comes(lambda: forgotten.count("two") > 1, what="the end of the waiting")
        assert value("exporter_part_up", part="two") == 0
        answers = True
        await comes(lambda: value("exporter_part_up", part="one") == 1, what="the return")
    # Once before anything is known, then after each failure.
    assert forgotten.count("one") >= 2
