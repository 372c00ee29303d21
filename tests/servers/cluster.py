"""Every server of a cluster, for a module of its own that may kill and start each of them.

It exists beside the servers of the run, which other tests use at the same time and nobody may stop.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_topics import KafkaTopics
from pfh.adapters.event_stream.topic_spec import read_topics
from pfh.entry.cli.stack.parts import CACHE, MASTER
from tests.servers.found import Missing
from tests.servers.kafka import KafkaCluster, own_cluster
from tests.servers.mongo import MongoProcess
from tests.servers.postgres_replica import ReplicatedPostgres, start_replicated_postgres
from tests.servers.redis import RedisProcess, find_program
from tests.servers.run_directory import RunDirectory
from tests.servers.s3 import BUCKET, SeaweedProcess
from tests.servers.s3 import find_program as find_weed

# A busy machine is no server that is down; one that is down refuses at once.
PATIENT_MILLISECONDS = 5_000


@dataclass(frozen=True, slots=True)
class ClusterServers:
    """The servers, all running; `stop` ends them."""

    postgres: ReplicatedPostgres
    redis_master: RedisProcess
    redis_cache: RedisProcess
    mongo: MongoProcess
    s3: SeaweedProcess
    kafka: KafkaCluster

    def settings(self, database_url: str) -> dict[str, str]:
        """Return the settings of a hub whose books are in this database of the primary."""
        parts = urlsplit(database_url)
        name = parts.path.removeprefix("/")
        found = {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": f"{self.postgres.primary.port}",
            "POSTGRES_READ_HOST": "127.0.0.1",
            "POSTGRES_READ_PORT": f"{self.postgres.replica.port}",
            "POSTGRES_DB": name,
            "POSTGRES_USER": unquote(parts.username or ""),
            "POSTGRES_PASSWORD": unquote(parts.password or ""),
            "KAFKA_BROKERS": self.kafka.bootstrap,
            "MONGODB_URI": urlsplit(self.mongo.uri)._replace(path=f"/{name}").geturl(),
            "S3_ENDPOINT": self.s3.options.endpoint,
            "S3_BUCKET": self.s3.options.bucket,
            "S3_ACCESS_KEY": self.s3.options.access_key,
            "S3_SECRET_KEY": self.s3.options.secret_key,
            "REDIS_TIMEOUT_MILLISECONDS": f"{PATIENT_MILLISECONDS}",
            # Processes of one hub sign with the same key.
            "PFH_SECRET_KEY": secrets.token_hex(32),
            "ADMIN_TOKEN": secrets.token_hex(32),
        }
        for prefix, process in (("REDIS", self.redis_master), ("REDIS_CACHE", self.redis_cache)):
            found[f"{prefix}_HOST"] = "127.0.0.1"
            found[f"{prefix}_PORT"] = f"{process.port}"
            found[f"{prefix}_PASSWORD"] = process.password
        return found

    def make_topics(self) -> None:
        """Make the hub's topics with few partitions, as many as two processes can share."""
        options = KafkaOptions(brokers=tuple(self.kafka.bootstrap.split(",")))
        topics = KafkaTopics(options, [replace(one, partitions=6) for one in read_topics()])
        topics.apply(topics.compare())

    def stop(self) -> None:
        """End all of them as a power cut would."""
        for process in (self.redis_master, self.redis_cache, self.mongo, self.s3):
            process.stop()
        self.kafka.kill()
        self.postgres.stop()


def start_cluster_servers(run: RunDirectory) -> ClusterServers:
    """Start all of them at once; their topics are made.

    Raises:
        Missing: one cannot be started; none of them runs then.
    """
    directory = run.path / f"cluster-{secrets.token_hex(4)}"
    directory.mkdir()
    program, _ = find_program()
    master = RedisProcess(program, directory / "redis-master", MASTER, own=run.own_process)
    cache = RedisProcess(program, directory / "redis-cache", CACHE, own=run.own_process)
    mongo = MongoProcess(directory / "mongo", run.own_process)
    s3 = SeaweedProcess(find_weed(), directory / "s3", BUCKET, run.own_process)
    kafka = own_cluster(run, brokers=1)
    postgres: list[ReplicatedPostgres] = []
    starts: Mapping[str, Callable[[], Any]] = {
        "postgres": lambda: postgres.append(start_replicated_postgres(run)),
        "redis-master": master.start,
        "redis-cache": cache.start,
        "mongo": mongo.start,
        "s3": s3.start,
        "kafka": kafka.start,
    }
    with ThreadPoolExecutor(len(starts)) as threads:
        started = {name: threads.submit(start) for name, start in starts.items()}
    failures = [f"{name}: {one.exception()}" for name, one in started.items() if one.exception()]
    if failures:
        for process in (master, cache, mongo, s3):
            process.stop()
        kafka.kill()
        for pair in postgres:
            pair.stop()
        raise Missing("; ".join(failures))
    made = ClusterServers(postgres[0], master, cache, mongo, s3, kafka)
    made.make_topics()
    return made
