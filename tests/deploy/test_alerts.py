"""Every rule fires just above its threshold, is silent just below, and leads to the runbook."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture import inventory
from tests.architecture.tree import ROOT
from tests.deploy.alert_cases import CASES, Case, Series
from tests.servers.found import Server

RULES = ROOT / "deploy" / "prometheus" / "rules"
RUNBOOK = ROOT / "docs" / "runbook.md"
DISTINGUISHING = ("severity", "tier", "burn")
# One that fires always has nothing below.
ALWAYS_FIRES = {"DeadMansSwitch"}


@cache
def rules() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return every rule with the name of its file."""
    return tuple(
        (path.stem, rule)
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    )


def alerts() -> list[tuple[str, dict[str, Any]]]:
    return [(file, rule) for file, rule in rules() if "alert" in rule]


def key_of(alert: str, labels: dict[str, str]) -> tuple[str, ...]:
    return (alert, *(labels.get(name, "") for name in DISTINGUISHING))


def selector(case: Case) -> str:
    labels = {"alertname": case.alert, "severity": case.severity, **case.labels}
    told = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f'count(ALERTS{{{told},alertstate="firing"}})'


def unit_test(case: Case, series: Series, *, fires: bool) -> dict[str, Any]:
    samples = [{"labels": "{}", "value": 1}] if fires else []
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": selector(case), "eval_time": f"{case.at}m", "exp_samples": samples}
        ],
    }


@pytest.mark.parametrize("file", CASES)
def test_rules_fire_just_above_and_never_just_below(
    file: str, prometheus_program: Server, tmp_path: Path
) -> None:
    del prometheus_program
    tests = [
        unit_test(case, series, fires=fires)
        for case in CASES[file]
        for fires, situations in ((True, case.fires), (False, case.silent))
        for series in situations
    ]
    told = {
        "rule_files": [str(RULES / "recording.yml"), str(RULES / f"{file}.yml")],
        "evaluation_interval": "1m",
        "tests": tests,
    }
    path = tmp_path / f"{file}.yml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    ran = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_rule_has_a_case_above_and_below() -> None:
    have = {
        (file, *key_of(case.alert, {"severity": case.severity, **case.labels}))
        for file, cases in CASES.items()
        for case in cases
        if case.fires and (case.silent or case.alert in ALWAYS_FIRES)
    }
    # An escalation has the severity of what it escalates.
    want = {
        (file, *key_of(rule["alert"], {"severity": "critical", **rule["labels"]}))
        for file, rule in alerts()
    }
    assert have == want


def test_files_are_what_prometheus_takes(prometheus_program: Server) -> None:
    del prometheus_program
    told = subprocess.run(
        ["promtool", "check", "rules", *map(str, sorted(RULES.glob("*.yml")))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_says_what_is_wrong_and_how_bad_it_is() -> None:
    for _, rule in alerts():
        name, labels, annotations = rule["alert"], rule["labels"], rule["annotations"]
        assert annotations.keys() == {"summary", "description", "runbook_url"}, name
        assert all(text.strip() for text in annotations.values()), name
        assert "for" in rule, name
        if name != "Escalation":
            assert labels["severity"] in {"warning", "critical", "none"}, name
            assert labels["concern"], name


def test_every_alert_leads_to_a_section_of_the_runbook() -> None:
    urls = {rule["annotations"]["runbook_url"] for _, rule in alerts()}
    address = re.compile(r"\{\{ \$externalLabels\.hub \}\}/admin/runbook#[a-z0-9-]+")
    assert all(map(address.fullmatch, urls)), urls
    missing = {url for url in urls if url.partition("#")[2] not in anchors(RUNBOOK)}
    assert not missing, f"no such section: {missing}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings outside of code get."""
    found, is_code = set(), False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif line.startswith("#") and not is_code:
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


def test_rules_ask_for_metrics_that_somebody_tells() -> None:
    ours = inventory.metric_families()
    recorded = {rule["record"] for _, rule in rules() if "record" in rule}
    # postgres_exporter, redis_exporter, node_exporter, kube-state-metrics and Prometheus; backups
    # tell when they exist.
    foreign = re.compile(r"(pg|redis|node|kube|backup|base_backup)_\w+|up|ALERTS")
    for _, rule in rules():
        for name in metric_names(rule["expr"]):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            is_known = base in ours or name in ours or name in recorded
            assert is_known or foreign.fullmatch(name), f"{rule}: {name}"


def metric_names(expression: str) -> set[str]:
    """Return the words of an expression that are metrics: with an underscore or a colon."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|on|without) \([^)]*\)', "", expression)
    words = set(re.findall(r"[a-zA-Z_:][\w:]*", bare))
    functions = {
        "histogram_quantile", "predict_linear", "min_over_time", "label_replace",
    }  # fmt: skip
    return {word for word in words - functions if "_" in word or ":" in word or word == "up"}
