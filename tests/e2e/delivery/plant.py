"""A whole plant: hub, relays and consumers as processes on PostgreSQL and Kafka."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from pfh.adapters.event_stream.kafka_messages import delivery_of
from tests.e2e.program import COMMAND

TOPIC = "personal_finance.transactions.v1"
GROUP = "pfh-dashboard-consumer"
PATIENCE_SECONDS = 60.0


def until(ask: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS, what: str = "") -> None:
    """Wait for a condition."""
    limit = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < limit, f"{what or ask} is not so after {seconds:.0f} s"
        time.sleep(0.02)


@dataclass
class Worker:
    """One process of the plant; every start appends to one log."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: dict[str, str]
    started: str = "worker_started"
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def log(self) -> Path:
        """The file with everything that it wrote."""
        return self.folder / f"{self.name}.log"

    def start(self, *, fail_at: str = "", wait: bool = True) -> None:
        """Start it, to die at a failpoint if one is named."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        environment = {**os.environ, "PYTHONPATH": "src", **self.environment}
        if fail_at:
            environment["PFH_TEST_FAIL_AT"] = fail_at
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, *self.command], env=environment, stdout=output, stderr=output
            )
        if wait:
            until(lambda: self._has_started(begin), what=f"{self.name} started: {self.log}")

    def is_alive(self) -> bool:
        """Tell whether it runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_SECONDS)
        self.process = None
        return code

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of its log about something."""
        texts = self.log.read_text(errors="replace").splitlines()
        lines = (json.loads(text) for text in texts if text.startswith("{") and text.endswith("}"))
        return [line for line in lines if line["event"] == name]

    def _has_started(self, begin: int) -> bool:
        written = self.log.read_bytes()[begin:].decode(errors="replace")
        for line in written.splitlines():
            if f'"event":"{self.started}"' in line.replace(" ", "") and line.endswith("}"):
                self.port = int(json.loads(line)["port"] or 0)
                return True
        return self.process is not None and self.process.poll() is not None


@dataclass
class Plant:
    """The processes of one installation and what they share."""

    folder: Path
    environment: dict[str, str]
    brokers: str
    workers: list[Worker] = field(default_factory=list)
    # Making one costs more than a request: it reads the system's certificates.
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def worker(self, name: str, *command: str, **environment: str) -> Worker:
        """Return a new process, not started yet."""
        folder = self.folder / name
        folder.mkdir()
        own = {
            "PFH_DATA_DIR": str(folder),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "PFH_PROBES_PORT": "0",
            "PFH_NODE": str(len(self.workers)),
            **environment,
        }
        started = "hub_started" if command == ("serve",) else "worker_started"
        made = Worker(name, command, self.folder, {**self.environment, **own}, started)
        self.workers.append(made)
        return made

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same books."""
        folder = self.folder / "command"
        environment = {**os.environ, "PYTHONPATH": "src", **self.environment}
        return subprocess.run(
            [*COMMAND, *arguments],
            env={**environment, "PFH_DATA_DIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def messages(self) -> list[tuple[int, int]]:
        """Return household and number of every message of the topic, partition by partition."""
        consumer = Consumer({"bootstrap.servers": self.brokers, "group.id": "looking on"})
        found = []
        try:
            partitions = consumer.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions
            for number in sorted(partitions):
                found += list(_partition(consumer, number))
        finally:
            consumer.close()
        return found

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Kill every process at the end."""
        try:
            yield
        finally:
            self.client.close()
            for worker in self.workers:
                worker.kill()


def _partition(consumer: Consumer, number: int) -> Iterator[tuple[int, int]]:
    place = TopicPartition(TOPIC, number, OFFSET_BEGINNING)
    _, end = consumer.get_watermark_offsets(place, timeout=30)
    consumer.assign([place])
    at = 0
    while at < end:
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        delivery = delivery_of(message)
        assert delivery.event is not None, delivery.fault
        at = delivery.offset + 1
        yield delivery.event.household_id, delivery.event.household_seq


def first_sights(messages: list[tuple[int, int]]) -> dict[int, list[int]]:
    """Return for each household its numbers in the order in which they were seen first."""
    found: dict[int, dict[int, None]] = {}
    for household, number in messages:
        found.setdefault(household, {})[number] = None
    return {household: list(numbers) for household, numbers in found.items()}
