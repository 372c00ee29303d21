"""A hundred kills of hub, relay and consumer between any two steps, under load.

`PFH_TEST_DRILL_SEED` repeats a run as far as processes can be repeated.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.e2e.delivery.plant import GROUP, Plant, Worker
from tests.e2e.delivery.proof import prove, settle
from tests.e2e.delivery.writing import Writer, writing
from tests.servers.kafka import miss_the_dead_soon

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(600)]
KILLS = 100
WRITERS = 4
# A process that its failpoint does not kill within this time is killed wherever it is.
LIFE_SECONDS = 4.0
HUB = ("events.appended", "write.settled", "write.committed", "")
RELAY = ("relay.read", "relay.published", "relay.noted", "")
CONSUMER = (
    "consumer.before_effect", "consumer.after_effect", "consumer.before_commit",
    "consumer.after_commit", "",
)  # fmt: skip


class Killer:
    """Starts and kills some processes of one kind, each time at another point."""

    def __init__(
        self, workers: Sequence[Worker], points: Sequence[str], kills: int, seed: int
    ) -> None:
        """Draw by the seed."""
        self.died: Counter[str] = Counter()
        self.error: BaseException | None = None
        self._workers = workers
        self._points = points
        self._kills = kills
        self._chance = random.Random(seed)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            for number in range(self._kills):
                self._kill_one(self._workers[number % len(self._workers)])
        except BaseException as error:  # noqa: BLE001 -- told by the test
            self.error = error

    def _kill_one(self, worker: Worker) -> None:
        point = self._chance.choice(self._points)
        worker.kill()
        worker.start(fail_at=f"{point}:{self._chance.randint(1, 5)}" if point else "")
        # A member of a group waits some seconds for its share before it comes to any point.
        patience = LIFE_SECONDS if point else self._chance.uniform(0.1, 1.0)
        limit = time.monotonic() + patience
        while worker.is_alive() and time.monotonic() < limit:
            time.sleep(0.01)
        self.died[point if not worker.is_alive() else "anywhere"] += 1
        worker.kill()


def test_every_write_counts_once_when_everything_is_killed(
    plant: Plant, migrated_postgres_url: str
) -> None:
    seed = int(os.environ.get("PFH_TEST_DRILL_SEED", "2711"))
    print(f"PFH_TEST_DRILL_SEED={seed}")  # noqa: T201 -- shown when the test fails
    hub = plant.worker("hub", "serve")
    relays = [plant.worker(f"relay-{n}", "relay") for n in (1, 2)]
    consumers = [plant.worker(f"consumer-{n}", "consume", "--group", GROUP) for n in (1, 2)]
    for worker in plant.workers:
        worker.start()
    writers = [
        Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", f"w{n}")
        for n in range(WRITERS)
    ]
    for writer in writers:
        writer.begin()
    over = threading.Event()
    threads = writing(writers, over)
    miss_the_dead_soon(plant.brokers, GROUP)
    killers = [
        # The lives of consumers are the longest; so all four end at about the same time.
        Killer([hub], HUB, KILLS * 32 // 100, seed),
        Killer(relays, RELAY, KILLS * 32 // 100, seed + 1),
        *(
            Killer([consumer], CONSUMER, KILLS * 18 // 100, seed + number)
            for number, consumer in enumerate(consumers, 2)
        ),
    ]
    for killer in killers:
        killer.thread.start()
    for killer in killers:
        killer.thread.join()
    over.set()
    for thread in threads:
        thread.join()
    died = sum((killer.died for killer in killers), Counter())
    assert [killer.error for killer in killers] == [None] * len(killers)
    assert sum(died.values()) == KILLS
    for worker in plant.workers:
        worker.start()
    settle(plant, migrated_postgres_url)
    prove(plant, migrated_postgres_url, writers)
    points = {*HUB, *RELAY, *CONSUMER} - {""}
    assert len(points & died.keys()) >= len(points) // 2, f"hardly any point was met: {died}"
    print(died, sum(len(writer.acknowledged) for writer in writers))  # noqa: T201 -- as above
