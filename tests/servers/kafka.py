"""Finds or starts Apache Kafka: one broker for a run, or a cluster of a test's own.

Order: `PFH_TEST_KAFKA_BROKERS` (host:port,…; topics that begin with `test_` are made and deleted
there), then brokers under this machine's Java (`pfh.entry.cli.stack.kafka`).
"""

from __future__ import annotations

import os
import secrets

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # Public, but not in __all__.
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from pfh.entry.cli.stack.kafka import KafkaCluster, answers, client_of, new_cluster
from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

__all__ = ["KafkaCluster", "delete_topics", "find_kafka", "miss_the_dead_soon", "own_cluster"]
# As a member of a group that died is missed where a test waits for its heir.
_SOON = {"consumer.session.timeout.ms": "2000", "consumer.heartbeat.interval.ms": "500"}


def find_kafka(run: RunDirectory) -> Server:
    """Return a broker that tests share, each with topics and groups of its own.

    Raises:
        Missing: there is no address in the environment and no Java or Maven, or it does not start.
    """
    brokers = os.environ.get("PFH_TEST_KAFKA_BROKERS")
    if brokers:
        if not answers(brokers, brokers=1):
            raise Missing(f"no broker answers at PFH_TEST_KAFKA_BROKERS={brokers}")
        return Server(brokers, "unknown", "environment")
    cluster = own_cluster(run, brokers=1)
    cluster.start()
    cluster.leave_running()
    return Server(cluster.bootstrap, cluster.version, "java-server")


def own_cluster(run: RunDirectory, *, brokers: int) -> KafkaCluster:
    """Return a cluster of one or three brokers, not started yet, that the end of the run stops.

    Raises:
        Missing: there is no Java or Maven, or Maven cannot get the jars.
    """
    directory = run.path / f"kafka-{secrets.token_hex(4)}"
    return new_cluster(directory, brokers=brokers, own=run.own_process)


def delete_topics(bootstrap: str, prefix: str) -> None:
    """Delete the topics whose names begin with `prefix`, and wait until that is done."""
    client = client_of(bootstrap)
    names = [name for name in client.list_topics(timeout=30).topics if name.startswith(prefix)]
    for deleted in client.delete_topics(names).values() if names else ():
        deleted.result(timeout=30)


def miss_the_dead_soon(bootstrap: str, group: str) -> None:
    """Let a group miss a member that died after two seconds instead of eight."""
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in _SOON.items()
    ]
    resource = ConfigResource(ConfigResource.Type.GROUP, group, incremental_configs=entries)
    # Held until the answer is there, which a client that is collected never gets.
    client = client_of(bootstrap)
    for altered in client.incremental_alter_configs([resource]).values():
        altered.result(timeout=60)
