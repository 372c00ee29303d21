"""The processes of a plant: what is written is seen, and a signal ends each in order."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.e2e.delivery.plant import GROUP, PATIENCE_SECONDS, Plant, Worker, until
from tests.e2e.delivery.writing import Writer
from tests.e2e.program import bearer

pytestmark = [pytest.mark.slow, pytest.mark.kafka]


def ask(worker: Worker, path: str, method: str = "GET", **more: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's own options
    return httpx.request(
        method, f"http://127.0.0.1:{worker.port}{path}", timeout=PATIENCE_SECONDS, **more
    )


def status(worker: Worker, path: str, method: str = "GET") -> int:
    return ask(worker, path, method).status_code


def leaders(*relays: Worker) -> int:
    return sum("relay_leader 1.0" in ask(one, "/api/metrics").text for one in relays)


def test_what_is_written_is_seen_and_everybody_stops_in_order(small_plant: Plant) -> None:
    plant = small_plant
    relay, standby = plant.worker("relay", "relay"), plant.worker("standby", "relay")
    consumer = plant.worker("consumer", "consume", "--group", GROUP, PFH_LOG_LEVEL="debug")
    schedule = plant.worker("schedule", "schedule")
    hub = plant.worker("hub", "serve")
    for worker in (relay, hub, consumer, standby, schedule):
        worker.start()
    ann = Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", "ann")
    ann.begin()
    for _ in range(20):
        ann.write(lambda: False)

    def seen() -> bool:
        answer = httpx.get(
            f"http://127.0.0.1:{hub.port}/api/dashboard?period=2026-11",
            headers=bearer(ann.token),
            timeout=30,
        ).json()
        return bool(answer["householdSeq"] >= ann.seq)

    until(seen, what="the dashboard shows the last write")
    until(lambda: bool(consumer.events("events_applied")), what="the consumer applies events")
    traced = consumer.events("events_applied")[-1]
    assert traced["group"] == GROUP
    assert traced["correlation_id"]
    for worker in (relay, consumer, schedule):
        until(lambda worker=worker: status(worker, "/readyz") == 200, what=f"{worker.name} ready")  # type: ignore[misc]  # The worker of now.
        assert status(worker, "/livez") == 200
        assert status(worker, "/nothing") == 404
        assert status(worker, "/livez", "POST") == 405
    applied = f'consumer_events_total{{group="{GROUP}",outcome="applied"}}'
    assert applied in ask(consumer, "/api/metrics").text
    until(lambda: leaders(relay, standby) == 1, what="one leader of the two")
    operator = {"authorization": f"Bearer {plant.environment['ADMIN_TOKEN']}"}

    def is_whole() -> bool:
        found = ask(hub, "/api/health/detailed", headers=operator).json()
        whole = found["parts"]["outbox"]["reachable"]
        return bool(whole and found["householdsBehind"] == {"dashboard": 0})

    until(is_whole, what="an outbox that answers and nobody behind")
    early = plant.run("relay", "--leave")
    assert (early.returncode, "stop every `pfh relay`" in early.stderr) == (1, True)
    assert [worker.stop() for worker in plant.workers] == [0, 0, 0, 0, 0]
    assert consumer.events("worker_stopped")
    assert plant.run("verify").returncode == 0
    gone = plant.run("relay", "--leave")
    assert gone.returncode == 0, gone.stderr
