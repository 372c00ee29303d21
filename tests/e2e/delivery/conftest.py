"""A plant on the run's PostgreSQL and three brokers of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from pfh.adapters.event_stream.topic_spec import read_topics
from tests.e2e.delivery.plant import Plant
from tests.environment import environment_of
from tests.servers.kafka import KafkaCluster

BROKERS = 3


@pytest.fixture
def plant(
    migrated_postgres_url: str, kafka_cluster: KafkaCluster, tmp_path: Path
) -> Iterator[Plant]:
    """Return a plant without processes; its database is new."""
    with plant_on(migrated_postgres_url, kafka_cluster, BROKERS, tmp_path) as made:
        yield made


@pytest.fixture
def small_plant(
    migrated_postgres_url: str, kafka_broker: KafkaCluster, tmp_path: Path
) -> Iterator[Plant]:
    """Return a plant without processes on one broker."""
    with plant_on(migrated_postgres_url, kafka_broker, 1, tmp_path) as made:
        yield made


@contextmanager
def plant_on(url: str, cluster: KafkaCluster, brokers: int, folder: Path) -> Iterator[Plant]:
    """Give a plant whose topics are made; its processes are stopped at the end."""
    make_topics(cluster.bootstrap, brokers)
    environment = environment_of(
        url, KAFKA_BROKERS=cluster.bootstrap, ADMIN_TOKEN=secrets.token_hex(16)
    )
    made = Plant(folder, environment, cluster.bootstrap)
    with made.stopping():
        yield made


def make_topics(bootstrap: str, brokers: int) -> None:
    """Make the hub's topics where they are missing; tests tell their messages by the household."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    present = client.list_topics(timeout=30).topics
    missing = [
        NewTopic(
            spec.name,
            num_partitions=spec.partitions,
            replication_factor=spec.replicas_on(brokers),
            config=spec.configuration(brokers),
        )
        for spec in read_topics()
        if spec.name not in present
    ]
    for made in client.create_topics(missing).values() if missing else ():
        made.result(timeout=60)
