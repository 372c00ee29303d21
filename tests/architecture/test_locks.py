"""The locks pin everything, agree with what was asked for, and name no place to fetch it from."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.tree import ROOT, repository_files, text_of

LOCKS = ("run", "dev", "build")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.*?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
PLACE = re.compile(r"://|^/|file:|(?:^|\s)\.{0,2}/|@ ")


def _lock_path(name: str) -> Path:
    return Path("requirements") / f"{name}.txt"


@cache
def _pins(name: str) -> dict[str, set[tuple[str, str]]]:
    """Return package → its pinned (version, marker) pairs; a marker may choose among several."""
    pins: dict[str, set[tuple[str, str]]] = {}
    for line in text_of(_lock_path(name)).splitlines():
        found = PIN.match(line)
        if found:
            pinned = (found["version"], str(Marker(found["marker"])) if found["marker"] else "")
            pins.setdefault(canonicalize_name(found["name"]), set()).add(pinned)
    return pins


def _asked(name: str) -> list[Requirement]:
    asked = []
    for line in text_of(Path("requirements") / f"{name}.in").splitlines():
        if line.startswith("-r "):
            asked += _asked(line.removeprefix("-r ").removesuffix(".in"))
        elif line and not line.startswith("#"):
            asked.append(Requirement(line))
    return asked


@pytest.mark.parametrize("name", LOCKS)
def test_python_lock_holds_pins_and_hashes_alone(name: str) -> None:
    strange = [
        line
        for line in text_of(_lock_path(name)).splitlines()
        if not PIN.match(line) and not HASH.match(line)
    ]
    assert not strange, "\n".join(strange)
    assert _pins(name)


@pytest.mark.parametrize("name", LOCKS)
def test_python_lock_satisfies_what_was_asked_for(name: str) -> None:
    wrong = []
    for requirement in _asked(name):
        versions = {
            version for version, _ in _pins(name).get(canonicalize_name(requirement.name), ())
        }
        if not versions or not all(Version(v) in requirement.specifier for v in versions):
            wrong.append(f"{requirement} is locked as {versions or 'nothing'}: make lock")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["run", "build"])
def test_tests_run_on_the_versions_of_the_program(name: str) -> None:
    tested = _pins("dev")
    other = [
        f"{package}: {pins} in {name}.txt, {tested.get(package)} in dev.txt"
        for package, pins in _pins(name).items()
        if {version for version, _ in pins} != {v for v, _ in tested.get(package, set())}
    ]
    assert not other, "\n".join(other)


def test_build_system_asks_for_the_locked_versions() -> None:
    project = tomllib.loads(text_of(Path("pyproject.toml")))
    assert sorted(project["build-system"]["requires"]) == sorted(map(str, _asked("build")))


def test_npm_locks_hold_integrity_and_no_address() -> None:
    wrong = []
    for path in repository_files():
        if path.name != "package-lock.json":
            continue
        packages = json.loads((ROOT / path).read_text(encoding="utf-8"))["packages"]
        for name, package in packages.items():
            if name and ("resolved" in package or "integrity" not in package):
                wrong.append(f"{path}: {name} has an address or no integrity")
    assert not wrong, "\n".join(wrong)


def test_locks_name_no_place() -> None:
    names = {"package-lock.json", *(_lock_path(name).name for name in LOCKS)}
    wrong = [
        f"{path}:{number}: {line.strip()}"
        for path in repository_files()
        if path.name in names and path.parts[0] in {"frontend", "requirements", "package-lock.json"}
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if PLACE.search(line.strip()) and '"node_modules/' not in line and '"./' not in line
    ]
    assert not wrong, "\n".join(wrong)
