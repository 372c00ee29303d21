"""PostgreSQL's programs in the image: as new as the server, and all that a backup calls."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pfh.adapters.backup import postgres_programs
from pfh.entry.cli.stack.postgres import native_binaries
from tests.architecture.tree import ROOT
from tests.deploy.compose import load
from tests.deploy.test_image import DIGEST, RECIPE
from tests.servers.found import Missing

GATHER = ROOT / "deploy" / "gather-postgres-client"
# What an image of Debian has before anything is installed, beside the C library.
BARE = ("/bin/sh", "/usr/bin/dirname", "/usr/bin/basename")


def gathered_programs() -> set[str]:
    found = re.search(r"^for program in (.+); do$", GATHER.read_text("utf-8"), re.MULTILINE)
    assert found
    return set(found[1].split())


def called_programs() -> set[str]:
    """Return what the adapter of backups runs, from its source: the name follows the folder."""
    tree = ast.parse(Path(postgres_programs.__file__).read_text(encoding="utf-8"))
    return {
        call.args[2].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "_run"
        and isinstance(call.args[2], ast.Constant)
        and isinstance(call.args[2].value, str)
    }


def test_image_has_every_program_that_a_backup_calls() -> None:
    assert called_programs() == {"pg_dump", "pg_dumpall", "pg_restore"}
    assert called_programs() | {"psql", "pg_basebackup"} <= gathered_programs()
    last = RECIPE[RECIPE.index(" AS run") :]
    assert "COPY --from=postgres-client /client /opt/postgresql\n" in last
    assert "ENV PATH=/opt/pfh/bin:/opt/postgresql/bin:$PATH" in last


def test_programs_are_of_the_version_of_the_server_and_of_the_release_of_the_image() -> None:
    python = re.search(rf"^ARG PYTHON_IMAGE=.*-slim-(\w+){DIGEST}$", RECIPE, re.MULTILINE)
    client = re.search(
        rf"^ARG POSTGRES_IMAGE=postgres:([^@\s]+)-(\w+){DIGEST}$", RECIPE, re.MULTILINE
    )
    assert python
    assert client
    server = load("docker-compose.yml").services["postgres-master"]["image"].partition("@")[0]
    assert server == f"postgres:{client[1]}-alpine"
    assert client[2] == python[1], "another C library"


@pytest.mark.postgres
def test_gathered_programs_start_where_there_is_nothing_but_the_c_library(tmp_path: Path) -> None:
    try:
        binaries = native_binaries()
    except Missing as missing:
        pytest.skip(str(missing))
    root, client = tmp_path / "root", tmp_path / "root" / "opt" / "postgresql"
    gathered = subprocess.run(
        ["sh", str(GATHER), str(binaries), str(client)], capture_output=True, text=True, check=False
    )
    assert gathered.returncode == 0, gathered.stderr
    packages = (client / "packages").read_text("ascii").split()
    assert {"libpq5", "libssl3", "zlib1g"} <= set(packages)
    lay_out_bare_image(root)
    enter = ["chroot"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
    if subprocess.run([*enter, root, "/bin/sh", "-c", ":"], check=False).returncode != 0:
        pytest.skip("another root folder may not be entered here")
    for name in sorted(gathered_programs()):
        told = subprocess.run(
            [*enter, root, f"/opt/postgresql/bin/{name}", "--version"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.stdout.startswith(f"{name} (PostgreSQL) "), told.stderr


def lay_out_bare_image(root: Path) -> None:
    """Copy the shell and the C library, each to its own path."""
    linked = subprocess.run(["ldd", *BARE], capture_output=True, text=True, check=True).stdout
    wanted = set(BARE) | set(re.findall(r"(/\S+) \(0x", linked))
    c_library = next(Path(path).parent for path in wanted if path.endswith("/libc.so.6"))
    wanted |= {str(path) for name in ("m", "dl", "rt", "pthread", "resolv")
               for path in c_library.glob(f"lib{name}.so.*")}  # fmt: skip
    for path in wanted:
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
