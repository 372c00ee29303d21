"""Finds or starts a server that speaks S3.

Order: `PFH_TEST_S3_URL` (http://access:secret@host:port/bucket, whose content may be thrown away),
then `weed` of SeaweedFS beside this Python or in PATH. Ours checks signatures, as MinIO does.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from pfh.adapters.objects.s3 import S3Options
from pfh.entry.cli.stack.seaweed import SeaweedProcess, find_program
from tests.servers.found import Server
from tests.servers.run_directory import RunDirectory

__all__ = ["BUCKET", "SeaweedProcess", "find_program", "find_s3", "options_of"]
BUCKET = "pfh-tests"


def find_s3(run: RunDirectory) -> Server:
    """Return a server that tests share, each with keys or a bucket of its own.

    Raises:
        Missing: there is no address in the environment and no binary, or it does not start.
    """
    url = os.environ.get("PFH_TEST_S3_URL")
    if url:
        return Server(url, "unknown", "environment")
    own = SeaweedProcess(find_program(), run.path / "s3", BUCKET, run.own_process)
    own.start()
    own.leave_running()
    return Server(own.url, own.version, "seaweedfs")


def options_of(url: str) -> S3Options:
    """Return how the hub's adapter is told about the bucket at this URL."""
    parts = urlsplit(url)
    return S3Options(
        endpoint=f"{parts.scheme}://{parts.hostname}:{parts.port}",
        bucket=parts.path.strip("/"),
        region="us-east-1",
        access_key=parts.username or "",
        secret_key=parts.password or "",
    )
