"""Every rule of the compose files, so that none of them is lost in an edit."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pfh.runtime import settings
from pfh.runtime.setting_values import LEAKED_PASSWORDS
from pfh.runtime.third_party_settings import THIRD_PARTY_SETTINGS
from tests.architecture import inventory
from tests.architecture.tree import ROOT
from tests.deploy.compose import FILES, Compose, Service, load, variables

SCALABLE = ("backend", "relay", "consumer")
CONTAINERS = {
    "postgres-master": "pfh-postgres-master",
    "kafka-1": "pfh-kafka-1",
    "kafka-2": "pfh-kafka-2",
    "kafka-3": "pfh-kafka-3",
    "mongo-primary": "pfh-mongo-primary",
    "mongo-secondary-1": "pfh-mongo-secondary-1",
    "mongo-secondary-2": "pfh-mongo-secondary-2",
}
SERVICES = {
    *SCALABLE, *CONTAINERS, "scheduler", "migrate", "postgres-replica", "redis-master",
    "base-backup", "redis-cache", "mongo-init", "object-storage", "nginx", "prometheus",
    "alertmanager", "grafana", "loki", "alloy", "jaeger", "exporter", "node-exporter",
    "postgres-exporter", "redis-exporter",
}  # fmt: skip
PUBLIC_PORTS = {
    "nginx:3333": ("0.0.0.0", 3333),  # noqa: S104 -- what a browser meets
    "grafana:3000": ("127.0.0.1", 3001),
    "loki:3100": ("127.0.0.1", 3100),
    "jaeger:16686": ("127.0.0.1", 16686),
    "redis-master:6379": ("127.0.0.1", 6379),
    "postgres-master:5432": ("127.0.0.1", 5432),
    "kafka-1:9092": ("127.0.0.1", 9092),
    "kafka-2:9093": ("127.0.0.1", 9093),
    "kafka-3:9094": ("127.0.0.1", 9094),
}


@pytest.fixture(params=FILES)
def compose(request: pytest.FixtureRequest) -> Compose:
    return load(request.param)


def broken(compose: Compose, rule: Callable[[Service], object]) -> list[str]:
    return [name for name, service in compose.services.items() if not rule(service)]


def test_files_follow_the_specification() -> None:
    files = [*FILES, "deploy/docker-compose.tls.yml"]
    checker = Path(sys.executable).with_name("check-jsonschema")
    # PyYAML reads the tags of Compose (`!override`) only when somebody says how; the others do.
    plain = [name for name in files if "!override" not in (ROOT / name).read_text("utf-8")]
    told = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", *plain],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout


def test_services_and_containers_have_the_names_of_the_runbook() -> None:
    production = load("docker-compose.yml")
    assert production.services.keys() >= SERVICES
    named = {name: production.services[name]["container_name"] for name in CONTAINERS}
    assert named == CONTAINERS
    assert production.raw["name"] == "pfh"
    profiles = {name for one in production.services.values() for name in one["profiles"]}
    assert profiles == {"core", "obs", "ops"}


def test_ports_are_those_of_the_runbook() -> None:
    assert load("docker-compose.yml").ports().items() >= PUBLIC_PORTS.items()


def test_only_nginx_is_reached_from_another_machine(compose: Compose) -> None:
    outside = [name for name, (address, _) in compose.ports().items() if address != "127.0.0.1"]
    assert outside == ["nginx:3333"]


def test_no_two_services_want_one_port() -> None:
    wanted = [port for name in FILES for _, port in load(name).ports().values()]
    assert len(wanted) == len(set(wanted)), sorted(wanted)


def test_what_is_scaled_has_neither_name_nor_port(compose: Compose) -> None:
    for name in SCALABLE:
        service = compose.services[name]
        assert "container_name" not in service
        assert "ports" not in service
        assert re.search(r"\$\{\w+:-[1-9]\}", compose.raw["services"][name]["deploy"]["replicas"])


def test_what_keeps_data_is_never_scaled(compose: Compose) -> None:
    keeping = [name for name in compose.services if name.startswith(("postgres", "mongo", "kafka"))]
    assert len(keeping) >= 8
    for name in (*keeping, "redis-master", "object-storage"):
        assert "replicas" not in compose.services[name].get("deploy", {}), name
        if name not in compose.jobs:
            assert compose.services[name]["container_name"]


def test_every_service_says_whether_it_is_healthy(compose: Compose) -> None:
    without = broken(compose, lambda service: "test" in service.get("healthcheck", {}))
    assert set(without) == compose.jobs
    for name in compose.services.keys() - compose.jobs:
        check = compose.services[name]["healthcheck"]
        assert check["test"][0] == "CMD", f"{name}: exec form, not every image has a shell"
        assert {"interval", "timeout", "retries"} <= check.keys(), name


def test_nothing_starts_before_what_it_needs_is_ready(compose: Compose) -> None:
    for name, service in compose.services.items():
        for needed, how in service.get("depends_on", {}).items():
            ended = needed in compose.jobs
            expected = "service_completed_successfully" if ended else "service_healthy"
            assert how["condition"] == expected, f"{name} → {needed}"


def test_every_container_gives_up_what_it_does_not_need(compose: Compose) -> None:
    assert not broken(compose, lambda service: service["read_only"] is True)
    assert not broken(compose, lambda service: service["cap_drop"] == ["ALL"])
    assert not broken(
        compose, lambda service: service["security_opt"] == ["no-new-privileges:true"]
    )
    assert not broken(compose, lambda service: "privileged" not in service)
    assert not broken(compose, lambda service: "cap_add" not in service)


def test_nobody_is_root(compose: Compose) -> None:
    assert not broken(compose, lambda service: re.match(r"[1-9]\d*:", service["user"]))


def test_nobody_fills_the_disk_with_a_log(compose: Compose) -> None:
    for name, service in compose.services.items():
        options = service["logging"]["options"]
        assert re.fullmatch(r"\d+m", options["max-size"]), name
        assert int(options["max-file"]) >= 2, name


def test_everybody_has_limits(compose: Compose) -> None:
    for name, service in compose.services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert float(limits["cpus"]) > 0, name
        assert re.fullmatch(r"\d+[mg]", limits["memory"]), name
        assert limits["pids"] > 0, name


def test_limits_of_what_grows_can_be_chosen(compose: Compose) -> None:
    for name in (*SCALABLE, "postgres-master", "kafka-1", "mongo-primary", "redis-master"):
        limits = compose.raw["services"][name]["deploy"]["resources"]["limits"]
        assert limits["memory"].startswith("${"), name
        assert limits["cpus"].startswith("${"), name


def test_stopping_lasts_longer_than_draining(compose: Compose) -> None:
    for name, service in compose.hub.items():
        if name in compose.jobs:
            continue
        environment = service["environment"]
        needed = int(environment["PFH_DRAIN_SECONDS"]) + int(environment["PFH_STOP_SECONDS"])
        assert int(service["stop_grace_period"].removesuffix("s")) > needed, name
        assert service["stop_signal"] == "SIGTERM", name


def test_images_are_pinned_to_a_version(compose: Compose) -> None:
    for name in compose.services:
        image = compose.raw["services"][name]["image"]
        if "PFH_IMAGE:?" in image:
            continue
        tag = image.partition("@")[0].rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+", tag), f"{name}: {image}"
        assert "minio" not in image


def test_postgresql_is_16_and_there_is_no_second_primary(compose: Compose) -> None:
    images = {
        name: service["image"]
        for name, service in compose.services.items()
        if service["image"].startswith("postgres:")
    }
    servers = {"postgres-master", "postgres-replica"}
    assert images.keys() == servers | {"archive-owner", "base-backup"}
    assert all(re.match(r"postgres:16\.\d+-alpine", image) for image in images.values())
    assert len(set(images.values())) == 1
    volumes = compose.services["postgres-master"]["volumes"]
    assert "postgres-master:/var/lib/postgresql/data" in volumes


def test_hub_is_given_settings_that_it_knows(compose: Compose) -> None:
    # The sampler is OpenTelemetry's own.
    known = settings._known_names() | {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}
    for name, service in compose.hub.items():
        unknown = service["environment"].keys() - known
        assert not unknown, f"{name}: {sorted(unknown)}"


def test_hub_is_given_commands_that_it_has(compose: Compose) -> None:
    known = {name.removeprefix("pfh ") for name in inventory.commands()}
    for name, service in compose.hub.items():
        if name == "ops":
            continue  # The operator says which.
        words = [word for word in service["command"] if not word.startswith("-")]
        asked = {" ".join(words[:count]) for count in range(1, len(words) + 1)}
        assert asked & known, f"{name}: pfh {' '.join(words)}"


def test_process_without_pages_answers_where_its_health_is_asked(compose: Compose) -> None:
    for name in ("relay", "consumer", "scheduler", "exporter"):
        environment = compose.hub[name]["environment"]
        assert environment["PFH_PROBES_PORT"] == environment["PORT"], name


def test_passwords_are_files(compose: Compose) -> None:
    secret = {setting.name for setting in settings.ALL_SETTINGS if setting.secret}
    open_ones = {setting.name for setting in settings.ALL_SETTINGS} - secret
    for name, service in compose.services.items():
        environment = service.get("environment", {})
        assert not secret & environment.keys(), name
        mounted = {f"/run/secrets/{one}" for one in service.get("secrets", ())}
        for variable, value in environment.items():
            if variable.endswith(("_FILE", "__FILE")) and value.startswith("/run/secrets/"):
                assert value in mounted, f"{name}: {variable} is not mounted"
            elif variable not in open_ones and re.search(r"PASSWORD|SECRET|TOKEN|_KEY$", variable):
                pytest.fail(f"{name}: {variable} is a secret in the open")
    used = {one for service in compose.services.values() for one in service.get("secrets", ())}
    assert used == compose.raw["secrets"].keys()


def test_secrets_go_to_nobody_who_has_no_use_for_them(compose: Compose) -> None:
    readers: dict[str, set[str]] = {}
    for name, service in compose.services.items():
        for secret in service.get("secrets", ()):
            readers.setdefault(secret, set()).add(name)
    for secret in ("sendgrid_api_key", "smtp_password", "openai_api_key"):
        assert readers[secret] == {"backend", "ops"}, secret
    assert readers["backup_key"] == {"scheduler", "ops"}
    assert readers["postgres_drill_password"] == {"postgres-master", "ops"}
    for name, service in compose.hub.items():
        if name not in {"migrate", "backend", "scheduler", "ops"}:
            assert service["secrets"] == compose.raw["x-hub-secrets"], name
        elif name != "migrate":
            assert set(service["secrets"]) > set(compose.raw["x-hub-secrets"]), name


def test_mail_and_model_are_off_until_somebody_chooses(compose: Compose) -> None:
    for name in ("backend", "ops"):
        environment = compose.services[name]["environment"]
        chosen = {
            setting.name: environment.get(setting.name, "")
            for setting in THIRD_PARTY_SETTINGS
            if not setting.secret and setting.name != "SMTP_CA_FILE"
        }
        assert not any(chosen.values()), name


def test_backups_are_made_by_the_clock_and_outlive_the_container(compose: Compose) -> None:
    scheduler, ops = compose.services["scheduler"], compose.services["ops"]
    for service in (scheduler, ops):
        environment = service["environment"]
        assert int(environment["PFH_BACKUP_EVERY_HOURS"]) == 24
        places = {volume.partition(":")[2] for volume in service["volumes"]}
        assert environment["PFH_BACKUP_DIR"] in places
    assert ops["environment"]["PFH_DRILL_USER"] == "pfh_drill"
    base = compose.services["base-backup"]
    written = {"postgres-archive:/archive", "figures:/figures"}
    assert written <= set(base["volumes"])
    assert "figures:/figures:ro" in compose.services["node-exporter"]["volumes"]
    # One that never managed a copy is not healthy, and a deploy says so.
    assert base["healthcheck"]["test"][-1] == "check"


def test_known_passwords_stand_nowhere() -> None:
    leaked = {word for word in LEAKED_PASSWORDS if "_20" in word}
    assert leaked
    for path in [ROOT / name for name in FILES] + sorted((ROOT / "deploy").rglob("*")):
        # Python's bytecode, where it may be written, is no text.
        is_text = path.is_file() and path.suffix != ".pyc"
        if is_text and "secrets/" not in path.as_posix():
            text = path.read_text(encoding="utf-8")
            assert not [word for word in leaked if word in text], path


def test_hub_does_not_sign_in_as_the_administrator(compose: Compose) -> None:
    users = {n: s["environment"]["POSTGRES_USER"] for n, s in compose.hub.items()}
    assert users.pop("migrate") == "pfh_migrate"
    assert set(users.values()) == {"pfh_app"}
    for name, service in compose.services.items():
        if "postgres_admin_password" in service.get("secrets", ()):
            assert name == "postgres-master"


def test_pools_fit_into_the_server(compose: Compose) -> None:
    conf = (ROOT / "deploy/postgres/postgresql.conf").read_text(encoding="utf-8")
    found = re.search(r"^max_connections = (\d+)$", conf, re.MULTILINE)
    assert found
    asked = 0
    for name, service in compose.hub.items():
        if name in compose.jobs - {"migrate"}:
            continue
        replicas = int(service["deploy"].get("replicas", 1))
        asked += replicas * int(service["environment"]["POSTGRES_POOL_SIZE"])
    assert asked <= 0.8 * int(found[1]), asked


def test_consumers_are_no_more_than_partitions(compose: Compose) -> None:
    properties = (ROOT / "deploy/kafka/server.properties").read_text(encoding="utf-8")
    found = re.search(r"^num\.partitions=(\d+)$", properties, re.MULTILINE)
    assert found
    assert int(compose.services["consumer"]["deploy"]["replicas"]) <= int(found[1])


def test_only_the_proxy_of_the_socket_holds_the_socket(compose: Compose) -> None:
    holders = [
        name
        for name, service in compose.services.items()
        if any("docker.sock" in str(volume) for volume in service.get("volumes", ()))
    ]
    assert holders == ["docker-socket"]
    allowed = [word for word in compose.services["docker-socket"]["command"] if "allow" in word]
    assert not [word for word in allowed if re.match(r"-allow(POST|PUT|DELETE|PATCH)", word)]
    assert compose.raw["networks"]["socket"] == {"internal": True}


def test_what_is_mounted_exists() -> None:
    for service in load("docker-compose.yml").services.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source


def test_example_environment_names_what_must_be_chosen() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in FILES:
        chosen = {one for one, value in variables(load(name).text).items() if value == "?"}
        missing = [one for one in chosen if not re.search(rf"^#?{one}=", example, re.MULTILINE)]
        assert not missing, missing
    assert not re.search(r"PASSWORD|TOKEN|SECRET_KEY", example)
