"""The program on every server of a cluster, with its relay and its consumer beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import obstore

from pfh.adapters.objects.s3 import S3Options, connect
from tests.e2e.delivery.plant import GROUP, Worker, until
from tests.e2e.delivery.proof import rows
from tests.e2e.program import Program
from tests.servers.cluster import ClusterServers
from tests.servers.plugin import migrate_postgres
from tests.servers.postgres import PostgresDatabases
from tests.servers.run_directory import RunDirectory


@dataclass
class ClusterProgram(Program):
    """`pfh serve` that is killed and started as any, while relay and consumer go on.

    These two are started with the first start, and end with `end`.
    """

    database_url: str = ""
    bucket: S3Options | None = None
    beside: list[Worker] = field(default_factory=list)

    def start(self) -> None:
        """Start the hub, and what runs beside it unless that runs."""
        if not self.beside:
            self.beside = [self._worker("relay"), self._worker("consume", "--group", GROUP)]
            for worker in self.beside:
                worker.start(wait=False)
        super().start()
        for worker in self.beside:
            until(worker.is_alive, what=f"{worker.name}: {worker.log}")

    def end(self) -> None:
        """Kill everything."""
        self.kill()
        for worker in self.beside:
            worker.kill()

    def head(self) -> int:
        """Return the number of the last event of the household; there is one in these books."""
        ((head,),) = self._select("SELECT household_seq FROM event_heads WHERE household_seq > 0")
        return int(head)

    def _worker(self, name: str, *options: str) -> Worker:
        folder = self.folder.parent / f"{self.folder.name}-{name}"
        folder.mkdir()
        own = {"PFH_DATA_DIR": f"{folder}", "PFH_PROBES_PORT": "0"}
        return Worker(name, (name, *options), folder, {**self.settings(), **own})

    def _select(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.database_url, sql)

    def _objects(self) -> set[str]:
        assert self.bucket is not None
        found = [one["path"] for page in obstore.list(connect(self.bucket)) for one in page]
        # With this one the server has shown that it stores.
        return {path for path in found if path != "started"}


def program_on(servers: ClusterServers, run: RunDirectory, folder: Path) -> ClusterProgram:
    """Return the program with books of its own, not started yet."""
    databases = PostgresDatabases(run, servers.postgres.primary.url)
    template = f"cluster_{servers.postgres.primary.port}"
    url = databases.create_prepared(template, migrate_postgres)
    folder.mkdir(mode=0o700)
    settings = servers.settings(url)
    return ClusterProgram(folder, settings, database_url=url, bucket=servers.s3.options)
