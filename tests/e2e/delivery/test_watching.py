"""The exporter beside a plant on real servers: lag without consumers, and a broker that is gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.delivery.conftest import make_topics
from tests.e2e.delivery.plant import GROUP, TOPIC, Plant, Worker, until
from tests.e2e.delivery.writing import Writer
from tests.e2e.test_on_postgres import environment_of
from tests.servers import registry
from tests.servers.found import Missing
from tests.servers.kafka import KafkaCluster, own_cluster
from tests.servers.run_directory import RunDirectory

pytestmark = [pytest.mark.slow, pytest.mark.kafka]
LAG = "kafka_consumer_group_lag"


@pytest.fixture
def broker(run_directory: RunDirectory) -> Iterator[KafkaCluster]:
    """Return one broker that the test may kill."""
    try:
        cluster = own_cluster(run_directory, brokers=1)
        cluster.start()
    except Missing as missing:
        registry.give_up("kafka", str(missing))
    yield cluster
    cluster.kill()


@pytest.fixture
def plant(
    migrated_postgres_url: str, broker: KafkaCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Plant]:
    """Return a plant without processes."""
    make_topics(broker.bootstrap, brokers=1)
    environment = environment_of(
        migrated_postgres_url, KAFKA_BROKERS=broker.bootstrap, ADMIN_TOKEN=secrets.token_hex(16)
    )
    made = Plant(tmp_path_factory.mktemp("plant"), environment, broker.bootstrap)
    with made.stopping():
        yield made


def told(worker: Worker, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """Return the samples of one metric by their labels."""
    text = httpx.get(f"http://127.0.0.1:{worker.port}/api/metrics", timeout=30).text
    return {
        frozenset(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def lag(exporter: Worker) -> float:
    return sum(told(exporter, LAG).values())


def labelled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_lag_is_told_while_nobody_consumes_and_nothing_of_a_broker_that_is_gone(
    plant: Plant, broker: KafkaCluster
) -> None:
    hub, relay = plant.worker("hub", "serve"), plant.worker("relay", "relay")
    exporter = plant.worker("exporter", "exporter")
    for worker in (relay, hub, exporter):
        worker.start()
    ann = Writer(lambda: f"http://127.0.0.1:{hub.port}", "ann")
    ann.begin()
    for _ in range(5):
        ann.write(lambda: False)
    until(lambda: lag(exporter) >= 5, what="a lag without any consumer")
    assert len(told(exporter, LAG)) == 12
    place = labelled(group=GROUP, topic=TOPIC)
    until(lambda: told(exporter, "kafka_consumer_oldest_age_seconds")[place] > 0, what="an age")
    assert told(exporter, "kafka_consumer_group_members")[labelled(group=GROUP)] == 0
    assert told(exporter, "kafka_brokers")[frozenset()] == 1
    up = told(exporter, "exporter_part_up")
    assert up == {labelled(part=name): 1 for name in ("kafka", "outbox", "parking")}
    until(lambda: told(exporter, "outbox_events")[frozenset()] == 0, what="an empty outbox")
    assert told(exporter, "consumer_parked_households")[labelled(group=GROUP)] == 0

    consumer = plant.worker("consumer", "consume", "--group", GROUP)
    consumer.start()
    until(lambda: lag(exporter) == 0, what="no lag behind a consumer")
    until(
        lambda: told(exporter, "kafka_consumer_group_members")[labelled(group=GROUP)] == 1,
        what="one member",
    )
    assert told(exporter, "kafka_consumer_oldest_age_seconds")[place] == 0

    broker.kill()
    until(
        lambda: told(exporter, "exporter_part_up")[labelled(part="kafka")] == 0,
        what="that the broker is gone",
    )
    assert told(exporter, LAG) == {}
    assert told(exporter, "exporter_part_up")[labelled(part="outbox")] == 1
    metrics = httpx.get(f"http://127.0.0.1:{exporter.port}/api/metrics", timeout=30).text
    for name in ("household_id=", "household=", "user_id=", "email=", "ann@"):
        assert name not in metrics
    assert exporter.stop() == 0
