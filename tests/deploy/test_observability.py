"""What watches the hub: Prometheus, Alertmanager, Grafana, Loki, Alloy, Jaeger as configured."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.tree import ROOT
from tests.deploy.compose import load
from tests.servers.found import Server

DEPLOY = ROOT / "deploy"
PEOPLE = {
    "on_call_engineer": "ann@money.test",
    "development_team_lead": "ben@money.test",
    "devops_engineer": "cem@money.test",
    "database_administrator": "dia@money.test",
    "management": "eva@money.test",
    "all_hands": "all+hands&more@money.test",
}


def read(name: str) -> Any:  # noqa: ANN401 -- YAML
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def on_call(folder: Path, people: dict[str, str]) -> Path:
    """Write a complete list of people."""
    lines = []
    for role, email in people.items():
        lines += [f"{role}:  # somebody", '  name: "Ann Oak"', f'  email: "{email}"']
        if role != "all_hands":
            lines.append('  phone: "+49 30 1234567"')
    lines += ["dead_mans_switch:", '  url: "https://watch.money.test/beat?key=1&at=2"']
    path = folder / "oncall.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rendered(folder: Path, people: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "smtp_password").write_text("a password", encoding="ascii")
    environment = {
        **os.environ,
        "ALERT_SMTP_HOST": "mail.money.test:587",
        "ALERT_SMTP_FROM": "pfh@money.test",
        "ALERT_SMTP_USER": "pfh",
        "ALERT_SMTP_PASSWORD_FILE": str(folder / "smtp_password"),
        "PFH_ALERTMANAGER_TEMPLATE": str(DEPLOY / "alertmanager/alertmanager.yml"),
        "PFH_ONCALL": str(on_call(folder, people)),
        "PFH_ALERTMANAGER_FILE": str(folder / "alertmanager.yml"),
    }
    script = DEPLOY / "alertmanager" / "start-alertmanager"
    return subprocess.run(
        ["sh", f"{script}", "--render-only"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_prometheus_accepts_its_configuration(prometheus_program: Server, tmp_path: Path) -> None:
    del prometheus_program
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus")
    file = tmp_path / "prometheus" / "prometheus.yml"
    token = tmp_path / "admin_token"
    token.write_text("token", encoding="ascii")
    text = file.read_text(encoding="utf-8").replace("/run/secrets/admin_token", str(token))
    file.write_text(text, encoding="utf-8")
    told = subprocess.run(
        ["promtool", "check", "config", str(file)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_process_of_the_hub_is_scraped_with_the_token() -> None:
    jobs = {job["job_name"]: job for job in read("prometheus/prometheus.yml")["scrape_configs"]}
    for name in ("backend", "relay", "consumer", "scheduler", "exporter"):
        job = jobs[name]
        assert job["metrics_path"] == "/api/metrics"
        assert job["authorization"]["credentials_file"] == "/run/secrets/admin_token"
        assert job["dns_sd_configs"][0]["names"] == [name]


def test_every_target_is_a_service_on_a_shared_network() -> None:
    services = load("docker-compose.yml").services
    for job in read("prometheus/prometheus.yml")["scrape_configs"]:
        names = [name for found in job.get("dns_sd_configs", ()) for name in found["names"]]
        for static in job.get("static_configs", ()):
            names += [target.partition(":")[0] for target in static["targets"]]
        for name in set(names) - {"localhost"}:
            assert "watch" in services[name]["networks"], f"{job['job_name']}: {name}"


def test_alertmanager_accepts_its_configuration(
    alertmanager_program: Server, tmp_path: Path
) -> None:
    del alertmanager_program
    told = rendered(tmp_path, PEOPLE)
    assert told.returncode == 0, told.stderr
    checked = subprocess.run(
        ["amtool", "check-config", str(tmp_path / "alertmanager.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["severity=warning"], "on-call-engineer"),
        (["severity=critical"], "on-call-engineer"),
        (["severity=critical", "tier=2"], "level-2"),
        (["severity=critical", "tier=3"], "level-3"),
        (["alertname=DeadMansSwitch", "severity=none"], "dead-mans-switch"),
        (["alertname=Unforeseen"], "on-call-engineer"),
    ],
)
def test_alert_reaches_whom_the_escalation_names(
    alertmanager_program: Server, tmp_path: Path, labels: list[str], receiver: str
) -> None:
    del alertmanager_program
    assert rendered(tmp_path, PEOPLE).returncode == 0
    file = str(tmp_path / "alertmanager.yml")
    told = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={file}", *labels],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == receiver


def test_alerts_go_to_the_people_of_the_list(tmp_path: Path) -> None:
    assert rendered(tmp_path, PEOPLE).returncode == 0
    made = yaml.safe_load((tmp_path / "alertmanager.yml").read_text(encoding="utf-8"))
    receivers = {one["name"]: one for one in made["receivers"]}
    to = {
        name: one["email_configs"][0]["to"]
        for name, one in receivers.items()
        if "email_configs" in one
    }
    assert to == {
        "on-call-engineer": "ann@money.test",
        "level-2": "ben@money.test, cem@money.test, dia@money.test",
        "level-3": "eva@money.test, all+hands&more@money.test",
    }
    webhook = receivers["dead-mans-switch"]["webhook_configs"][0]
    assert webhook["url"] == "https://watch.money.test/beat?key=1&at=2"
    assert "a password" not in (tmp_path / "alertmanager.yml").read_text(encoding="utf-8")


def test_alertmanager_does_not_start_without_somebody(tmp_path: Path) -> None:
    told = rendered(tmp_path, {k: v for k, v in PEOPLE.items() if k != "devops_engineer"})
    assert told.returncode != 0
    assert "DEVOPS_ENGINEER" in told.stderr


def test_grafana_reads_where_the_others_are() -> None:
    services = load("docker-compose.yml").services
    sources = read("grafana/provisioning/datasources/datasources.yml")["datasources"]
    assert {one["uid"] for one in sources} == {"prometheus", "loki", "jaeger", "alertmanager"}
    for one in sources:
        found = re.fullmatch(r"http://([a-z]+):\d+", one["url"])
        assert found
        assert found[1] in services
        assert one["editable"] is False
    provider = read("grafana/provisioning/dashboards/dashboards.yml")["providers"][0]
    assert provider["options"]["path"] == "/etc/pfh/grafana/dashboards"
    assert (DEPLOY / "grafana" / "dashboards").is_dir()


def test_grafana_lets_nobody_in_without_a_name() -> None:
    environment = load("docker-compose.yml").services["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert environment["GF_SECURITY_ADMIN_PASSWORD__FILE"].startswith("/run/secrets/")


def test_logs_are_kept_for_thirty_days() -> None:
    loki = read("loki/loki.yml")
    assert loki["limits_config"]["retention_period"] == "720h"
    assert loki["compactor"]["retention_enabled"] is True
    assert loki["compactor"]["delete_request_store"] == "filesystem"
    assert loki["auth_enabled"] is False
    assert loki["schema_config"]["configs"][-1]["store"] == "tsdb"


def test_alloy_reads_this_project_alone() -> None:
    text = (DEPLOY / "alloy" / "config.alloy").read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    assert '"com.docker.compose.project=" + sys.env("PFH_PROJECT")' in text
    for name in ("docker-compose.yml", "docker-compose.staging.yml"):
        project = load(name)
        assert project.services["alloy"]["environment"]["PFH_PROJECT"] == project.raw["name"]
    labels = re.search(r"stage\.labels \{\s*values = \{(.*?)\}", text, re.DOTALL)
    assert labels
    assert labels[1].split() == ["level", "=", '""'], "a label with many values costs an index each"


def test_pipelines_of_jaeger_are_made_of_what_it_has() -> None:
    jaeger = read("jaeger/jaeger.yml")
    service = jaeger["service"]
    assert set(service["extensions"]) == jaeger["extensions"].keys()
    for pipeline in service["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= jaeger[kind].keys(), kind
    storage = jaeger["extensions"]["jaeger_query"]["storage"]["traces"]
    assert storage in jaeger["extensions"]["jaeger_storage"]["backends"]
    assert jaeger["exporters"]["jaeger_storage_exporter"]["trace_storage"] == storage
