"""Prints what is installed beside this Python as a CycloneDX 1.6 bill of materials.

It exists so that the image carries the answer to "are we affected?": each package with version,
licence and the hashes that the lock allowed, and each package of Debian that PostgreSQL's client
programs brought along. Standard library only: it runs where nothing more is.
`python write_sbom.py requirements/run.txt [PACKAGES]`, the latter of gather-postgres-client.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")
HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")
# They install the others and are removed afterwards.
INSTALLERS = frozenset({"pip", "setuptools", "wheel"})


def locked_digests(lock: str) -> dict[tuple[str, str], list[str]]:
    """Return (name, version) → the SHA-256 digests that the lock allows, in hex."""
    found: dict[tuple[str, str], list[str]] = {}
    digests: list[str] = []
    for line in lock.splitlines():
        pin = PIN.match(line)
        if pin:
            digests = found.setdefault((_canonical(pin["name"]), pin["version"]), [])
        digests += HASH.findall(line)
    return found


def component(package: Distribution, digests: list[str]) -> dict[str, Any]:
    """Return one package as CycloneDX has it; `pfh` itself has no digest, it was built here."""
    name, version = _canonical(package.metadata["Name"]), package.version
    url = f"pkg:pypi/{name}@{version}"
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": version,
        "purl": url,
    }
    licence = _field(package, "License-Expression") or _field(package, "License")
    if licence and "\n" not in licence:
        key = "expression" if _field(package, "License-Expression") else "license"
        made["licenses"] = [{key: licence if key == "expression" else {"name": licence}}]
    if digests:
        made["properties"] = [{"name": "pfh:locked:sha256", "value": text} for text in digests]
    return made


def debian_component(line: str) -> dict[str, Any]:
    """Return one package of Debian for its line `NAME VERSION`."""
    name, version = line.split()
    url = f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe='')}"
    return {
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": version,
        "purl": url,
    }


def bill(lock: str, debian: str = "") -> dict[str, Any]:
    """Return the whole document, the same for the same packages."""
    digests = locked_digests(lock)
    packages = {_canonical(found.metadata["Name"]): found for found in distributions()}
    listed = [
        component(package, digests.get((name, package.version), []))
        for name, package in sorted(packages.items())
        if name not in INSTALLERS
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "pfh", "bom-ref": "pfh"}},
        "components": [*listed, *map(debian_component, debian.splitlines())],
    }


def _field(package: Distribution, name: str) -> str:
    return package.metadata[name] if name in package.metadata else ""  # noqa: SIM401 -- no get


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    told = (Path(argument).read_text(encoding="utf-8") for argument in sys.argv[1:])
    json.dump(bill(*told), sys.stdout, indent=1)
    sys.stdout.write("\n")
