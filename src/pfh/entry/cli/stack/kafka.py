"""Apache Kafka: brokers under this machine's Java, whose jars Maven gets.

Brokers are controllers as well, there is no ZooKeeper, and no topic that nobody created.
"""

from __future__ import annotations

import base64
import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from pfh.entry.cli.stack import java, local_process
from pfh.entry.cli.stack.local_process import Own
from pfh.entry.cli.stack.missing import AddressTaken, Missing

BROKER: Final = Path(__file__).with_name("kafka_broker")
ANSWER_SECONDS: Final = 5.0
# The compiler that optimises and the collector for many cores would double the time of a start.
JAVA: Final = ("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
CONFIGURATION: Final = """
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


def new_cluster(directory: Path, *, brokers: int, own: Own) -> KafkaCluster:
    """Return a cluster of one or three brokers, not started yet.

    Args:
        directory: made anew, with a folder for each broker.
        brokers: 1, or 3 with three copies of each topic, of which two must be in sync.
        own: is told the id of each process.

    Raises:
        Missing: there is no Java or Maven, or Maven cannot get the jars.
    """
    return KafkaCluster(java.jars(BROKER / "pom.xml"), directory, brokers, own)


def answers(bootstrap: str, *, brokers: int) -> bool:
    """Tell whether a cluster answers and knows at least so many brokers that are up."""
    try:
        known = client_of(bootstrap).list_topics(timeout=ANSWER_SECONDS).brokers
    except KafkaException:
        return False
    return len(known) >= brokers


def client_of(bootstrap: str) -> AdminClient:
    """Return a client of the brokers that prints nothing."""
    # A broker that is not there yet is no news, so the library says nothing of it.
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


@dataclass
class KafkaBroker:
    """One broker of a cluster: it can die and come back on the same ports, with the same data."""

    classes: Path
    directory: Path
    number: int
    own: Own
    port: int = field(default_factory=local_process.free_port)
    controller_port: int = field(default_factory=local_process.free_port)
    options: tuple[str, ...] = ()
    """More options of the JVM that serves."""
    _process: subprocess.Popen[bytes] | None = None
    _begins: int = 0

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

    @property
    def process_id(self) -> int:
        """The id of its process, which runs."""
        assert self._process is not None
        return self._process.pid

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
        tool = [*self._java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
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
        command = [*self._java, *self.options, "kafka.Kafka", f"{self._configuration}"]
        self._begins = local_process.end_of(self._log)
        self._process = local_process.spawn(command, self._log, own=self.own)

    def wait(self, *, brokers: int = 1) -> None:
        """Return once it serves clients and knows so many brokers, itself counted.

        Raises:
            Missing: it ended or does not answer.
        """

        def again() -> None:
            self.spawn()
            self._wait(brokers)

        try:
            self._wait(brokers)
        except AddressTaken:
            local_process.until_address_is_free(again)

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
        """Let it outlive this process."""
        assert self._process is not None
        local_process.leave_running(self._process)

    def _wait(self, brokers: int) -> None:
        assert self._process is not None
        local_process.wait(
            self._process,
            self._log,
            answers=lambda: (
                local_process.accepts(self.port) and answers(self.address, brokers=brokers)
            ),
            seconds=java.START_SECONDS,
            begins=self._begins,
        )

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    @property
    def _java(self) -> list[str]:
        logging = "-Dorg.apache.logging.log4j.level=WARN"
        return [*JAVA, *java.archived(self.classes), logging, "-cp", f"{self.classes}/*"]

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
        classes: the folder with the jars.
        directory: made anew.
        brokers: 1 or 3.
        own: is told the id of each process.
    """

    def __init__(self, classes: Path, directory: Path, brokers: int, own: Own) -> None:
        self._classes = classes
        self.brokers = tuple(
            KafkaBroker(classes, directory / f"broker-{number}", number, own)
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
        """Let all of them outlive this process."""
        for broker in self.brokers:
            broker.leave_running()

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        voters = ",".join(f"{one.number}@127.0.0.1:{one.controller_port}" for one in self.brokers)

        def format_one(broker: KafkaBroker) -> None:
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

        with ThreadPoolExecutor() as threads:
            list(threads.map(format_one, self.brokers))
