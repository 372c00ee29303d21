"""The processes of a plant: what is written is seen, and a signal ends each in order."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.delivery.plant import GROUP, Plant, until
from tests.e2e.delivery.writing import Writer
from tests.e2e.program import bearer

pytestmark = [pytest.mark.slow, pytest.mark.kafka]


def test_what_is_written_is_seen_and_everybody_stops_in_order(plant: Plant) -> None:
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
        url = f"http://127.0.0.1:{worker.port}"
        assert httpx.get(f"{url}/livez").status_code == 200
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert httpx.get(f"{url}/nothing").status_code == 404
        assert httpx.post(f"{url}/livez").status_code == 405
    metrics = httpx.get(f"http://127.0.0.1:{consumer.port}/api/metrics").text
    assert f'consumer_events_total{{group="{GROUP}",outcome="applied"}}' in metrics
    leading = [
        "relay_leader 1.0" in httpx.get(f"http://127.0.0.1:{one.port}/api/metrics").text
        for one in (relay, standby)
    ]
    assert sorted(leading) == [False, True]
    operator = {"authorization": f"Bearer {plant.environment['ADMIN_TOKEN']}"}
    health = httpx.get(
        f"http://127.0.0.1:{hub.port}/api/health/detailed", headers=operator, timeout=30
    ).json()
    assert health["parts"]["outbox"]["reachable"], health
    assert health["householdsBehind"] == {"dashboard": 0}
    assert [worker.stop() for worker in plant.workers] == [0, 0, 0, 0, 0]
    assert consumer.events("worker_stopped")
    assert plant.run("verify").returncode == 0
    gone = plant.run("relay", "--leave")
    assert gone.returncode == 0, gone.stderr
