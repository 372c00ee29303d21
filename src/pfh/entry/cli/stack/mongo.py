"""A server that speaks MongoDB's protocol: a `mongod` in PATH, else one in Java that Maven gets.

The one in Java (mongo-java-server) is no replica set and keeps nothing, so it shows the protocol
and the atomic steps, not the durability of `w:majority`. `ProtocolServer.java` gives it an index of
_id that serves what MongoDB's does; without it, a batch of a thousand events took 1 to 3 s of a
core, and more with each document.

FerretDB 1.24, the last version without an engine of its own in PostgreSQL, was tried and is no
substitute. Its updates are not atomic: with eight clients on its SQLite backend, 204 of 800 `$inc`
by update_one and 73 of 800 by find_one_and_update were counted, and 22 of 100 guarded steps were
won by two clients at once, where mongo-java-server and MongoDB lose and double none. Its answer to
a refused upsert lacks `nModified`, on which the driver fails. A hub on it would show wrong sums.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pymongo
from pymongo.errors import PyMongoError

from pfh.entry.cli.stack import java
from pfh.entry.cli.stack.local_process import Own, accepts, free_port, leave_running, start
from pfh.entry.cli.stack.missing import Missing

PROTOCOL: Final = Path(__file__).with_name("mongo_protocol")
# It keeps everything in memory, about 2 KiB a document, and takes of this limit what it needs. With
# 128 MiB it hung at 60,000 documents, closing one connection after another; now it ends instead.
_JAVA: Final = ("java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
_Client = pymongo.MongoClient[Mapping[str, Any]]
_REPLICA_SET: Final = "hub"


@dataclass
class MongoProcess:
    """A server of one's own, that can be stopped and started again on the same port.

    Args:
        directory: made when missing; a mongod keeps its data there between two starts.
        own: is told the id of each process.
        mongod: the path of a mongod; the server in Java when there is none.
    """

    directory: Path
    own: Own = lambda _: None
    mongod: str | None = field(default_factory=lambda: shutil.which("mongod"))
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _initiated: bool = False

    @property
    def uri(self) -> str:
        """Where it is, as drivers want it."""
        members = f"mongodb://127.0.0.1:{self.port}/"
        return members if self.mongod is None else f"{members}?replicaSet={_REPLICA_SET}"

    @property
    def source(self) -> str:
        """Where the program comes from."""
        return "java-server" if self.mongod is None else "native"

    @property
    def process_id(self) -> int:
        """The id of its process, which runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it takes connections.

        Raises:
            Missing: it does not start, or there is no mongod, and no Java or Maven.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._process = start(
            self._command(),
            self.directory / "log",
            answers=lambda: accepts(self.port),
            seconds=java.START_SECONDS,
            own=self.own,
        )
        if self.mongod is not None and not self._initiated:
            self._initiate()

    def stop(self) -> None:
        """Stop it, as a crash would, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def leave_running(self) -> None:
        """Let it outlive this process."""
        assert self._process is not None
        leave_running(self._process)

    def _command(self) -> list[str]:
        if self.mongod is not None:
            place = ["--port", f"{self.port}", "--bind_ip", "127.0.0.1"]
            data = ["--dbpath", f"{self.directory}", "--replSet", _REPLICA_SET]
            return [self.mongod, *place, *data]
        classes = f"{java.jars(PROTOCOL / 'pom.xml')}/*"
        # Nothing else in its command line says whose it is.
        marker = f"-Dpfh.directory={self.directory}"
        source = f"{PROTOCOL / 'ProtocolServer.java'}"
        return [*_JAVA, marker, "-cp", classes, source, f"{self.port}"]

    def _initiate(self) -> None:
        host = f"127.0.0.1:{self.port}"
        with _Client(f"mongodb://{host}/?directConnection=true") as client:
            members = [{"_id": 0, "host": host}]
            client.admin.command("replSetInitiate", {"_id": _REPLICA_SET, "members": members})
        self._initiated = True


def version_of(uri: str) -> str:
    """Ask a server for its version.

    Raises:
        Missing: it does not answer.
    """
    try:
        with _Client(uri, serverSelectionTimeoutMS=20_000) as client:
            return str(client.server_info()["version"])
    except PyMongoError as error:
        raise Missing(f"MongoDB does not answer: {type(error).__name__}") from error
