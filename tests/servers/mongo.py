"""Finds or starts a server that speaks MongoDB's protocol.

Order: `PFH_TEST_MONGO_URI`, a `mongod` in PATH, then an in-memory server in Java whose jars Maven
gets (`pfh.entry.cli.stack.mongo` says what it shows, and why FerretDB is not among them). A test
that stops its server starts its own with `MongoProcess`.
"""

from __future__ import annotations

import os

import pytest

from pfh.entry.cli.stack.mongo import MongoProcess, version_of
from tests.servers.found import Server
from tests.servers.run_directory import RunDirectory

__all__ = ["LEAVES_REFUSED_SOCKETS", "MongoProcess", "find_mongo"]

# pymongo leaves a connection that was refused to the collector. A test without a server to talk to
# has this, and `refused_sockets`, which collects it before another test can be blamed.
LEAVES_REFUSED_SOCKETS = (
    pytest.mark.usefixtures("refused_sockets"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
)


def find_mongo(run: RunDirectory) -> Server:
    """Return a server in which databases can be made.

    Raises:
        Missing: there is no address, no mongod, and no Java or Maven.
    """
    uri = os.environ.get("PFH_TEST_MONGO_URI")
    if uri:
        return Server(uri, version_of(uri), "environment")
    own = MongoProcess(run.path / "mongo", run.own_process)
    own.start()
    own.leave_running()
    return Server(own.uri, version_of(own.uri), own.source)
