"""The dashboards: files are what the program writes, and each panel explains itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.dashboards.collection import PAGES, rendered
from deploy.dashboards.page import Page, Panel
from pfh.observability.metrics import describe_address, exposition
from pfh.runtime.settings import load_settings
from tests.architecture import inventory
from tests.architecture.tree import ROOT
from tests.deploy.test_alerts import RUNBOOK, anchors, metric_names, rules

FOLDER = ROOT / "deploy" / "grafana" / "dashboards"
UIDS = {"pfh-overview", "pfh-database", "pfh-kafka", "pfh-api", "pfh-business"}
HUBS = "label_values(hub_info, base_url)"
FOREIGN = {"pg": "postgres_exporter", "redis": "redis_exporter", "node": "node_exporter"}


def panels() -> Iterator[tuple[Page, Panel]]:
    for page in PAGES:
        for _, row in page.rows:
            for panel in row:
                yield page, panel


def flat(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that show something, those within rows as well."""
    found: list[dict[str, Any]] = []
    for panel in dashboard["panels"]:
        found += panel.get("panels", []) if panel["type"] == "row" else [panel]
    return found


def test_files_are_what_the_program_writes() -> None:
    wanted = rendered()
    have = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert have == wanted, "run `python -m deploy.dashboards`"


def test_uids_are_those_of_the_runbook() -> None:
    dashboards = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]
    assert sorted(one["uid"] for one in dashboards) == sorted(UIDS)


@pytest.mark.parametrize("uid", sorted(UIDS))
def test_every_panel_has_title_description_unit_and_the_chosen_source(uid: str) -> None:
    dashboard = json.loads((FOLDER / f"{uid}.json").read_text(encoding="utf-8"))
    source, hub = dashboard["templating"]["list"]
    assert (source["type"], source["name"]) == ("datasource", "datasource")
    assert (hub["type"], hub["name"], hub["query"]) == ("query", "hub", HUBS)
    assert hub["datasource"]["uid"] == "${datasource}"
    shown = flat(dashboard)
    assert len(shown) > 5
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in shown]
    assert len(set(places)) == len(places), "two panels lie upon each other"
    titles = [one["title"] for one in shown]
    assert len(set(titles)) == len(titles)
    for panel in shown:
        assert panel["title"], uid
        assert panel["description"].endswith("."), panel["title"]
        if panel["type"] == "text":
            assert "](${hub:raw}/admin/runbook#" in panel["options"]["content"]
            continue
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        assert panel["targets"], panel["title"]


def test_the_hub_tells_the_address_that_the_links_begin_with(tmp_path: Path) -> None:
    environment = {"PFH_DATA_DIR": f"{tmp_path}", "PFH_BASE_URL": "https://hub.example.org/"}
    describe_address(load_settings(environment).base_url)
    told = exposition().decode()
    assert 'hub_info{base_url="https://hub.example.org"} 1.0' in told
    describe_address("https://moved.example.org")
    assert exposition().decode().count("hub_info{") == 1
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", HUBS).groups()  # type: ignore[union-attr]
    assert f'{metric}{{{label}="https://moved' in exposition().decode()


def test_every_dashboard_leads_to_sections_of_the_runbook() -> None:
    named = {anchor for page in PAGES for _, anchor in page.runbook}
    assert all(page.runbook for page in PAGES)
    if not RUNBOOK.exists():
        pytest.skip("docs/runbook.md is not written yet")
    assert named <= anchors(RUNBOOK)


def test_expressions_ask_for_metrics_that_somebody_tells() -> None:
    ours = inventory.metric_families()
    recorded = {rule["record"] for _, rule in rules() if "record" in rule}
    for _, panel in panels():
        for line in panel.lines:
            for name in metric_names(line.expression):
                base = re.sub(r"_(bucket|sum|count)$", "", name)
                known = base in ours or name in ours or name in recorded
                own = name.startswith(("process_", "backup_")) or name == "up"
                foreign = FOREIGN.get(name.partition("_")[0], "")
                assert known or own or (foreign and panel.needs.startswith(foreign)), name


def test_rates_follow_the_interval_of_the_dashboard() -> None:
    for _, panel in panels():
        for line in panel.lines:
            windows = re.findall(r"rate\([^\[]*\[([^\]]*)\]", line.expression)
            assert set(windows) <= {"$__rate_interval"}, line.expression


def test_thresholds_are_those_of_the_alerts() -> None:
    """A colour that says otherwise than the alert would be worse than none."""
    rule_text = yaml.safe_dump([rule for _, rule in rules()], width=1000)
    for expression, bounds in (
        ("job:http_request_duration_seconds:p95_5m", (2, 5)),
        ("job:http_request_errors:ratio_rate5m", (0.01, 0.05)),
        ("job_pool:db_pool:used_ratio", (0.8, 0.95)),
        ("server:pg_connections:used_ratio", (0.8, 0.95)),
        ("group_topic:kafka_consumer_group_lag:sum", (1000, 5000)),
        ("mountpoint:node_filesystem:used_ratio", (0.8, 0.95)),
    ):
        assert all(f"{expression} > {bound}" in rule_text for bound in bounds), expression
        drawn = [
            (panel.warning, panel.critical)
            for _, panel in panels()
            if any(line.expression == expression for line in panel.lines)
        ]
        assert set(drawn) == {bounds}, expression
