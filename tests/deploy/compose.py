"""The compose files as data: merged, with the defaults of their variables in place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import yaml

from tests.architecture.tree import ROOT

Service: TypeAlias = dict[str, Any]
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?::?(?P<kind>[-?])(?P<rest>[^}]*))?\}")
FILES = ("docker-compose.yml", "docker-compose.staging.yml")


@dataclass(frozen=True)
class Compose:
    """One file; `services` has every variable replaced by its default, or by `CHOSEN`."""

    name: str
    text: str
    raw: dict[str, Any]
    services: dict[str, Service]

    @property
    def jobs(self) -> set[str]:
        """Return the services that do one thing and end."""
        return {name for name, service in self.services.items() if service["restart"] == "no"}

    @property
    def hub(self) -> dict[str, Service]:
        """Return the services that run the hub's own image with its settings."""
        return {
            name: service
            for name, service in self.services.items()
            if "PFH_IMAGE" in self.raw["services"][name]["image"] and service.get("environment")
        }

    def ports(self) -> dict[str, tuple[str, int]]:
        """Return `service:container port` → the address and the port of the machine."""
        found = {}
        for name, service in self.services.items():
            for port in service.get("ports", ()):
                address, outside, inside = str(port).split(":")
                found[f"{name}:{inside}"] = (address, int(outside))
        return found


@cache
def load(name: str) -> Compose:
    """Return one of `FILES`."""
    text = (ROOT / name).read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    return Compose(name, text, raw, _with_defaults(raw["services"]))


def variables(text: str) -> dict[str, str]:
    """Return the variables of a file: name → its default; `?` for one that must be chosen."""
    return {
        found["name"]: found["rest"] if found["kind"] == "-" else "?"
        for found in VARIABLE.finditer(text)
    }


def _with_defaults(value: Any) -> Any:  # noqa: ANN401 -- YAML
    if isinstance(value, dict):
        return {key: _with_defaults(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_defaults(one) for one in value]
    if isinstance(value, str):
        return VARIABLE.sub(
            lambda found: found["rest"] if found["kind"] == "-" else "CHOSEN", value
        )
    return value
