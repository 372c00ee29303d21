"""Where a runbook's commands find the native servers, kept in a file for the stand-ins of programs.

It exists so that `docker`, started by a shell that a block starts, knows which process is meant.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from pfh.entry.cli.stack.local_process import private_file

# Not PFH_…: the hub refuses names of that kind that are no settings.
VARIABLE: Final = "RUNBOOK_STAGE"


@dataclass(slots=True)
class StageRecord:
    """The stage of one check.

    Args:
        folder: throwaway; the commands run in its folder `work`.
        containers: name of a container → its service.
        postgres: service → its port.
        postgres_programs: the folder of psql and its kin.
        admin_password: of the role `pfh_admin`.
        redis: port in the book → port of the process.
        kafka: name of a broker → its address.
        kafka_classes: the class path of Kafka's commands.
        hub_port: where the backend listens, which the book calls 3333.
        environment: settings of the hub.
        migrating: what differs for the service that migrates.
    """

    folder: str
    containers: dict[str, str] = field(default_factory=dict)
    postgres: dict[str, int] = field(default_factory=dict)
    postgres_programs: str = ""
    admin_password: str = ""
    redis: dict[str, int] = field(default_factory=dict)
    kafka: dict[str, str] = field(default_factory=dict)
    kafka_classes: str = ""
    hub_port: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    migrating: dict[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """The folder that stands for the checkout."""
        return Path(self.folder) / "work"

    @property
    def secrets(self) -> Path:
        """The folder that containers see as /run/secrets."""
        return self.work / "deploy" / "secrets" / "production"

    @property
    def path(self) -> Path:
        """The file of this record."""
        return Path(self.folder) / "stage.json"

    def save(self) -> None:
        """Write the file, for this user alone."""
        private_file(self.path, json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> StageRecord:
        """Read the file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
