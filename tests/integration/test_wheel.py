"""The wheel carries all that the program needs and nothing else, so that `pip install .` works."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
INFO = f"pfh-{VERSION}.dist-info"
BUILD = "import sys, hatchling.build; hatchling.build.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    # The build back end works in the current directory, so it gets a process of its own.
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return ZipFile(built)


@pytest.mark.parametrize(
    "pattern",
    [
        r"pfh/py\.typed",
        r"pfh/entry/web/static/dist/manifest\.json",
        r"pfh/entry/web/static/dist/app-\w+\.js",
        r"pfh/entry/web/static/dist/app-\w+\.css",
        r"pfh/.*/templates/.*\.html",
        r"pfh/migrations/versions/.*\.py",
        r"pfh/entry/web/operations/runbook\.md",
    ],
)
def test_wheel_carries_what_is_no_module(wheel: ZipFile, pattern: str) -> None:
    assert [name for name in wheel.namelist() if re.fullmatch(pattern, name)]


def test_wheel_carries_nothing_of_the_workshop(wheel: ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"pfh", INFO}
    assert not [name for name in wheel.namelist() if "__pycache__" in name]


def test_wheel_asks_for_the_packages_of_the_program(wheel: ZipFile) -> None:
    metadata = email.message_from_bytes(wheel.read(f"{INFO}/METADATA"))
    asked = metadata.get_all("Requires-Dist", [])
    listed = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    assert len(asked) == len([line for line in listed if line and not line.startswith("#")])
    assert any(requirement.startswith("litestar") for requirement in asked)


def test_wheel_installs_the_command(wheel: ZipFile) -> None:
    entry_points = wheel.read(f"{INFO}/entry_points.txt").decode()
    assert "pfh = pfh.entry.cli.main:run" in entry_points
