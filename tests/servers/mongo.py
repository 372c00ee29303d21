"""Finds or starts a server that speaks MongoDB's protocol.

Order: `PFH_TEST_MONGO_URI`, a `mongod` in PATH, then an in-memory server in Java whose jars Maven
gets. The last one is no replica set and keeps nothing, so it shows the protocol and the atomic
steps, not the durability of `w:majority`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

from tests.servers import java, local_process
from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

PROTOCOL = Path(__file__).with_name("mongo_protocol")


def find_mongo(run: RunDirectory) -> Server:
    """Return a server in which databases can be made.

    Raises:
        Missing: there is no address, no mongod, and no Java or Maven.
    """
    uri = os.environ.get("PFH_TEST_MONGO_URI")
    if uri:
        return Server(uri, version_of(uri), "environment")
    directory = run.path / "mongo"
    directory.mkdir(exist_ok=True)
    port = local_process.free_port()
    mongod = shutil.which("mongod")
    if mongod is None:
        command = protocol_command(run, port)
        java.leave_running(java.start(run, command, directory / "log", port=port))
        uri = f"mongodb://127.0.0.1:{port}/"
        return Server(uri, version_of(uri), "java-server")
    command = [mongod, "--dbpath", f"{directory}", "--port", f"{port}", "--bind_ip", "127.0.0.1"]
    command += ["--replSet", "tests"]
    java.leave_running(java.start(run, command, directory / "log", port=port))
    uri = f"mongodb://127.0.0.1:{port}/?replicaSet=tests"
    with pymongo.MongoClient[dict[str, object]](
        f"mongodb://127.0.0.1:{port}/?directConnection=true"
    ) as client:
        member = {"_id": 0, "host": f"127.0.0.1:{port}"}
        client.admin.command("replSetInitiate", {"_id": "tests", "members": [member]})
    return Server(uri, version_of(uri), "native")


def protocol_command(run: RunDirectory, port: int) -> list[str]:
    """Return the command of the in-memory server on a port."""
    classes = f"{java.jars(PROTOCOL / 'pom.xml')}/*"
    marker = f"-Dpfh.run={run.path}"
    source = f"{PROTOCOL / 'ProtocolServer.java'}"
    return ["java", "-Xmx128m", marker, "-cp", classes, source, f"{port}"]


def version_of(uri: str) -> str:
    """Ask a server for its version.

    Raises:
        Missing: it does not answer.
    """
    try:
        with pymongo.MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=20_000) as client:
            return str(client.server_info()["version"])
    except PyMongoError as error:
        raise Missing(f"MongoDB does not answer: {type(error).__name__}") from error
