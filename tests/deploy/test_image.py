"""The image: what its recipe says, what gets into it, and the two programs that it brings along."""

from __future__ import annotations

import fnmatch
import http.server
import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT, repository_files

RECIPE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
# That of a release has one: deploy/pin-images.
DIGEST = r"(?:@sha256:[0-9a-f]{64})?"


def test_recipe_pleases_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    told = subprocess.run(
        [hadolint, str(ROOT / "deploy" / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def test_base_is_pinned_and_slim() -> None:
    assert re.search(
        rf"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-bookworm{DIGEST}$", RECIPE, re.MULTILINE
    )
    assert re.findall(r"^FROM (.+)$", RECIPE, re.MULTILINE) == [
        "${POSTGRES_IMAGE} AS postgres-client", "${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE} AS run"
    ]  # fmt: skip


def test_only_hashed_packages_get_in() -> None:
    installs = [line for line in RECIPE.splitlines() if "pip install" in line]
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes" in line or "--no-index" in line, line
    assert "apt-get" not in RECIPE, "no compiler, no package of the system"


def test_last_stage_is_not_root_and_is_watched() -> None:
    last = RECIPE[RECIPE.index(" AS run") :]
    assert "USER 10001:10001" in last
    assert 'ENTRYPOINT ["/opt/pfh/bin/pfh"]' in last
    assert 'CMD ["serve"]' in last
    assert re.search(r"HEALTHCHECK .*\\\n +CMD \[", last)
    assert "ARG GIT_COMMIT" in last
    assert "GIT_COMMIT=${GIT_COMMIT}" in last


def test_nothing_gets_into_the_image_by_accident() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    reached = {
        str(path)
        for path in repository_files()
        if any(fnmatch.fnmatch(str(path), f"{one}*") for one in let_in)
    }
    assert {"pyproject.toml", "deploy/healthcheck.py", "requirements/run.txt"} <= reached
    assert not [p for p in reached if p.startswith((".git", "tests/", "deploy/secrets", ".env"))]
    for name in re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", RECIPE, re.MULTILINE):
        for source in name.split():
            assert any(source == one or source.startswith(f"{one}/") for one in let_in), source


def test_bill_of_materials_names_every_locked_package() -> None:
    bill = written_bill("requirements/run.txt")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {one["name"]: one for one in bill["components"]}
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+) \\$", lock, re.MULTILINE)
    assert len(pins) > 10
    for name, version in pins:
        known = listed[re.sub(r"[-_.]+", "-", name).lower()]
        assert known["version"] == version
        assert known["purl"] == f"pkg:pypi/{known['name']}@{version}"
        assert known["properties"], f"{name} has no digest of its lock"


def test_bill_of_materials_names_what_the_client_programs_brought(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.write_text("libgmp10 2:6.2.1+dfsg1-1.1\npostgresql-client-16 16.14-1\n", "ascii")
    components = written_bill("requirements/run.txt", str(packages))["components"]
    assert len(components) == len(written_bill("requirements/run.txt")["components"]) + 2
    assert [one["purl"] for one in components[-2:]] == [
        "pkg:deb/debian/libgmp10@2%3A6.2.1%2Bdfsg1-1.1",
        "pkg:deb/debian/postgresql-client-16@16.14-1",
    ]


def written_bill(*files: str) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "deploy/write_sbom.py", *files],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    bill: dict[str, Any] = json.loads(told.stdout)
    return bill


class Hub(http.server.BaseHTTPRequestHandler):
    """Ready at /readyz alone."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as inherited
        pass


@pytest.mark.parametrize(("path", "code"), [("/readyz", 0), ("/livez", 1)])
def test_health_check_tells_what_the_hub_says(path: str, code: int) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        told = check(path, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert told.returncode == code
    assert (told.stderr == "") == (code == 0)


def test_health_check_fails_when_nobody_answers() -> None:
    told = check("/readyz", 1)
    assert told.returncode == 1
    assert "/readyz" in told.stderr


def check(path: str, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy" / "healthcheck.py"), path],
        env={"PORT": str(port)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
