"""PostgreSQL: the newest native programs, clusters made with them, and streaming copies of these.

Servers listen on 127.0.0.1 alone. PostgreSQL refuses to run as root; root's servers run as the user
`postgres`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from pfh.entry.cli.stack.local_process import cause_in, end_of, free_port, private_file
from pfh.entry.cli.stack.missing import Missing

NATIVE_ROOT: Final = Path("/usr/lib/postgresql")
SYSTEM_USER: Final = "postgres"
ROLE: Final = "app"
START_TRIES: Final = 3
CONFIGURATION: Final = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = '64MB'
timezone = 'UTC'
"""
# What a primary needs so that `start_copy` can follow it.
PRIMARY_SETTINGS: Final = """
wal_level = replica
hot_standby = on
max_wal_senders = 10
wal_keep_size = '64MB'
wal_log_hints = on
full_page_writes = on
"""


def native_binaries() -> Path:
    """Return the folder of the newest server's programs; raises Missing."""

    def major(directory: Path) -> int:
        return int(directory.parent.name) if directory.parent.name.isdigit() else 0

    native = [path for path in NATIVE_ROOT.glob("*/bin") if (path / "initdb").exists()]
    if native:
        return max(native, key=major)
    in_path = shutil.which("initdb")
    if in_path:
        return Path(in_path).resolve().parent
    raise Missing(f"neither {NATIVE_ROOT}/*/bin nor initdb in PATH")


def version_of(binaries: Path) -> str:
    """Return the version of the programs in a folder."""
    told = subprocess.run(
        [f"{binaries}/postgres", "--version"], capture_output=True, text=True, check=True
    )
    return told.stdout.split()[2]


def start_cluster(binaries: Path, directory: Path, *, settings: str = "") -> str:
    """Make a cluster in `directory`/data, start it and return the URL of its first database.

    `settings` are lines of postgresql.conf that go after ours.

    Raises:
        Missing: it does not start.
    """
    password = secrets.token_hex(16)
    directory.mkdir()
    password_file = directory / "password"
    private_file(password_file, password)
    prefix = as_system_user(directory)
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    data = directory / "data"
    initdb = [*prefix, f"{binaries}/initdb", "-D", f"{data}", "-U", ROLE, "-A", "scram-sha-256"]
    initdb += [f"--pwfile={password_file}", "--no-sync", "-E", "UTF8", f"--locale={locale}"]
    run_command(initdb)
    port = _start_on_a_free_port(binaries, data, CONFIGURATION + settings)
    return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/postgres"


def start_copy(binaries: Path, directory: Path, name: str, *, of: str) -> str:
    """Copy a server's data into `directory`/`name`, start the copy as its streaming replica.

    Args:
        binaries: the folder of the server's programs.
        directory: that of the primary.
        name: of the folder with the copy's data.
        of: the primary's URL.

    Returns:
        The URL of the copy's first database; role and password are the primary's.

    Raises:
        Missing: the primary gives no copy, or the copy does not start.
    """
    parts = urlsplit(of)
    data = directory / name
    copy = [f"{binaries}/pg_basebackup", "-h", "127.0.0.1", "-p", f"{parts.port}"]
    copy += ["-U", f"{parts.username}", "-D", f"{data}", "-R", "-X", "stream", "-c", "fast"]
    run_command(
        [*as_system_user(directory), *copy, "--no-sync"],
        # Not an argument, which every user of the machine could read.
        {"PGPASSWORD": parts.password or ""},
    )
    port = _start_on_a_free_port(binaries, data, "")
    place = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
    return urlunsplit(parts._replace(netloc=place))


def _start_on_a_free_port(binaries: Path, data: Path, settings: str) -> int:
    for attempt in range(1, START_TRIES + 1):
        port = free_port()
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            # Of two lines for one setting, the server takes the last.
            file.write(f"{settings}port = {port}\n")
        try:
            control(binaries, data, "start")
        except Missing:
            # Another process may have taken the port since.
            if attempt == START_TRIES:
                raise
        else:
            return port
    raise AssertionError("the loop returns or raises")


def control(binaries: Path, data: Path, *words: str) -> None:
    """Tell a server to start, stop or promote, and wait until it has; raises Missing."""
    prefix = as_system_user(data.parent)
    log = data.parent / ("log" if data.name == "data" else f"{data.name}.log")
    begins = end_of(log)
    try:
        run_command([*prefix, f"{binaries}/pg_ctl", "-D", f"{data}", "-w", "-l", f"{log}", *words])
    except Missing as missing:
        if end_of(log) == begins:
            raise
        raise Missing(f"{missing}: {cause_in(log, begins)}") from missing


def process_id(data: Path) -> int:
    """Return the id of the server that runs on some data."""
    # The first line of this file is it.
    return int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def as_system_user(directory: Path) -> tuple[str, ...]:
    """Return the prefix of commands that must not run as root, and give the directory away."""
    if os.geteuid() != 0:
        return ()
    try:
        user = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise Missing(f"PostgreSQL refuses to run as root, and no user {SYSTEM_USER}") from None
    for path in (directory, *directory.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return ("runuser", "-u", SYSTEM_USER, "--")


def run_command(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command of the server and wait for it; raises Missing when it fails."""
    # No pipe: pg_ctl leaves it to the server, which would never close it.
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, **(environment or {})},
        check=False,
    )
    if done.returncode != 0:
        raise Missing(f"code {done.returncode} from: {' '.join(command)}")
