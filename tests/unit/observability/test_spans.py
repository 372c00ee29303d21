"""Spans cost nothing when nobody collects them, and harm nobody when the collector is away."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pfh.observability.opentelemetry_spans import open_tracer
from pfh.observability.spans import TRACING, call_span, inside, start_span, statement_span
from pfh.observability.tracing import traceparent
from tests.servers.otlp import collector
from tests.waiting import wait_until

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = CALLER[:-1] + "0"


@pytest.fixture(autouse=True)
def _untraced() -> Iterator[None]:
    token = traceparent.set(None)
    logger = logging.getLogger("opentelemetry")
    before = logger.handlers[:], logger.propagate
    yield
    TRACING.tracer = None
    logger.handlers[:], logger.propagate = before
    traceparent.reset(token)


def test_imports_no_sdk_when_no_collector_is_configured() -> None:
    program = """
import sys
import pfh.entry.web.app, pfh.entry.web.server, pfh.entry.cli.workers, pfh.entry.worker.relay
import pfh.entry.worker.consumer
from pfh.entry.traced_process import traced_process
from pfh.runtime.settings import load_settings
with traced_process(load_settings({}), "pfh-backend"):
    print([name for name in sys.modules if name.startswith(("opentelemetry", "requests"))])
"""
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


def test_begins_nothing_without_a_tracer() -> None:
    assert start_span("GET", "server", {}) is None
    token = traceparent.set(CALLER)
    with statement_span("sqlite", "SELECT 1") as span, inside(None) as nothing:
        assert span is nothing is None
        assert traceparent.get() == CALLER
    traceparent.reset(token)


def test_goes_on_with_the_callers_trace_and_names_statements_without_values() -> None:
    with collector() as sink:
        TRACING.tracer, close = open_tracer(sink.url, "pfh-test", "1")
        request = start_span("GET", "server", {}, parent=CALLER, links=[CALLER])
        with inside(request):
            with statement_span("sqlite", "SELECT name\n FROM accounts WHERE name = 'Ann'"):
                pass
            with statement_span("sqlite", "INSERT INTO events (a) VALUES ($1)"):
                pass
            with statement_span("sqlite", "WITH x AS (SELECT 1) UPDATE jobs SET a = 1"):
                pass
            moved = "WITH x AS (UPDATE heads SET a = 1 RETURNING b) SELECT count(*) FROM x"
            with statement_span("sqlite", moved):
                pass
            locked = "WITH x AS (SELECT a FROM heads FOR UPDATE) SELECT a FROM x"
            with statement_span("sqlite", locked):
                pass
            with (
                pytest.raises(ValueError, match="Ann"),
                call_span("sessions", {"db.system.name": "redis"}),
            ):
                raise ValueError("Ann")
        assert traceparent.get() is None
        close()
    *calls, top = sink.spans("4bf92f3577b34da6a3ce929d0e0e4736")
    assert top.parent_id == "00f067aa0ba902b7"
    assert top.links == ("00f067aa0ba902b7",)
    assert {one.parent_id for one in calls} == {top.span_id}
    assert [one.name for one in calls] == [
        "SELECT accounts", "INSERT events", "UPDATE jobs", "UPDATE heads", "SELECT x", "sessions",
    ]  # fmt: skip
    assert calls[0].attributes == {
        "db.system.name": "sqlite",
        "db.operation.name": "SELECT",
        "db.query.summary": "SELECT accounts",
        "db.collection.name": "accounts",
    }
    assert calls[-1].attributes["error.type"] == "ValueError"
    assert not [body for body in sink.bodies if b"Ann" in body]


def test_does_not_trace_what_the_caller_or_the_sampler_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    with collector() as sink:
        TRACING.tracer, close = open_tracer(sink.url, "pfh-test", "1")
        for parent in (UNSAMPLED, None):
            span = start_span("GET", "server", {}, parent=parent)
            assert span is not None
            # The trace goes on, as one that nobody collects.
            assert span.traceparent.endswith("-00")
            with inside(span), statement_span("sqlite", "SELECT 1") as statement:
                assert statement is None
        close()
    assert sink.spans() == []


def test_a_collector_that_is_away_costs_neither_time_nor_memory_nor_a_flood_of_lines(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    TRACING.tracer, close = open_tracer("http://127.0.0.1:9", "pfh-test", "1")
    begun = time.process_time()
    for _ in range(1000):
        span = start_span("GET", "server", {})
        assert span is not None
        span.end()
    assert time.process_time() - begun < 10

    def told() -> int:
        return sum(one.getMessage() == "traces_not_sent" for one in caplog.records)

    wait_until(lambda: told() > 0, what="the complaint")
    begun = time.monotonic()
    close()
    assert time.monotonic() - begun < 30
    assert told() == 1
