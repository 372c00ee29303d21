"""Finds or starts Apache Kafka: one broker for a run, or a cluster of a test's own.

Order: `PFH_TEST_KAFKA_BROKERS` (host:port,…; topics that begin with `test_` are made and deleted
there), then brokers under this machine's Java whose jars Maven gets. Ours are brokers and
controllers in one, without ZooKeeper and without a topic that nobody created.
"""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.servers import java, local_process
from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

BROKER = Path(__file__).with_name("kafka_broker")
ANSWER_SECONDS = 5.0
# The compiler that optimises and the collector for many cores would double the time of a start.
JAVA = ("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
CONFIGURATION = """
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={directory}/data
auto.create.topics.enable=false
default.replication.factor={copies}
min.insync.replicas={copies_in_sync}
offsets.topic.num.partitions=4
offsets.topic.replication.factor={copies}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={copies_in_sync}
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={copies_in_sync}
# A group begins at once, and a member that died is missed within seconds.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=8000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=1000
# So is a broker: the leader of a partition that was killed is replaced after five seconds.
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=5000
num.network.threads=2
num.io.threads=4
# The usual 128 MiB do not fit into the heap.
log.cleaner.dedupe.buffer.size=4194304
"""


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
    classes = java.jars(BROKER / "pom.xml")
    return KafkaCluster(run, classes, run.path / f"kafka-{secrets.token_hex(4)}", brokers)


def answers(bootstrap: str, *, brokers: int) -> bool:
    """Tell whether a cluster answers and knows at least so many brokers that are up."""
    try:
        known = _client(bootstrap).list_topics(timeout=ANSWER_SECONDS).brokers
    except KafkaException:
        return False
    return len(known) >= brokers


def delete_topics(bootstrap: str, prefix: str) -> None:
    """Delete the topics whose names begin with `prefix`, and wait until that is done."""
    client = _client(bootstrap)
    names = [name for name in client.list_topics(timeout=30).topics if name.startswith(prefix)]
    for deleted in client.delete_topics(names).values() if names else ():
        deleted.result(timeout=30)


def _client(bootstrap: str) -> AdminClient:
    # Brokers that are not there are what some tests are about, so the library says nothing of it.
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


@dataclass
class KafkaBroker:
    """One broker of a cluster: it can die and come back on the same ports, with the same data."""

    run: RunDirectory
    classes: Path
    directory: Path
    number: int
    port: int = field(default_factory=local_process.free_port)
    controller_port: int = field(default_factory=local_process.free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"

    @property
    def runs(self) -> bool:
        """Tell whether its process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def _configuration(self) -> Path:
        return self.directory / "server.properties"

    def format(self, configuration: str, cluster: str) -> None:
        """Write its configuration and make its storage.

        Args:
            configuration: the text of `server.properties`.
            cluster: the id that all brokers of one cluster share.

        Raises:
            Missing: the tool refuses.
        """
        self.directory.mkdir(parents=True)
        self._configuration.write_text(configuration, encoding="ascii")
        tool = [*self._java, "kafka.tools.StorageTool", "format", "-t", cluster]
        done = subprocess.run(
            [*tool, "-c", f"{self._configuration}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            words = " ".join((done.stdout + done.stderr).strip().splitlines()[-1:])
            raise Missing(f"the storage of a Kafka broker cannot be made: {words}")

    def spawn(self) -> None:
        """Start it without waiting: a first broker of three does not answer before a second."""
        command = [*self._java, "kafka.Kafka", f"{self._configuration}"]
        self._process = local_process.spawn(command, self.directory / "log")
        self.run.own_process(self._process.pid)

    def wait(self, *, brokers: int = 1) -> None:
        """Return once it serves clients and knows so many brokers, itself counted.

        Raises:
            Missing: it ended or does not answer.
        """
        assert self._process is not None
        local_process.wait(
            self._process,
            self.directory / "log",
            answers=lambda: java.accepts(self.port) and answers(self.address, brokers=brokers),
            seconds=java.START_SECONDS,
        )

    def start(self) -> None:
        """Start it, unless it runs, and wait until it serves; raises Missing."""
        if not self.runs:
            self.spawn()
        self.wait()

    def stop(self) -> None:
        """Stop it in order: it hands its partitions over first."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it with SIGKILL, and wait until it is gone."""
        self._end(kill=True)

    def leave_running(self) -> None:
        """Let it outlive this process: the end of the run stops it."""
        assert self._process is not None
        java.leave_running(self._process)

    @property
    def _java(self) -> list[str]:
        logging = "-Dorg.apache.logging.log4j.level=WARN"
        return [*JAVA, logging, "-cp", f"{self.classes}/*"]

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(timeout=java.START_SECONDS)
        self._process = None


class KafkaCluster:
    """Brokers of one's own; with three, every topic has three copies of which two must be in sync.

    Args:
        run: stops what is left at its end.
        classes: the folder with the jars.
        directory: made anew.
        brokers: 1 or 3.
    """

    def __init__(self, run: RunDirectory, classes: Path, directory: Path, brokers: int) -> None:
        self._classes = classes
        self.brokers = tuple(
            KafkaBroker(run, classes, directory / f"broker-{number}", number)
            for number in range(1, brokers + 1)
        )

    @property
    def bootstrap(self) -> str:
        """What KAFKA_BROKERS wants."""
        return ",".join(broker.address for broker in self.brokers)

    @property
    def version(self) -> str:
        """Of the broker's jar."""
        jar = next(self._classes.glob("kafka_*.jar"))
        return jar.stem.rpartition("-")[2]

    def broker(self, number: int) -> KafkaBroker:
        """Return the broker that calls itself so: Kafka's metadata names leaders by it."""
        return self.brokers[number - 1]

    def start(self) -> None:
        """Start the brokers that do not run, and wait until each knows all.

        Raises:
            Missing: one of them does not start.
        """
        if not self.brokers[0].directory.exists():
            self._format()
        for broker in self.brokers:
            if not broker.runs:
                broker.spawn()
        for broker in self.brokers:
            broker.wait(brokers=len(self.brokers))

    def kill(self) -> None:
        """End all of them with SIGKILL."""
        for broker in self.brokers:
            broker.kill()

    def leave_running(self) -> None:
        """Let all of them outlive this process: the end of the run stops them."""
        for broker in self.brokers:
            broker.leave_running()

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        voters = ",".join(f"{one.number}@127.0.0.1:{one.controller_port}" for one in self.brokers)
        for broker in self.brokers:
            configuration = CONFIGURATION.format(
                number=broker.number,
                port=broker.port,
                controller_port=broker.controller_port,
                voters=voters,
                directory=broker.directory,
                copies=len(self.brokers),
                copies_in_sync=2 if len(self.brokers) > 1 else 1,
            )
            broker.format(configuration, cluster)
