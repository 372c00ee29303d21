"""Staging is production under another name, and cannot touch it."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.architecture.tree import ROOT
from tests.deploy.compose import load, variables

SHARED_VARIABLES = {"DOCKER_GROUP"}


def renderer() -> ModuleType:
    path = ROOT / "deploy" / "render_staging.py"
    spec = importlib.util.spec_from_file_location("render_staging", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_file_is_the_one_that_production_gives() -> None:
    production, staging = load("docker-compose.yml"), load("docker-compose.staging.yml")
    assert renderer().staging(production.text) == staging.text, "python deploy/render_staging.py"


def test_project_has_a_name_of_its_own() -> None:
    assert load("docker-compose.staging.yml").raw["name"] == "pfh-staging"


def test_containers_are_others() -> None:
    names = [
        {s["container_name"] for s in load(file).services.values() if "container_name" in s}
        for file in ("docker-compose.yml", "docker-compose.staging.yml")
    ]
    assert names[0]
    assert not names[0] & names[1]


def test_networks_and_volumes_belong_to_the_project() -> None:
    production, staging = load("docker-compose.yml"), load("docker-compose.staging.yml")
    for file in (production, staging):
        for kind in ("networks", "volumes"):
            for name, how in file.raw[kind].items():
                assert "name" not in (how or {}), f"{name} would be shared"
                assert "external" not in (how or {}), f"{name} would be shared"
    subnets = [
        f.raw["networks"]["edge"]["ipam"]["config"][0]["subnet"] for f in (production, staging)
    ]
    assert subnets[0] != subnets[1]


def test_secrets_are_others() -> None:
    files = [
        {secret["file"] for secret in load(name).raw["secrets"].values()}
        for name in ("docker-compose.yml", "docker-compose.staging.yml")
    ]
    assert not files[0] & files[1]


def test_no_variable_speaks_to_both() -> None:
    production = set(variables(load("docker-compose.yml").text))
    staging = set(variables(load("docker-compose.staging.yml").text))
    assert production & staging == SHARED_VARIABLES


def test_smoke_of_staging_has_the_port_that_the_runbook_says() -> None:
    assert load("docker-compose.staging.yml").ports()["nginx:3333"][1] == 4333
