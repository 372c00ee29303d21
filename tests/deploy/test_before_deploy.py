"""What an operator runs before a deploy: secrets are made once, and nothing starts half-filled."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from pfh.runtime.settings import load_settings
from pfh.runtime.third_party_settings import SmtpSettings, ThirdPartySettings
from tests.architecture.tree import ROOT
from tests.deploy.compose import load
from tests.deploy.test_observability import PEOPLE, on_call

DEPLOY = ROOT / "deploy"
# What nobody can draw: an account at somebody else's opens it.
OF_OTHERS = {"alert_smtp_password", "sendgrid_api_key", "smtp_password", "openai_api_key"}


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(DEPLOY / script), *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_secrets_are_those_that_compose_mounts(tmp_path: Path) -> None:
    told = run("make-secrets", "production", str(tmp_path))
    assert told.returncode == 0, told.stderr
    made = {path.name for path in (tmp_path / "production").iterdir()}
    assert made == load("docker-compose.yml").raw["secrets"].keys()


def test_secrets_are_long_different_and_closed(tmp_path: Path) -> None:
    assert run("make-secrets", "production", str(tmp_path)).returncode == 0
    assert run("make-secrets", "staging", str(tmp_path)).returncode == 0
    texts = []
    for path in tmp_path.rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o640), path
        if path.is_file() and path.name not in {*OF_OTHERS, "s3_access_key"}:
            texts.append(path.read_text(encoding="ascii"))
            assert len(texts[-1]) >= 64, path
        elif path.name in OF_OTHERS:
            assert path.read_bytes() == b"", path
    assert len(texts) == len(set(texts)) == 34


def test_secrets_are_never_overwritten(tmp_path: Path) -> None:
    assert run("make-secrets", "production", str(tmp_path)).returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "production").iterdir()}
    told = run("make-secrets", "production", str(tmp_path))
    assert told.returncode == 1
    assert "nothing was changed" in told.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "production").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["production"]


def test_hub_takes_the_settings_that_compose_gives(tmp_path: Path) -> None:
    assert run("make-secrets", "production", str(tmp_path)).returncode == 0
    for name, service in load("docker-compose.yml").hub.items():
        chosen = {
            **service["environment"],
            "PFH_DATA_DIR": str(tmp_path),
            "PFH_LOG_FILE": str(tmp_path / "app.log"),
        }
        if "PFH_BASE_URL" in chosen:
            chosen["PFH_BASE_URL"] = "https://money.example.org"
        for variable, value in chosen.items():
            if variable.endswith("_FILE") and value.startswith("/run/secrets/"):
                chosen[variable] = str(tmp_path / "production" / Path(value).name)
        settings = load_settings(chosen)
        assert settings.database.migration_url.startswith("postgresql+asyncpg://pfh_"), name
        assert settings.third_parties == ThirdPartySettings(), name


def test_hub_sends_mail_and_asks_a_model_when_the_files_are_filled_in(tmp_path: Path) -> None:
    assert run("make-secrets", "production", str(tmp_path)).returncode == 0
    folder = tmp_path / "production"
    for name, text in (("smtp_password", "of the mail server"), ("openai_api_key", "of the model")):
        (folder / name).write_text(f"{text}\n", "ascii")
    chosen = {
        **load("docker-compose.yml").hub["backend"]["environment"],
        "PFH_BASE_URL": "https://money.example.org",
        "PFH_DATA_DIR": str(tmp_path),
        "PFH_LOG_FILE": str(tmp_path / "app.log"),
        "MAIL_FROM": "hub@money.example.org",
        "SMTP_HOST": "mail.money.example.org",
        "SMTP_USER": "hub",
        "OPENAI_MODEL": "small",
    }
    for variable, value in chosen.items():
        if variable.endswith("_FILE") and value.startswith("/run/secrets/"):
            chosen[variable] = str(folder / Path(value).name)
    third_parties = load_settings(chosen).third_parties
    assert isinstance(third_parties.mail, SmtpSettings)
    assert third_parties.mail.password == "of the mail server"
    assert third_parties.model is not None
    assert third_parties.model.key == "of the model"


def test_secrets_are_not_committed() -> None:
    path = DEPLOY / "secrets" / "production" / "admin_token"
    told = subprocess.run(["git", "check-ignore", "-q", str(path)], cwd=ROOT, check=False)
    assert told.returncode == 0


def test_list_of_people_has_a_place_for_everybody() -> None:
    schema = json.loads((DEPLOY / "oncall.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    people = yaml.safe_load((DEPLOY / "oncall.yml").read_text(encoding="utf-8"))
    assert people.keys() == set(schema["required"])
    # Nobody is invented: the repository's own file stops every deploy.
    assert list(Draft202012Validator(schema).iter_errors(people))
    assert run("check-oncall").returncode == 1


def test_complete_list_of_people_lets_a_deploy_begin(tmp_path: Path) -> None:
    path = on_call(tmp_path, PEOPLE)
    schema = json.loads((DEPLOY / "oncall.schema.json").read_text(encoding="utf-8"))
    people = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(people))
    told = run("check-oncall", str(path))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name: "Ann Oak"', 'name: ""'),
        ('name: "Ann Oak"', 'name: "[Your contact]"'),
        ("ann@money.test", "ann@example.com"),
        ("ann@money.test", "nobody"),
        ("+49 30 1234567", "1234"),
        ("https://watch.money.test/beat?key=1&at=2", ""),
        ("management:", "menagement:"),
        ("devops_engineer:  # somebody\n", "devops_engineer:\n  mail: x\n"),
    ],
)
def test_one_placeholder_stops_a_deploy(tmp_path: Path, old: str, new: str) -> None:
    path = on_call(tmp_path, PEOPLE)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = run("check-oncall", str(path))
    assert told.returncode == 1
    assert "check-oncall:" in told.stderr


def complete(folder: Path) -> dict[str, str]:
    """Return the environment of a check with everything in place."""
    assert run("make-secrets", "production", str(folder)).returncode == 0
    (folder / "production" / "alert_smtp_password").write_text("of the mail server", "ascii")
    lines = [
        "PFH_IMAGE=pfh:0.1.0", "PFH_BASE_URL=https://money.test", "PFH_SECRETS_GROUP=1000",
        "KAFKA_CLUSTER_ID=4L6g3nShT-eMCtK--X86sw", "ALERT_SMTP_HOST=mail.money.test:587",
        "ALERT_SMTP_FROM=pfh@money.test", "ALERT_SMTP_USER=pfh",
    ]  # fmt: skip
    (folder / "env").write_text("\n".join(lines), encoding="ascii")
    return {
        "PFH_ENV_FILE": str(folder / "env"),
        "PFH_SECRETS_FOLDER": str(folder / "production"),
        "PFH_ONCALL": str(on_call(folder, PEOPLE)),
    }


def test_complete_installation_passes_the_check(tmp_path: Path) -> None:
    told = run("check", "production", **complete(tmp_path))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("PFH_IMAGE=pfh:0.1.0", "PFH_IMAGE is empty"),
        ("PFH_IMAGE=pfh:latest", "PFH_IMAGE names no version"),
        ("alert_smtp_password", "alert_smtp_password is missing or empty"),
        ("smtp_password", "smtp_password is missing: empty is off"),
        ("admin_token", "can be read or written by others"),
        ("oncall", "check-oncall"),
        ("secrets", "make-secrets production"),
    ],
)
def test_check_names_what_is_not_in_place(tmp_path: Path, spoil: str, words: str) -> None:
    environment = complete(tmp_path)
    env = tmp_path / "env"
    if spoil.startswith("PFH_IMAGE"):
        value = "" if spoil.endswith("0.1.0") else "pfh:latest"
        text = env.read_text("ascii").replace("PFH_IMAGE=pfh:0.1.0", f"PFH_IMAGE={value}")
        env.write_text(text, encoding="ascii")
    elif spoil == "alert_smtp_password":
        (tmp_path / "production" / spoil).write_text("", encoding="ascii")
    elif spoil == "smtp_password":
        (tmp_path / "production" / spoil).unlink()
    elif spoil == "admin_token":
        (tmp_path / "production" / spoil).chmod(0o644)
    elif spoil == "oncall":
        environment["PFH_ONCALL"] = str(DEPLOY / "oncall.yml")
    else:
        environment["PFH_SECRETS_FOLDER"] = str(tmp_path / "nowhere")
    told = run("check", "production", **environment)
    assert told.returncode == 1
    assert words in told.stderr


def test_images_are_pinned_in_every_file_by_a_registry_that_knows_them(tmp_path: Path) -> None:
    for name in ("docker-compose.yml", "deploy/Dockerfile", "deploy/pin-images",
                 "deploy/render_staging.py"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    digest = "sha256:" + "0123456789abcdef" * 4
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\n[ "$4" != "${{UNKNOWN:-}}" ] && echo {digest}\n', "ascii")
    docker.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    script = f"{tmp_path}/deploy/pin-images"
    unknown = run(script, "--write", PATH=path, UNKNOWN="apache/kafka:4.3.1")
    assert unknown.returncode != 0
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    assert run(script, "--write", PATH=path).returncode == 0
    for name, pattern in (
        ("docker-compose.yml", r"^ *image: ([a-z]\S+)$"),
        ("docker-compose.staging.yml", r"^ *image: ([a-z]\S+)$"),
        ("deploy/Dockerfile", r"^ARG \w+_IMAGE=(\S+)$"),
    ):
        named = re.findall(pattern, (tmp_path / name).read_text("utf-8"), re.MULTILINE)
        assert named, name
        assert all(image.endswith(f"@{digest}") for image in named), named
    assert run(script, PATH=path).stdout == "", "what has a digest is not asked again"
