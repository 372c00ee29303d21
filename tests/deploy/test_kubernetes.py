"""The cluster: valid for Kubernetes, restricted, scaled within bounds, closed by default."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from pfh.runtime import settings
from tests.architecture.tree import ROOT

Thing: TypeAlias = dict[str, Any]
FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("production", "staging")
PARTITIONS = 6


def base() -> list[Thing]:
    """Return everything in the base, read without kustomize."""
    things = []
    for path in sorted((FOLDER / "base").glob("*.yaml")):
        if path.name != "kustomization.yaml":
            things += list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return things


def of_kind(kind: str, things: list[Thing] | None = None) -> dict[str, Thing]:
    found = [one for one in (base() if things is None else things) if one["kind"] == kind]
    return {one["metadata"]["name"]: one for one in found}


def pods() -> dict[str, Thing]:
    """Return name → the specification of its pods, of Deployments, Jobs and CronJobs."""
    return pods_of(base())


def pods_of(things: list[Thing]) -> dict[str, Thing]:
    found = {}
    for one in things:
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
        if one["kind"] in {"Deployment", "Job", "CronJob"}:
            found[one["metadata"]["name"]] = template["spec"]
    return found


def rendered(folder: Path) -> list[Thing]:
    """Return what a folder makes; skips without kubectl."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl in PATH")
    told = subprocess.run(
        [kubectl, "kustomize", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return list(yaml.safe_load_all(told.stdout))


def assert_valid(things: list[Thing], folder: Path) -> None:
    """Hold what Kubernetes itself knows against its schemas, unknown fields included."""
    file = folder / "things.yaml"
    known = [one for one in things if not one["apiVersion"].startswith("keda.sh/")]
    file.write_text(yaml.safe_dump_all(known), encoding="utf-8")
    program = Path(sys.executable).with_name("kubernetes-validate")
    told = subprocess.run(
        [program, "--strict", str(file)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_base_is_valid(tmp_path: Path) -> None:
    assert_valid(base(), tmp_path)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlay_is_valid(tmp_path: Path, overlay: str) -> None:
    things = rendered(FOLDER / "overlays" / overlay)
    assert_valid(things, tmp_path)
    namespaces = {one["metadata"].get("namespace") for one in things if one["kind"] != "Namespace"}
    assert namespaces == {"pfh" if overlay == "production" else "pfh-staging"}
    images = {
        container["image"] for pod in pods_of(things).values() for container in pod["containers"]
    }
    assert len(images) == 1
    assert re.search(r":\d+\.\d+\.\d+$|@sha256:", images.pop())


def test_every_file_of_the_base_is_used() -> None:
    listed = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text("utf-8"))
    there = {path.name for path in (FOLDER / "base").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed["resources"]) == there


def test_processes_are_those_of_compose() -> None:
    assert of_kind("Deployment").keys() == {
        "backend", "relay", "consumer", "scheduler", "exporter"
    }  # fmt: skip
    assert of_kind("Job").keys() == {"migrate", "topics"}
    assert of_kind("CronJob").keys() == {"drill"}
    args = {name: pod["containers"][0]["args"] for name, pod in pods().items()}
    assert args["consumer"] == ["consume", "--group", "pfh-dashboard-consumer"]
    assert args["migrate"] == ["migrate"]


def test_rollout_never_lowers_the_number() -> None:
    for name, one in of_kind("Deployment").items():
        rolling = one["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxUnavailable": 0, "maxSurge": 1}, name


def test_pods_are_restricted() -> None:
    assert_restricted(pods())


def assert_restricted(found: dict[str, Thing]) -> None:
    assert found
    for name, pod in found.items():
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] == 10001, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["limits"]["memory"], name
            assert container["resources"]["requests"]["cpu"], name


def test_namespaces_refuse_what_is_not_restricted() -> None:
    for overlay in OVERLAYS:
        file = FOLDER / "overlays" / overlay / "namespace.yaml"
        labels = yaml.safe_load(file.read_text("utf-8"))["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_secrets_are_references() -> None:
    for path in FOLDER.rglob("*.yaml"):
        assert "kind: Secret\n" not in path.read_text(encoding="utf-8"), path
    for name, pod in pods().items():
        mounted = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
        assert [one["secretName"] for one in mounted] == ["pfh"], name
        assert mounted[0]["items"], f"{name} would read every secret"
    secret = {setting.name for setting in settings.ALL_SETTINGS if setting.secret}
    for one in of_kind("ConfigMap").values():
        assert not secret & one["data"].keys()


def test_every_file_of_a_setting_is_mounted() -> None:
    files = {
        name: {key: text for key, text in one["data"].items() if text.startswith("/run/secrets/")}
        for name, one in of_kind("ConfigMap").items()
    }
    for name, pod in pods().items():
        container = pod["containers"][0]
        chosen = {one["name"]: one.get("value", "") for one in container.get("env", ())}
        for source in container.get("envFrom", ()):
            chosen |= files[source["configMapRef"]["name"]]
        volume = next(volume for volume in pod["volumes"] if "secret" in volume)
        there = {f"/run/secrets/pfh/{item['path']}" for item in volume["secret"]["items"]}
        wanted = {text for text in chosen.values() if text.startswith("/run/secrets/")}
        assert wanted == there, name


def test_mail_model_and_backups_are_of_those_who_use_them() -> None:
    users: dict[str, set[str]] = {}
    for name, pod in pods().items():
        for source in pod["containers"][0].get("envFrom", ()):
            users.setdefault(source["configMapRef"]["name"], set()).add(name)
    assert users["third-parties"] == {"backend"}
    assert users["backups"] == {"scheduler", "drill"}
    data = of_kind("ConfigMap")["third-parties"]["data"]
    assert not any(text for name, text in data.items() if not name.endswith("_FILE"))


def test_base_backups_can_be_added_and_keep_the_rules(tmp_path: Path) -> None:
    parts = {
        "resources": [os.path.relpath(FOLDER / "overlays" / "production", tmp_path)],
        "components": [os.path.relpath(FOLDER / "components" / "base-backup", tmp_path)],
        "namespace": "pfh",
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(parts), encoding="utf-8")
    things = rendered(tmp_path)
    assert_valid(things, tmp_path)
    found = pods_of(things)
    assert_restricted({"base-backup": found["base-backup"]})
    volume = found["base-backup"]["volumes"][0]
    assert [item["key"] for item in volume["secret"]["items"]] == ["postgres_replication_password"]
    # Its program is one of the image, and its first argument the volume that stays.
    recipe = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert "deploy/postgres/base-backup /usr/local/lib/pfh/\n" in recipe
    script = found["base-backup"]["containers"][0]["command"][-1]
    assert "/usr/local/lib/pfh/base-backup /base 7" in script
    claims = {name: one["spec"] for name, one in of_kind("PersistentVolumeClaim", things).items()}
    assert claims.keys() == {"base-backups"}


def test_only_the_migration_may_change_tables() -> None:
    for name, pod in pods().items():
        volume = next(volume for volume in pod["volumes"] if "secret" in volume)
        keys = {item["key"] for item in volume["secret"]["items"]}
        assert ("postgres_migrate_password" in keys) == (name == "migrate"), name
        assert "postgres_admin_password" not in keys, name


def test_hub_is_given_settings_that_it_knows() -> None:
    # The sampler is OpenTelemetry's own.
    known = settings._known_names() | {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}
    names = {name for one in of_kind("ConfigMap").values() for name in one["data"]}
    for overlay in OVERLAYS:
        file = FOLDER / "overlays" / overlay / "settings.yaml"
        names |= yaml.safe_load(file.read_text("utf-8"))["data"].keys()
    for pod in pods().values():
        names |= {one["name"] for one in pod["containers"][0].get("env", ())}
    assert not names - known, names - known


def test_stopping_lasts_longer_than_draining() -> None:
    data = of_kind("ConfigMap")["pfh"]["data"]
    stop = int(data["PFH_DRAIN_SECONDS"]) + int(data["PFH_STOP_SECONDS"])
    for name, one in of_kind("Deployment").items():
        pod = one["spec"]["template"]["spec"]
        sleep = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {})
        assert pod["terminationGracePeriodSeconds"] > stop + sleep.get("seconds", 0), name
    backend = pods()["backend"]["containers"][0]
    assert backend["lifecycle"]["preStop"]["sleep"]["seconds"] >= 5


def test_backend_is_ready_and_alive_by_different_questions() -> None:
    backend = pods()["backend"]["containers"][0]
    assert backend["readinessProbe"]["httpGet"]["path"] == "/readyz"
    for name, pod in pods().items():
        probe = pod["containers"][0].get("livenessProbe")
        assert probe is None or probe["httpGet"]["path"] == "/livez", name


def test_what_is_scaled_has_no_number_of_its_own() -> None:
    deployments = of_kind("Deployment")
    backend, consumer = of_kind("HorizontalPodAutoscaler"), of_kind("ScaledObject")
    assert backend["backend"]["spec"]["scaleTargetRef"]["name"] == "backend"
    assert backend["backend"]["spec"]["minReplicas"] >= 2
    assert consumer["consumer"]["spec"]["scaleTargetRef"]["name"] == "consumer"
    for name in ("backend", "consumer"):
        assert "replicas" not in deployments[name]["spec"], "a rollout would reset it"


def test_consumers_follow_the_lag_up_to_the_partitions() -> None:
    spec = of_kind("ScaledObject")["consumer"]["spec"]
    assert spec["maxReplicaCount"] == PARTITIONS
    trigger = spec["triggers"][0]
    assert trigger["type"] == "prometheus"
    assert "kafka_consumer_group_lag" in trigger["metadata"]["query"]
    assert "pfh-dashboard-consumer" in trigger["metadata"]["query"]


def test_pools_fit_into_the_server_when_everything_is_scaled_up() -> None:
    data = of_kind("ConfigMap")["pfh"]["data"]
    most = of_kind("HorizontalPodAutoscaler")["backend"]["spec"]["maxReplicas"]
    most += of_kind("ScaledObject")["consumer"]["spec"]["maxReplicaCount"]
    most += sum(one["spec"].get("replicas", 0) for one in of_kind("Deployment").values())
    conf = (ROOT / "deploy/postgres/postgresql.conf").read_text(encoding="utf-8")
    found = re.search(r"^max_connections = (\d+)$", conf, re.MULTILINE)
    assert found
    assert most * int(data["POSTGRES_POOL_SIZE"]) <= 0.8 * int(found[1])


def test_budgets_leave_somebody_and_let_a_node_go() -> None:
    budgets = of_kind("PodDisruptionBudget")
    assert budgets["backend"]["spec"]["minAvailable"] == 1
    assert budgets.keys() == {"backend", "relay", "consumer"}


def test_replicas_are_spread() -> None:
    for name in ("backend", "relay", "consumer"):
        keys = [one["topologyKey"] for one in pods()[name]["topologySpreadConstraints"]]
        assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"], name


def test_network_is_closed_by_default() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies["default-deny"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    incoming = [
        source
        for policy in policies.values()
        for rule in policy["spec"].get("ingress", ())
        for source in rule["from"]
    ]
    assert incoming
    assert all("namespaceSelector" in source for source in incoming), "from anywhere"
    for policy in policies.values():
        for rule in policy["spec"].get("egress", ()):
            assert rule["ports"], "to every port"


def test_what_operators_ask_does_not_exist_from_outside() -> None:
    for overlay in OVERLAYS:
        file = FOLDER / "overlays" / overlay / "ingress.yaml"
        paths = yaml.safe_load(file.read_text("utf-8"))["spec"]["rules"][0]["http"]["paths"]
        targets = {one["path"]: one["backend"]["service"]["name"] for one in paths}
        assert targets == {
            "/api/metrics": "inside-only",
            "/api/health/detailed": "inside-only",
            "/": "backend",
        }
