"""Brokers that die under load, consumers that come and go, and a topic that is read again."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from pfh.adapters.event_stream.kafka_publisher import PUBLISH_SECONDS
from tests.e2e.delivery.plant import GROUP, PATIENCE_SECONDS, TOPIC, Plant, Worker, until
from tests.e2e.delivery.proof import prove, rows, settle
from tests.e2e.delivery.writing import Writer, writing
from tests.e2e.program import bearer
from tests.servers.kafka import KafkaCluster, miss_the_dead_soon

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(600)]
WRITES = 40
# Other tests of the run have left messages of their own households in the topic.
COUNTERS = """
    SELECT * FROM daily_category_spend
    WHERE household_id IN (SELECT household_id FROM event_heads)
    ORDER BY 1, 2, 3, 4"""


def started(plant: Plant, consumers: int) -> tuple[Worker, list[Worker]]:
    """Start a hub, a relay and some consumers; return the hub and the consumers."""
    hub, relay = plant.worker("hub", "serve"), plant.worker("relay", "relay")
    members = [plant.worker(f"consumer-{n}", "consume", "--group", GROUP) for n in range(consumers)]
    for worker in plant.workers:
        worker.start()
    assert relay.is_alive()
    return hub, members


def people(plant: Plant, hub: Worker, count: int) -> list[Writer]:
    writers = [
        Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", f"p{n}") for n in range(count)
    ]
    for writer in writers:
        writer.begin()
    return writers


def written(writers: Sequence[Writer]) -> int:
    return sum(len(writer.acknowledged) for writer in writers)


def leader(brokers: str, partition: int = 0) -> int:
    """Return the number, from 1, of the broker that leads a partition."""
    client = AdminClient({"bootstrap.servers": brokers})
    return int(client.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions[partition].leader)


def test_nothing_is_lost_or_reordered_when_brokers_die_and_consumers_come_and_go(
    plant: Plant, kafka_cluster: KafkaCluster, migrated_postgres_url: str
) -> None:
    miss_the_dead_soon(plant.brokers, GROUP)
    hub, (first, second) = started(plant, 2)
    writers = people(plant, hub, 3)
    over = threading.Event()
    threads = writing(writers, over)
    try:
        for worker in (first, second, None):
            begun = written(writers)
            broker = kafka_cluster.broker(leader(plant.brokers))
            broker.kill()
            if worker is not None:
                # A member leaves in the middle of its batch, and another comes.
                worker.kill()
                worker.start()
            until(lambda begun=begun: written(writers) >= begun + WRITES)  # type: ignore[misc]
            broker.start()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    settle(plant, migrated_postgres_url)
    prove(plant, migrated_postgres_url, writers)


def test_nothing_changes_when_the_whole_topic_is_read_twice_more(
    plant: Plant, migrated_postgres_url: str
) -> None:
    hub, members = started(plant, 1)
    writers = people(plant, hub, 2)
    for writer in writers:
        for _ in range(30):
            writer.write(lambda: False)
    settle(plant, migrated_postgres_url)
    before = rows(migrated_postgres_url, COUNTERS)
    assert before
    for _ in range(2):
        assert members[0].stop() == 0
        rewind(plant.brokers)
        members[0].start()
        until(lambda: lag(plant.brokers) == 0, what="the topic is read again")
        assert rows(migrated_postgres_url, COUNTERS) == before
    settle(plant, migrated_postgres_url)
    prove(plant, migrated_postgres_url, writers)


def events_health(plant: Plant, hub: Worker) -> dict[str, Any]:
    """Return what the detailed health says of Kafka."""
    answer = httpx.get(
        f"http://127.0.0.1:{hub.port}/api/health/detailed",
        headers=bearer(plant.environment["ADMIN_TOKEN"]),
        timeout=PATIENCE_SECONDS,
    )
    found: dict[str, Any] = answer.json()["parts"]["events"]
    return found


def write_one(writer: Writer) -> float:
    """Write one transaction, and return how many seconds it took."""
    begun = time.monotonic()
    writer.write(lambda: False)
    return time.monotonic() - begun


def test_writes_go_on_while_two_of_three_brokers_are_down_and_drain_in_order_later(
    plant: Plant, kafka_cluster: KafkaCluster, migrated_postgres_url: str
) -> None:
    hub, _ = started(plant, 1)
    writers = people(plant, hub, 2)
    for number in (1, 2):
        until(lambda: events_health(plant, hub)["reachable"], what="brokers that take messages")
        kafka_cluster.broker(number).kill()
    # Whoever asks now is told: the brokers that are left would give the same answer as before.
    assert not events_health(plant, hub)["reachable"]
    took = [write_one(writer) for _ in range(WRITES // 2) for writer in writers]
    # Who waited for a broker would wait until the relay itself gives up.
    assert statistics.median(took) < PUBLISH_SECONDS / 2, took
    ((waiting,),) = rows(migrated_postgres_url, "SELECT COUNT(*) FROM outbox")
    assert int(str(waiting)) >= len(took)
    kafka_cluster.broker(1).start()
    settle(plant, migrated_postgres_url)
    prove(plant, migrated_postgres_url, writers)
    until(lambda: events_health(plant, hub)["reachable"], what="brokers that take messages again")


def places(client: AdminClient) -> list[int]:
    return sorted(client.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions)


def rewind(brokers: str) -> None:
    """Set the group to the beginning of every partition, as an operator may; it has no member."""
    client = AdminClient({"bootstrap.servers": brokers})
    offsets = [TopicPartition(TOPIC, number, 0) for number in places(client)]
    limit = time.monotonic() + 60
    while True:
        asked = client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP, offsets)])
        try:
            asked[GROUP].result(timeout=30)
        except Exception:  # noqa: BLE001 -- the group is not empty yet
            assert time.monotonic() < limit, "the group never becomes empty"
            time.sleep(0.2)
        else:
            return


def lag(brokers: str) -> int:
    """Return how many messages the group has before it."""
    from confluent_kafka import Consumer

    consumer = Consumer({"bootstrap.servers": brokers, "group.id": GROUP})
    try:
        client = AdminClient({"bootstrap.servers": brokers})
        asked = [TopicPartition(TOPIC, number) for number in places(client)]
        behind = 0
        for place in consumer.committed(asked, timeout=30):
            _, end = consumer.get_watermark_offsets(place, timeout=30)
            behind += end - max(place.offset, 0)
        return behind
    finally:
        consumer.close()
