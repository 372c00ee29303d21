"""What `docker-compose.yml` says that a command in the runbook may rely on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_DEFAULT: Final = re.compile(r"\$\{[A-Z0-9_]+:-(?P<default>[^}]*)\}")
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)")


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """The names in a compose file.

    Args:
        containers: name of a container → its service, where the container has a name.
        ports: service and its port → the address on the machine, as `docker compose port` tells it.
        images: of each service.
        variables: that `.env` may set.
    """

    project: str
    services: frozenset[str]
    containers: dict[str, str]
    ports: dict[tuple[str, str], str]
    images: dict[str, str]
    volumes: frozenset[str]
    variables: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> ComposeFile:
        """Read a file."""
        # A tool of developers, like the rest of what this command needs; not part of a release.
        import yaml

        text = path.read_text(encoding="utf-8")
        read: dict[str, Any] = yaml.safe_load(text)
        services: dict[str, dict[str, Any]] = read["services"]
        ports = {}
        for name, service in services.items():
            for port in service.get("ports", ()):
                outside, _, inside = _with_defaults(str(port)).rpartition(":")
                ports[name, inside] = outside
        return cls(
            read["name"],
            frozenset(services),
            {
                one["container_name"]: name
                for name, one in services.items()
                if "container_name" in one
            },
            ports,
            {name: _with_defaults(str(one["image"])) for name, one in services.items()},
            frozenset(read.get("volumes", {})),
            frozenset(_VARIABLE.findall(text)),
        )


def _with_defaults(text: str) -> str:
    return _DEFAULT.sub(lambda found: found["default"], text)
