"""A throwaway installation on native servers, on which a runbook's blocks are run.

Everything lies below one folder and goes with it: the servers of `pfh dev stack`, the processes of
the hub, a folder that looks like the checkout with secrets of its own, and a log.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pfh.entry.cli.runbook.compose_file import ComposeFile
from pfh.entry.cli.runbook.household import Household
from pfh.entry.cli.runbook.hub_processes import PROGRAM, HubProcesses, outer_environment
from pfh.entry.cli.runbook.stage_record import VARIABLE, StageRecord
from pfh.entry.cli.runbook.stand_in import INSIDE, PROGRAMS
from pfh.entry.cli.stack import java
from pfh.entry.cli.stack.local_process import free_port, private_file
from pfh.entry.cli.stack.missing import Missing
from pfh.entry.cli.stack.record import Record
from pfh.entry.cli.stack.up import up

PREFIX: Final = "pfh-runbook-"
NEEDED: Final = ("postgres-primary", "postgres-replica", "kafka-1", "redis-master", "redis-cache")
POM: Final = Path(java.__file__).parent / "kafka_tools" / "pom.xml"
# Roles whose passwords the file of `deploy/postgres/init` reads.
ROLES: Final = ("app", "migrate", "drill", "replication", "monitor")
ON_CALL: Final = """\
on_call_engineer:
  name: "Ada Lovelace"
  phone: "+44 20 7946 0001"
  email: "ada@hub.internal"
development_team_lead:
  name: "Grace Hopper"
  phone: "+44 20 7946 0002"
  email: "grace@hub.internal"
devops_engineer:
  name: "Edsger Dijkstra"
  phone: "+44 20 7946 0003"
  email: "edsger@hub.internal"
database_administrator:
  name: "Edgar Codd"
  phone: "+44 20 7946 0004"
  email: "edgar@hub.internal"
management:
  name: "Barbara Liskov"
  phone: "+44 20 7946 0005"
  email: "barbara@hub.internal"
all_hands:
  name: "Everybody"
  email: "all@hub.internal"
dead_mans_switch:
  url: "https://switch.hub.internal/pfh"
"""


@contextmanager
def set_up(root: Path) -> Iterator[Stage]:
    """Build a stage from a checkout, and take everything away at the end.

    Raises:
        Missing: a server or tool is not on this machine.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    record: Record | None = None
    stage: Stage | None = None
    try:
        record = up(folder / "stack")
        lacking = set(NEEDED) - {server.name for server in record.servers}
        if lacking:
            raise Missing("; ".join(f"{one.name}: {one.reason}" for one in record.absent))
        stage = Stage(root, folder, record)
        stage.build()
        yield stage
    finally:
        if stage is not None:
            HubProcesses(stage.record).stop()
        if record is not None:
            record.remove()
        shutil.rmtree(folder, ignore_errors=True)


class Stage:
    """The stage while it stands."""

    def __init__(self, root: Path, folder: Path, servers: Record) -> None:
        self._root = root
        self._servers = servers
        compose = ComposeFile.read(root / "docker-compose.yml")
        self.record = StageRecord(f"{folder}", containers=dict(compose.containers))
        self.household: Household | None = None

    def build(self) -> None:
        """Make everything that the blocks meet."""
        words = shlex.split(self._servers.environment.read_text(encoding="utf-8"))
        settings = dict(word.split("=", 1) for word in words)
        self._note_servers(settings)
        self._lay_out(settings)
        self._make_roles()
        record = self.record
        secrets = {
            name: (record.secrets / name).read_text(encoding="utf-8")
            for name in ("postgres_app_password", "postgres_migrate_password")
        }
        app = {"POSTGRES_USER": "pfh_app", "POSTGRES_PASSWORD": secrets["postgres_app_password"]}
        backups = {
            "PFH_BACKUP_DIR": f"{Path(record.folder) / 'sealed'}",
            "PFH_BACKUP_KEY_FILE": f"{record.secrets / 'backup_key'}",
            "PFH_DRILL_USER": "pfh_drill",
            "PFH_DRILL_PASSWORD_FILE": f"{record.secrets / 'postgres_drill_password'}",
        }
        record.environment = {**settings, **app, **backups}
        record.migrating = {
            "POSTGRES_USER": "pfh_migrate",
            "POSTGRES_PASSWORD": secrets["postgres_migrate_password"],
        }
        record.save()
        self._run("migrate", **record.migrating)
        self._run("topics", "apply")
        HubProcesses(record).start()
        self.household = Household.found(record.hub_port)

    def environment(self) -> dict[str, str]:
        """Return what a shell on the hub's machine has in its environment."""
        assert self.household is not None
        folder = Path(self.record.folder)
        path = os.pathsep.join(
            (f"{folder / 'programs'}", os.environ.get("PATH", ""), "/usr/sbin:/usr/local/sbin")
        )
        return {
            "PATH": path,
            "HOME": self.record.folder,
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "COLUMNS": "200",
            "PYTHONPATH": os.pathsep.join(sys.path),
            VARIABLE: f"{self.record.path}",
            "PFH_LOG_DIR": f"{folder / 'log'}",
            "USER_ID": self.household.user_id,
            "SUSPICIOUS_IP": "203.0.113.7",
            "BREACH_SINCE": "2000-01-01T00:00Z",
            "BREACH_UNTIL": "2100-01-01T00:00Z",
        }

    def _note_servers(self, settings: dict[str, str]) -> None:
        from pfh.entry.cli.stack.postgres import native_binaries

        record = self.record
        addresses = {one.name: one.address for one in self._servers.servers}
        record.kafka = {name: at for name, at in addresses.items() if name.startswith("kafka-")}
        record.kafka_classes = f"{java.jars(POM)}/*"
        record.postgres = {
            "postgres-master": int(settings["POSTGRES_PORT"]),
            "postgres-replica": int(settings["POSTGRES_READ_PORT"]),
        }
        record.postgres_programs = f"{native_binaries()}"
        record.redis = {"6379": int(settings["REDIS_PORT"])}
        record.redis["6380"] = int(settings["REDIS_CACHE_PORT"])
        record.hub_port = free_port()

    def _lay_out(self, settings: dict[str, str]) -> None:
        """Make the folder that looks like the checkout, the stand-ins, and the secrets."""
        record, folder = self.record, Path(self.record.folder)
        deploy = record.work / "deploy"
        for path in (record.secrets, folder / "log", folder / "ops", folder / "sealed"):
            path.mkdir(parents=True)
        for source in (*self._root.glob("docker-compose*.yml"), self._root / "package.json"):
            (record.work / source.name).symlink_to(source)
        (record.work / "docs").symlink_to(self._root / "docs")
        for source in (self._root / "deploy").iterdir():
            if source.name not in {"secrets", "oncall.yml"}:
                (deploy / source.name).symlink_to(source)
        private_file(deploy / "oncall.yml", ON_CALL)
        given = {
            "redis_password": settings["REDIS_PASSWORD"],
            "redis_cache_password": settings["REDIS_CACHE_PASSWORD"],
            "admin_token": settings["ADMIN_TOKEN"],
            "backup_key": os.urandom(32).hex(),
        }
        for name in ROLES:
            given[f"postgres_{name}_password"] = os.urandom(16).hex()
        for name, value in given.items():
            private_file(record.secrets / name, value)
        for place, names in (("programs", PROGRAMS), ("inside", INSIDE)):
            (folder / place).mkdir()
            for name in names:
                self._stand_in(folder / place / name, name)

    @staticmethod
    def _stand_in(path: Path, name: str) -> None:
        call = shlex.join([sys.executable, "-m", "pfh.entry.cli.runbook.stand_in", name])
        path.write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        path.chmod(0o700)

    def _make_roles(self) -> None:
        """Make the roles as a deployment does, by its own file, and the operators' role first."""
        record = self.record
        record.admin_password = os.urandom(16).hex()
        first = self._servers.directory / "postgres" / "password"
        made = f"CREATE ROLE pfh_admin SUPERUSER LOGIN PASSWORD '{record.admin_password}'"
        self._psql("app", first.read_text(encoding="utf-8"), "-f", "-", given=made)
        for script in sorted((self._root / "deploy" / "postgres" / "init").glob("*.sql")):
            self._psql("pfh_admin", record.admin_password, "-f", f"{script}")

    def _psql(self, user: str, password: str, *arguments: str, given: str = "") -> None:
        record = self.record
        done = subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "personal_finance", *arguments],
            input=given,
            env={
                "PATH": os.pathsep.join((record.postgres_programs, os.environ.get("PATH", ""))),
                "PGHOST": "127.0.0.1",
                "PGPORT": f"{record.postgres['postgres-master']}",
                "PGUSER": user,
                "PGPASSWORD": password,
                "PFH_SECRETS_DIR": f"{record.secrets}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Missing(f"psql: {done.stderr.strip()}")

    def _run(self, *words: str, **more: str) -> None:
        done = subprocess.run(
            [*PROGRAM, *words],
            env={**outer_environment(), **self.record.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Missing(f"pfh {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
