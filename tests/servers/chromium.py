"""Finds Chromium: the path in `PFH_TEST_CHROMIUM`, else the system's browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(run: RunDirectory) -> Server:
    """Return the browser's program; nothing is started here.

    Raises:
        Missing: no program was found, or it does not tell a version.
    """
    del run
    chosen = os.environ.get("PFH_TEST_CHROMIUM")
    path = chosen or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        raise Missing("neither PFH_TEST_CHROMIUM nor a chromium in PATH")
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Missing(f"{path} does not start: {error}") from error
    version = re.search(r"\d+(\.\d+)+", told.stdout)
    if version is None:
        raise Missing(f"{path} --version does not tell a version")
    return Server(path, version.group(), "environment" if chosen else "native")
