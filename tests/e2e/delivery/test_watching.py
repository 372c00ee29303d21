"""The exporter beside a plant on real servers: no lag is hidden, and no dashboard has a gap."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.architecture.tree import ROOT
from tests.deploy.test_dashboards import panels
from tests.e2e.delivery.plant import GROUP, PATIENCE_SECONDS, TOPIC, Plant, Worker, until
from tests.e2e.delivery.writing import Writer
from tests.e2e.program import PASSWORD, bearer
from tests.servers.found import Server
from tests.servers.kafka import KafkaCluster
from tests.servers.redis import RedisProcess
from tests.servers.run_directory import RunDirectory
from tests.servers.watchers import prometheus

pytestmark = [pytest.mark.slow, pytest.mark.kafka]
LAG = "kafka_consumer_group_lag"
PARTS = ("activity", "kafka", "outbox", "parking")


@pytest.fixture
def plant(small_plant: Plant) -> Plant:
    """Return a plant on one broker."""
    return small_plant


def told(worker: Worker, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """Return the samples of one metric by their labels."""
    text = httpx.get(f"http://127.0.0.1:{worker.port}/api/metrics", timeout=30).text
    return {
        frozenset(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def lag(exporter: Worker) -> float | None:
    """Return the lag over all partitions; nothing while the exporter tells of none."""
    partitions = told(exporter, LAG)
    return sum(partitions.values()) if partitions else None


def tells(exporter: Worker, name: str, value: float, **labels: str) -> bool:
    """Tell whether a metric has a value now: a part that was late for once tells none."""
    return told(exporter, name).get(labelled(**labels)) == value


def labelled(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def test_lag_is_told_while_nobody_consumes_and_nothing_of_a_broker_that_is_gone(
    plant: Plant, kafka_broker: KafkaCluster
) -> None:
    hub, relay = plant.worker("hub", "serve"), plant.worker("relay", "relay")
    exporter = plant.worker("exporter", "exporter")
    for worker in (relay, hub, exporter):
        worker.start()
    ann = Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", "ann")
    ann.begin()
    for _ in range(5):
        ann.write(lambda: False)
    until(lambda: (lag(exporter) or 0) >= 5, what="a lag without any consumer")
    until(lambda: len(told(exporter, LAG)) == 12, what="a lag of each partition")
    place = labelled(group=GROUP, topic=TOPIC)
    age, members = "kafka_consumer_oldest_age_seconds", "kafka_consumer_group_members"
    until(lambda: told(exporter, age).get(place, 0) > 0, what="an age")
    until(lambda: tells(exporter, members, 0, group=GROUP), what="a group without members")
    until(lambda: tells(exporter, "kafka_brokers", 1), what="one broker")
    all_up = {labelled(part=name): 1.0 for name in PARTS}
    until(lambda: told(exporter, "exporter_part_up") == all_up, what="every part")
    until(lambda: tells(exporter, "outbox_events", 0), what="an empty outbox")
    until(lambda: tells(exporter, "consumer_parked_households", 0, group=GROUP), what="no parked")

    consumer = plant.worker("consumer", "consume", "--group", GROUP)
    consumer.start()
    until(lambda: lag(exporter) == 0, what="no lag behind a consumer")
    until(lambda: tells(exporter, members, 1, group=GROUP), what="one member")
    until(lambda: tells(exporter, age, 0, group=GROUP, topic=TOPIC), what="no age")

    kafka_broker.kill()
    until(lambda: tells(exporter, "exporter_part_up", 0, part="kafka"), what="no broker")
    assert told(exporter, LAG) == {}
    until(lambda: tells(exporter, "exporter_part_up", 1, part="outbox"), what="the outbox")
    metrics = httpx.get(f"http://127.0.0.1:{exporter.port}/api/metrics", timeout=30).text
    for name in ("household_id=", "household=", "user_id=", "email=", "ann@"):
        assert name not in metrics
    assert exporter.stop() == 0


# What the exporters of servers tell, in the names and labels of their documentation: none of them
# can be run here. Counters grow by `n`, which each scrape raises.
_POSTGRES = """\
pg_up 1
pg_stat_activity_count{{datname="personal_finance",state="active"}} 3
pg_stat_activity_count{{datname="personal_finance",state="idle"}} 9
pg_settings_max_connections 200
pg_stat_database_xact_commit{{datname="personal_finance"}} {n}
pg_stat_database_xact_rollback{{datname="personal_finance"}} {n}
pg_stat_database_deadlocks{{datname="personal_finance"}} {n}
pg_stat_database_blks_hit{{datname="personal_finance"}} {n}
pg_stat_database_blks_read{{datname="personal_finance"}} {n}
pg_stat_statements_seconds_total{{datname="personal_finance",queryid="1",user="pfh_app"}} {n}
pg_long_running_transactions_count{{threshold="60"}} 0
pg_locks_count{{datname="personal_finance",mode="accesssharelock"}} 2
pg_database_size_bytes{{datname="personal_finance"}} 9000000
pg_replication_lag_seconds 0.5
pg_replication_slot_safe_wal_size_bytes{{slot_name="one",slot_type="physical"}} 8000000000
pg_replication_slot_slot_is_active{{slot_name="one",slot_type="physical"}} 1
"""
_REDIS = """\
redis_up 1
redis_memory_used_bytes 1000000
redis_memory_max_bytes 536870912
redis_evicted_keys_total {n}
redis_keyspace_hits_total {n}
redis_keyspace_misses_total {n}
"""
_NODE = """\
node_cpu_seconds_total{{cpu="0",mode="idle"}} {n}
node_cpu_seconds_total{{cpu="0",mode="user"}} {n}
node_memory_MemAvailable_bytes 5000000000
node_memory_MemTotal_bytes 8000000000
node_filesystem_avail_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} 60000000000
node_filesystem_size_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} 90000000000
"""
RECORDED = {"postgres": _POSTGRES, "redis": _REDIS, "node": _NODE}
STATEMENT = b"Date,Description,Amount\n2026-11-02,Bread,-3.20\n2026-11-03,Salary,1500.00\n"


@contextmanager
def recorded_exporters() -> Iterator[int]:
    """Tell of servers beside the block, at `/JOB`; yields the port."""
    scrapes = count()

    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = RECORDED[self.path.strip("/")].format(n=next(scrapes)).encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def configuration(workers: dict[str, Worker], recorded: int) -> dict[str, Any]:
    """Return a configuration with the jobs of the deployed one, each second."""
    jobs: list[dict[str, Any]] = [
        {
            "job_name": job,
            "metrics_path": "/api/metrics",
            "static_configs": [{"targets": [f"127.0.0.1:{worker.port}"]}],
        }
        for job, worker in workers.items()
    ]
    for job in RECORDED:
        server = {"postgres": "postgres-master", "redis": "redis-cache"}.get(job, "")
        static = {"targets": [f"127.0.0.1:{recorded}"], "labels": {"server": server}}
        jobs.append({"job_name": job, "metrics_path": f"/{job}", "static_configs": [static]})
    deployed = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    assert {one["job_name"] for one in jobs} <= {
        one["job_name"] for one in deployed["scrape_configs"]
    }
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    rules = str(ROOT / "deploy" / "prometheus" / "rules" / "*.yml")
    return {"global": every, "rule_files": [rules], "scrape_configs": jobs}


def load(ann: Writer, hub: Worker) -> None:
    """Do once what people do: write, look, sign in well and badly, and import a file."""
    url, own = f"http://127.0.0.1:{hub.port}", bearer(ann.token)
    ann.write(lambda: False)
    wish = {"email": "ann@example.org", "password": PASSWORD}
    with httpx.Client(base_url=url, timeout=30) as client:
        assert client.get("/api/dashboard?period=2026-11", headers=own).status_code == 200
        # Once the throttle is at work, that is something to see as well.
        assert client.post("/api/auth/login", json=wish).status_code in {200, 429}
        assert client.get("/api/auth/me").status_code == 401
        name = f"{len(ann.acknowledged)}.csv"
        file = (name, STATEMENT + f"2026-11-04,{name},-1.00\n".encode())
        begun = client.post("/api/imports", files={"file": file}, headers=own)
        assert begun.status_code == 201, begun.text
        path = f"/api/imports/{begun.json()['id']}"
        until(lambda: client.get(path, headers=own).json()["status"] == "preview", what="preview")
        done = client.post(f"{path}/commit", json={"accountId": ann.account}, headers=own)
        assert done.status_code < 300, done.text


def is_told(series: list[dict[str, Any]]) -> bool:
    """Tell whether a query returned a figure at all; "not a number" is none."""
    return any(one["value"][1] != "NaN" for one in series)


def begin(plant: Plant, redis_process: RedisProcess) -> dict[str, Worker]:
    """Start every process of a plant with Redis, and return them by their job in Prometheus."""
    redis_process.start()
    for role in ("REDIS", "REDIS_CACHE"):
        plant.environment |= {
            f"{role}_HOST": "127.0.0.1",
            f"{role}_PORT": str(redis_process.port),
            f"{role}_PASSWORD": redis_process.password,
        }
    workers = {
        "backend": plant.worker("hub", "serve"),
        "relay": plant.worker("relay", "relay"),
        "consumer": plant.worker("consumer", "consume", "--group", GROUP),
        "scheduler": plant.worker("schedule", "schedule"),
        "exporter": plant.worker("exporter", "exporter"),
    }
    for worker in workers.values():
        worker.start()
    return workers


@pytest.mark.timeout(400)
def test_every_expression_of_every_dashboard_returns_something(
    plant: Plant,
    redis_process: RedisProcess,
    prometheus_program: Server,
    run_directory: RunDirectory,
    tmp_path: Path,
) -> None:
    """A real Prometheus scrapes a hub under load, with relay, consumer, schedule and exporter.

    postgres_exporter, redis_exporter and node_exporter are recorded: see `RECORDED`.
    """
    workers = begin(plant, redis_process)
    hub = workers["backend"]
    ann = Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", "ann")
    ann.begin()
    waiting = {line.expression for _, panel in panels() for line in panel.lines}
    assert len(waiting) > 60
    with (
        recorded_exporters() as recorded,
        prometheus(
            prometheus_program.address, configuration(workers, recorded), tmp_path, run_directory
        ) as watcher,
    ):
        limit = time.monotonic() + 3 * PATIENCE_SECONDS
        while waiting and time.monotonic() < limit:
            load(ann, hub)
            waiting -= {
                one
                for one in waiting
                if is_told(watcher.query(one.replace("$__rate_interval", "30s")))
            }
    assert not waiting, "nothing came of:\n" + "\n".join(sorted(waiting))
