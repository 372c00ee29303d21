"""PostgreSQL's own client programs, run so that no failure is hidden.

Every program is run by itself, writes to a file, and its exit code is looked at: a shell's pipe
tells the code of its last part alone, and makes a fine empty backup of a server that was away.
Passwords are in a file of the hub's, never in arguments, which every user of the machine can read.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_DEBIAN: Final = Path("/usr/lib/postgresql")
_STDERR_CHARACTERS_MAX: Final = 400
_CONNECT_SECONDS: Final = "10"


class PostgresProgramFailed(Exception):
    """A program is not there, or ended with a failure; the text says what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPlace:
    """Where a database is and who signs in; of several places the one that takes writes."""

    places: tuple[tuple[str, int], ...]
    database: str
    user: str
    password: str = field(repr=False)
    tls: bool = False
    ca_file: Path | None = None

    def arguments(self) -> list[str]:
        """Return the options of every client program, without the database and the password."""
        hosts = ",".join(host for host, _ in self.places)
        ports = ",".join(str(port) for _, port in self.places)
        return ["--host", hosts, "--port", ports, "--username", self.user, "--no-password"]

    @contextmanager
    def environment(self, folder: Path) -> Iterator[dict[str, str]]:
        """Give the environment of a client program; the password's file lives in the folder."""
        path = folder / ".pgpass"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            escaped = self.password.replace("\\", "\\\\").replace(":", "\\:")
            file.write(f"*:*:*:*:{escaped}\n")
        made = {
            # Nothing of the operator's own environment chooses another server.
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "PGPASSFILE": str(path),
            "PGCONNECT_TIMEOUT": _CONNECT_SECONDS,
            "PGAPPNAME": "pfh-backup",
            "LC_MESSAGES": "C",
        }
        if len(self.places) > 1:
            made["PGTARGETSESSIONATTRS"] = "read-write"
        if self.tls:
            made["PGSSLMODE"] = "verify-full"
            # Clients before 16 do not know the word `system`.
            trusted = self.ca_file or ssl.get_default_verify_paths().cafile or "system"
            made["PGSSLROOTCERT"] = str(trusted)
        try:
            yield made
        finally:
            path.unlink(missing_ok=True)


async def dump_database(place: PostgresPlace, target: Path, *, snapshot: str) -> None:
    """Write the database of one exported snapshot to a file in the custom format.

    Raises:
        PostgresProgramFailed: also when the list of the dump cannot be read back.
    """
    options = ["--format=custom", "--compress=0", f"--snapshot={snapshot}", f"--file={target}"]
    await _run(place, target.parent, "pg_dump", *options, "--dbname", place.database)


async def dump_globals(place: PostgresPlace, target: Path) -> None:
    """Write the roles and their settings to a file, without the passwords."""
    options = ["--globals-only", "--no-role-passwords", f"--file={target}"]
    await _run(place, target.parent, "pg_dumpall", *options, "--database", place.database)


async def listed_tables(place: PostgresPlace, dump: Path) -> set[str]:
    """Return the tables whose rows are in a dump, as its own list tells."""
    listing = await _run(place, dump.parent, "pg_restore", "--list", str(dump), connects=False)
    # 3456; 0 16422 TABLE DATA public entries pfh_migrate
    found = (line.partition(" TABLE DATA ")[2].split() for line in listing.splitlines())
    return {words[1] for words in found if words}


async def restore_database(place: PostgresPlace, dump: Path, *, jobs: int) -> None:
    """Restore a dump into an empty database; what belongs to the server itself is left out.

    Tables belong to the role that signs in, and get that role's default privileges: the roles of
    another server need not exist here.

    Raises:
        PostgresProgramFailed: at the first error; what was restored until then stays.
    """
    listing = await _run(place, dump.parent, "pg_restore", "--list", str(dump), connects=False)
    wanted = dump.with_suffix(".list")
    lines = [line for line in listing.splitlines() if not _of_the_server(line)]
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ["--exit-on-error", "--no-owner", "--no-privileges", f"--jobs={jobs}"]
    options += [f"--use-list={wanted}", "--dbname", place.database, str(dump)]
    await _run(place, dump.parent, "pg_restore", *options)


def _of_the_server(line: str) -> bool:
    """Say whether a line of a dump's list is an extension, a schema, or words about one."""
    words = line.split()
    if len(words) < 5 or line.startswith(";"):  # noqa: PLR2004 -- id; oids; kind; schema; name
        return False
    kind = words[3]
    return kind in {"EXTENSION", "SCHEMA"} or (
        kind in {"COMMENT", "ACL"} and words[5:6] in (["EXTENSION"], ["SCHEMA"])
    )


async def _run(
    place: PostgresPlace, folder: Path, name: str, *options: str, connects: bool = True
) -> str:
    """Run a program to its end and return what it printed."""
    arguments = [_program(name), *(place.arguments() if connects else ()), *options]
    with place.environment(folder) as environment:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            printed, complained = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
    if process.returncode != 0:
        words = complained.decode(errors="replace").strip()[-_STDERR_CHARACTERS_MAX:]
        raise PostgresProgramFailed(f"{name} ended with code {process.returncode}: {words}")
    return printed.decode(errors="replace")


def _program(name: str) -> str:
    """Return the path of a client program: in PATH, else where Debian keeps the newest ones."""
    found = shutil.which(name)
    if found is not None:
        return found
    kept = [path for path in _DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdigit()]
    if kept:
        return str(max(kept, key=lambda path: int(path.parts[-3])))
    raise PostgresProgramFailed(
        f"{name} is not in PATH: install the client programs of PostgreSQL, of the server's version"
    )
