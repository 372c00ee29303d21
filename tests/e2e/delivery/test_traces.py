"""One trace and one correlation from a browser's request to what a consumer made of it."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

from tests.e2e.delivery.plant import GROUP, TOPIC, Plant, until
from tests.e2e.delivery.writing import Writer
from tests.e2e.program import bearer
from tests.servers.otlp import Collector, SeenSpan, collector

pytestmark = [pytest.mark.slow, pytest.mark.kafka]
SECRET = "Dinner with Ann and Bob"


def test_one_trace_leads_from_the_browser_to_the_read_model(small_plant: Plant) -> None:
    plant = small_plant
    with collector() as sink:
        plant.environment |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        _write_and_see(plant, sink)
    assert not [body for body in sink.bodies if SECRET.encode() in body]
    assert not [body for body in sink.bodies if b"ann@example.org" in body]


def _write_and_see(plant: Plant, sink: Collector) -> None:
    relay = plant.worker("relay", "relay")
    consumer = plant.worker("consumer", "consume", "--group", GROUP, PFH_LOG_LEVEL="debug")
    hub = plant.worker("hub", "serve")
    for worker in (hub, relay, consumer):
        worker.start()
    ann = Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", "ann")
    ann.begin()
    trace_id, browser = os.urandom(16).hex(), os.urandom(8).hex()
    traced = {
        **bearer(ann.token),
        "traceparent": f"00-{trace_id}-{browser}-01",
        "X-Correlation-ID": "browser-7",
        "Idempotency-Key": "once",
    }
    body = {
        "description": SECRET, "amount": "1.00", "transactionType": "expense",
        "transactionDate": "2026-11-20", "accountId": ann.account,
    }  # fmt: skip
    url = f"http://127.0.0.1:{hub.port}"
    answer = httpx.post(f"{url}/api/transactions", json=body, headers=traced, timeout=30)
    assert answer.status_code == 201, answer.text
    assert answer.headers["x-correlation-id"] == "browser-7"
    _check_trace(sink, trace_id, browser)

    def applied() -> list[dict[str, Any]]:
        lines = consumer.events("events_applied")
        return [line for line in lines if line["correlation_id"] == "browser-7"]

    until(lambda: bool(applied()), what="the line of the consumer")
    assert [line["trace_id"] for line in applied()] == [trace_id]


def _check_trace(sink: Collector, trace_id: str, browser: str) -> None:
    def named(name: str) -> list[SeenSpan]:
        return [one for one in sink.spans(trace_id) if one.name == name]

    for name in ("POST /api/transactions", f"send {TOPIC}", f"process {TOPIC}"):
        until(lambda name=name: bool(named(name)), what=f"the span {name}")  # type: ignore[misc]  # The name of now.
    spans = {one.span_id: one for one in sink.spans(trace_id)}
    [request] = named("POST /api/transactions")
    assert (request.service, request.kind, request.parent_id) == ("pfh-backend", "server", browser)
    assert request.attributes["http.response.status_code"] == 201
    [sent] = named(f"send {TOPIC}")
    assert (sent.service, sent.kind, sent.parent_id) == ("pfh-relay", "producer", request.span_id)
    [processed] = named(f"process {TOPIC}")
    assert (processed.service, processed.kind) == ("pfh-consumer", "consumer")
    assert processed.parent_id == sent.span_id
    assert processed.links[0] == sent.span_id
    correlations = {one.attributes["pfh.correlation_id"] for one in (request, sent, processed)}
    assert correlations == {"browser-7"}
    stored = [one for one in spans.values() if one.parent_id == request.span_id]
    made = [one for one in spans.values() if one.parent_id == processed.span_id]
    for calls in (stored, made):
        names = {one.name for one in calls if one.attributes.get("db.system.name") == "postgresql"}
        assert any(name.startswith(("INSERT ", "UPDATE ")) for name in names), names
