"""Prometheus and Alertmanager with the files of `deploy`: an alert goes all the way.

The target is a tiny server with one failed drill, for a drill that fails costs minutes; whatever
else is asked of Prometheus is the rules, relabelling and routing that an operator runs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.architecture.tree import ROOT
from tests.deploy.test_observability import PEOPLE, rendered
from tests.servers.found import Server
from tests.servers.run_directory import RunDirectory
from tests.servers.watchers import alertmanager, prometheus
from tests.waiting import PATIENCE_SECONDS, wait_until

DEPLOY = ROOT / "deploy"
HUB = "https://money.example.org"
EXPOSITION = b"""\
backup_last_drill_timestamp_seconds 1000
backup_last_drill_failure_timestamp_seconds 2000
"""


class Target(BaseHTTPRequestHandler):
    """Tells of the failed drill, and takes what Alertmanager sends."""

    beats: list[str]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(EXPOSITION)

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.beats.append(self.rfile.read(length).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 -- the base class's own shape
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[tuple[int, list[str]]]:
    """Serve the target beside the block; yields its port and what was posted to it."""
    beats: list[str] = []
    handler = type("TargetOfTest", (Target,), {"beats": beats})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], beats
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def watching(target: int, alertmanager_place: str) -> dict[str, Any]:
    """Return the deployed configuration, quicker, with one target."""
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    made: dict[str, Any] = yaml.safe_load(text)
    made["global"] |= {
        "scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"
    }  # fmt: skip
    # The deployed Prometheus puts its environment in; older ones take the text as it is.
    assert made["global"]["external_labels"] == {"hub": "${PFH_BASE_URL}"}
    made["global"]["external_labels"]["hub"] = HUB
    made["rule_files"] = [str(DEPLOY / "prometheus" / "rules" / "*.yml")]
    made["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager_place]}]}]
    made["scrape_configs"] = [
        {"job_name": "scheduler", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}
    ]
    return made


@pytest.mark.slow
def test_alert_goes_from_a_metric_to_whom_it_concerns(
    prometheus_program: Server,
    alertmanager_program: Server,
    run_directory: RunDirectory,
    tmp_path: Path,
) -> None:
    told = rendered(tmp_path, PEOPLE)
    assert told.returncode == 0, told.stderr
    with serving() as (port, beats):
        file = tmp_path / "alertmanager.yml"
        text = file.read_text(encoding="utf-8")
        beat = "https://watch.money.test/beat?key=1&at=2"
        assert beat in text
        file.write_text(text.replace(beat, f"http://127.0.0.1:{port}/"), encoding="utf-8")
        with (
            alertmanager(alertmanager_program.address, file, tmp_path, run_directory) as place,
            prometheus(prometheus_program.address, watching(port, place), tmp_path, run_directory),
        ):
            found: dict[str, dict[str, Any]] = {}

            def arrived() -> bool:
                answer = httpx.get(f"http://{place}/api/v2/alerts", timeout=PATIENCE_SECONDS)
                found.update({one["labels"]["alertname"]: one for one in answer.json()})
                return {"DrillFailed", "DeadMansSwitch"} <= found.keys()

            wait_until(arrived, what="the alert at Alertmanager")
            wait_until(lambda: beats, what="the beat of the dead man's switch")
    drill = found["DrillFailed"]
    assert drill["labels"] == {
        "alertname": "DrillFailed", "severity": "critical", "concern": "drill-failed", "hub": HUB
    }  # fmt: skip
    assert [one["name"] for one in drill["receivers"]] == ["on-call-engineer"]
    assert drill["annotations"]["runbook_url"] == f"{HUB}/admin/runbook#restore-drill"
    assert "DeadMansSwitch" in beats[0]


def test_escalation_goes_out_under_the_name_of_its_alert() -> None:
    made = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    first, second = made["alerting"]["alert_relabel_configs"]
    assert first["source_labels"] == ["escalated"]
    assert first["target_label"] == "alertname"
    assert second == {"action": "labeldrop", "regex": "escalated"}


def test_critical_silences_only_warnings_of_its_own_concern() -> None:
    made = yaml.safe_load((DEPLOY / "alertmanager/alertmanager.yml").read_text(encoding="utf-8"))
    (rule,) = made["inhibit_rules"]
    assert "concern" in rule["equal"]
    # Without this, all alerts that lack the labels of `equal` would count as the same thing.
    assert 'concern=~".+"' in rule["source_matchers"]
