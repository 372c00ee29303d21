"""Finds programs that tests run on the files of `deploy/`; nothing is started here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

# Debian keeps what only an administrator runs outside of a user's PATH.
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def find_nginx(run: RunDirectory) -> Server:
    """Return nginx; raises Missing."""
    del run
    return _find("nginx", "-v")


def find_prometheus(run: RunDirectory) -> Server:
    """Return Prometheus, which comes with promtool beside it; raises Missing."""
    del run
    _find("promtool", "--version")
    return _find("prometheus", "--version")


def find_alertmanager(run: RunDirectory) -> Server:
    """Return Alertmanager under Debian's name or its own, with amtool in PATH; raises Missing."""
    del run
    _find("amtool", "--version")
    try:
        return _find("prometheus-alertmanager", "--version")
    except Missing:
        return _find("alertmanager", "--version")


def _find(name: str, version_flag: str) -> Server:
    path = shutil.which(name, path=PATH)
    if path is None:
        raise Missing(f"no {name} in PATH")
    told = subprocess.run([path, version_flag], capture_output=True, text=True, check=False)
    version = re.search(r"\d+(\.\d+)+", told.stdout + told.stderr)
    if version is None:
        raise Missing(f"{path} {version_flag} does not tell a version")
    return Server(path, version.group(), "native")
