"""PostgreSQL on the files that are deployed: roles, archive and standby, with the real server."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from pfh.entry.cli.stack.local_process import free_port
from pfh.entry.cli.stack.postgres import as_system_user, native_binaries, run_command
from pfh.features.demo.api import create_demo_household
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings
from tests.architecture.tree import ROOT
from tests.e2e.program import COMMAND
from tests.servers.found import Missing
from tests.servers.run_directory import RunDirectory

SECONDS = 60.0
DATABASE = "personal_finance"
SECRETS = ("admin", "app", "migrate", "drill", "replication", "monitor")
# The audit log lets nobody take rows away but a superuser who says that triggers do not count.
_EMPTY = """
    DO $$ DECLARE names text; BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
        SELECT string_agg(format('%I', tablename), ', ') INTO names FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version';
        EXECUTE 'TRUNCATE ' || names;
    END $$"""
pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@dataclass(frozen=True)
class Deployed:
    """A primary and its standby, made by the scripts of the containers."""

    folder: Path
    binaries: Path
    port: int
    replica_port: int
    passwords: Mapping[str, str]

    def connect(self, role: str, *, replica: bool = False, password: str = "") -> Awaitable[Any]:
        return asyncpg.connect(
            host="127.0.0.1",
            port=self.replica_port if replica else self.port,
            user=f"pfh_{role}",
            password=password or self.passwords[role],
            database=DATABASE,
        )

    def ask(self, role: str, sql: str, *, replica: bool = False) -> Any:  # noqa: ANN401 -- SQL
        """Run one statement as a role and return the first value."""

        async def run() -> object:
            connection = await self.connect(role, replica=replica)
            try:
                return await connection.fetchval(sql)
            finally:
                await connection.close()

        return asyncio.run(run())


@pytest.fixture(scope="module")
def deployed(run_directory: RunDirectory) -> Iterator[Deployed]:
    folder = run_directory.path / f"deployed-{secrets.token_hex(4)}"
    try:
        made = _prepare(folder)
        prefix = as_system_user(folder)
    except Missing as missing:
        pytest.skip(str(missing))
    (folder / "archive").chmod(0o777)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        _start_primary(made, prefix, processes)
        _start_replica(made, prefix, processes)
        yield made
    finally:
        for data, process in zip(("replica", "data"), reversed(processes), strict=False):
            _stop(folder / data, process)


def _prepare(folder: Path) -> Deployed:
    """Lay out what the container has: configuration, secrets, empty folders."""
    binaries = native_binaries()
    shutil.copytree(ROOT / "deploy" / "postgres", folder / "conf")
    made = Deployed(
        folder,
        binaries,
        free_port(),
        free_port(),
        {name: secrets.token_hex(32) for name in SECRETS},
    )
    ident = folder / "conf" / "pg_ident.conf"
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    ident.write_text(
        ident.read_text("utf-8").replace("admin   postgres", f"admin   {user}"), "utf-8"
    )
    for name in ("secrets", "archive", "run", "replica-run", "replica"):
        (folder / name).mkdir()
    for name, password in made.passwords.items():
        (folder / "secrets" / f"postgres_{name}_password").write_text(password, "ascii")
    return made


def _options(made: Deployed, port: int, run: str) -> str:
    conf = made.folder / "conf"
    options = {
        "hba_file": conf / "pg_hba.conf",
        "ident_file": conf / "pg_ident.conf",
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": made.folder / run,
        "archive_command": f"sh {conf}/archive-wal %p %f {made.folder}/archive",
    }
    return "\n".join(f"{name} = '{value}'" for name, value in options.items())


def _configuration(made: Deployed, port: int, run: str) -> Path:
    """Return the deployed file with the places of this test behind it."""
    text = (ROOT / "deploy" / "postgres" / "postgresql.conf").read_text(encoding="utf-8")
    file = made.folder / f"{run}.conf"
    file.write_text(f"{text}\n{_options(made, port, run)}\nshared_buffers = '32MB'\n", "utf-8")
    return file


def _stop(data: Path, process: subprocess.Popen[bytes]) -> None:
    """Stop a server as compose does; the process that we started may only be its `runuser`."""
    known = data / "postmaster.pid"
    if known.exists():
        os.kill(int(known.read_text("ascii").split()[0]), signal.SIGINT)
    else:
        process.kill()
    process.wait(SECONDS)


def _start_primary(
    made: Deployed, prefix: tuple[str, ...], processes: list[subprocess.Popen[bytes]]
) -> None:
    data, run = made.folder / "data", made.folder / "run"
    password = made.folder / "secrets" / "postgres_admin_password"
    initdb = [f"{made.binaries}/initdb", "-D", f"{data}", "-U", "pfh_admin", "--no-sync"]
    initdb += [f"--pwfile={password}", "--auth-local=peer", "--auth-host=scram-sha-256"]
    initdb += ["--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8"]
    run_command([*prefix, *initdb])
    conf = _configuration(made, made.port, "run")
    command = [*prefix, f"{made.binaries}/postgres", "-D", f"{data}", "-c", f"config_file={conf}"]
    processes.append(_spawn(command, made.folder / "primary.log", {}))
    psql = [*prefix, f"{made.binaries}/psql", "-XqAt", "-h", f"{run}", "-p", f"{made.port}"]
    psql += ["-U", "pfh_admin"]
    _until(lambda: _succeeds([*psql, "-d", "postgres", "-c", "SELECT 1"]), made.folder)
    run_command([*psql, "-d", "postgres", "-c", f"CREATE DATABASE {DATABASE}"])
    script = made.folder / "conf" / "init" / "10-roles.sql"
    done = subprocess.run(
        [*psql, "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-f", f"{script}"],
        env={**os.environ, "PFH_SECRETS_DIR": f"{made.folder}/secrets"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _start_replica(
    made: Deployed, prefix: tuple[str, ...], processes: list[subprocess.Popen[bytes]]
) -> None:
    environment = {
        "PATH": f"{made.binaries}{os.pathsep}{os.environ['PATH']}",
        "PGDATA": f"{made.folder}/replica",
        "PFH_PRIMARY_HOST": "127.0.0.1",
        "PFH_PRIMARY_PORT": str(made.port),
        "PFH_REPLICATION_PASSWORD_FILE": f"{made.folder}/secrets/postgres_replication_password",
        "PFH_PASSFILE": f"{made.folder}/replica-run/pgpass",
        "PFH_POSTGRES_CONF": f"{_configuration(made, made.replica_port, 'replica-run')}",
    }
    script = made.folder / "conf" / "start-replica"
    log = made.folder / "replica.log"
    processes.append(_spawn([*prefix, "sh", f"{script}"], log, environment))
    ready = [f"{made.binaries}/pg_isready", "-q", "-h", "127.0.0.1", "-p", f"{made.replica_port}"]
    _until(lambda: _succeeds(ready), made.folder)


def _spawn(
    command: list[str], log: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output,
        )  # fmt: skip


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _until(condition: Callable[[], bool], folder: Path) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        logs = "\n".join(path.read_text("utf-8", "replace") for path in folder.glob("*.log"))
        assert time.monotonic() < until, logs
        time.sleep(0.05)


def _migrated(made: Deployed) -> None:
    done = subprocess.run(
        [*COMMAND, "migrate"],
        env=_hub_environment(made, "migrate"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_settings_are_the_deployed_ones(deployed: Deployed) -> None:
    asked = {
        name: deployed.ask("monitor", f"SHOW {name}")
        for name in ("fsync", "archive_mode", "max_connections", "archive_timeout", "wal_level")
    }
    assert asked == {
        "fsync": "on",
        "archive_mode": "on",
        "max_connections": "200",
        "archive_timeout": "1min",
        "wal_level": "replica",
    }
    assert deployed.ask("monitor", "SELECT count(*) FROM pg_stat_statements") > 0


def test_hub_reads_and_writes_rows_and_nothing_else(deployed: Deployed) -> None:
    _migrated(deployed)
    deployed.ask("app", "SELECT count(*) FROM users")
    deployed.ask("app", "INSERT INTO households VALUES (1, 'Oak', 'EUR', 0)")
    deployed.ask("app", "UPDATE households SET name = 'Elm' WHERE household_id = 1")
    deployed.ask("app", "DELETE FROM households WHERE household_id = 1")
    for sql in (
        "CREATE TABLE mine (x int)",
        "TRUNCATE households CASCADE",
        "DROP TABLE households",
        "ALTER TABLE households ADD COLUMN x int",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pfh_admin'",
        "CREATE ROLE intruder SUPERUSER",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            deployed.ask("app", sql)
        assert refused.value.sqlstate == "42501", sql


def test_who_watches_sees_no_rows(deployed: Deployed) -> None:
    _migrated(deployed)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        deployed.ask("monitor", "SELECT count(*) FROM users")


def test_wrong_password_opens_nothing(deployed: Deployed) -> None:
    async def run() -> None:
        await deployed.connect("app", password="not it")

    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(run())


def test_standby_follows_and_refuses_to_write(deployed: Deployed) -> None:
    _migrated(deployed)
    deployed.ask("app", "INSERT INTO households VALUES (2, 'Ash', 'EUR', 0)")
    count = "SELECT count(*) FROM households WHERE household_id = 2"
    _until(lambda: deployed.ask("app", count, replica=True) == 1, deployed.folder)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        deployed.ask("app", "DELETE FROM households", replica=True)
    deployed.ask("app", "DELETE FROM households WHERE household_id = 2")
    state = "SELECT state FROM pg_stat_replication WHERE application_name = 'pfh_replica'"
    assert deployed.ask("monitor", state) == "streaming"
    slot = "SELECT active FROM pg_replication_slots WHERE slot_name = 'pfh_replica'"
    assert deployed.ask("monitor", slot) is True


def test_log_is_archived_piece_by_piece(deployed: Deployed) -> None:
    name = deployed.ask("admin", "SELECT pg_walfile_name(pg_switch_wal())")
    archived = deployed.folder / "archive" / name
    deployed.ask("admin", "SELECT pg_switch_wal()")
    _until(archived.exists, deployed.folder)
    assert archived.stat().st_size == 16 << 20
    assert not list((deployed.folder / "archive").glob(".*.part"))


def test_books_come_back_as_they_were_before_somebody_deleted_them(deployed: Deployed) -> None:
    _migrated(deployed)
    base, new = deployed.folder / "base", deployed.folder / "restored"
    archive = deployed.folder / "archive"
    for folder in (base, new):
        folder.mkdir()
    as_system_user(deployed.folder)
    copied = _script(deployed, "base-backup", base)
    assert copied.returncode == 0, copied.stderr
    [copy] = base.iterdir()
    # What is written after the copy is in the archive alone.
    asyncio.run(_fill(deployed))
    entries = deployed.ask("app", "SELECT count(*) FROM entries")
    assert entries > 0
    until = _time_after(deployed, copy.name)
    deployed.ask("app", "WITH gone AS (DELETE FROM postings) DELETE FROM events")
    _archived(deployed)

    for time_, place, words in (
        ("2026-11-27 14:02:59", new, "in UTC"),
        ("2020-01-01 00:00:00+00", new, "no copy"),
        (until, base, "not empty"),
    ):
        refused = _script(deployed, "restore-until", time_, base, archive, place)
        assert refused.returncode != 0
        assert words in refused.stderr
    done = _script(deployed, "restore-until", until, base, archive, new)
    assert done.returncode == 0, done.stderr
    _assert_whole(replace(deployed, port=free_port()), new, entries)


def _time_after(made: Deployed, copy: str) -> str:
    """Return the server's time, in a second after that of a base backup."""
    later = f"SELECT clock_timestamp() > to_timestamp('{copy[:15]}', 'YYYYMMDDTHH24MISS')"
    _until(lambda: made.ask("monitor", f"{later} + interval '1 s'"), made.folder)
    sql = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"{made.ask('monitor', sql)}+00"


def _assert_whole(restored: Deployed, data: Path, entries: int) -> None:
    """Start a server on restored data and prove the books."""
    (restored.folder / "restored-run").mkdir()
    prefix = as_system_user(restored.folder)
    conf = _configuration(restored, restored.port, "restored-run")
    command = [*prefix, f"{restored.binaries}/postgres", "-D", f"{data}"]
    command += ["-c", f"config_file={conf}"]
    process = _spawn(command, restored.folder / "restored.log", {})
    try:
        _until(lambda: _is_primary(restored), restored.folder)
        assert restored.ask("app", "SELECT count(*) FROM entries") == entries
        verified = subprocess.run(
            [*COMMAND, "verify"],
            env=_hub_environment(restored, "app"), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert verified.returncode == 0, verified.stdout + verified.stderr
    finally:
        _stop(data, process)


def _hub_environment(made: Deployed, role: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": "src",
        "PFH_DATA_DIR": f"{made.folder}/hub",
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(made.port),
        "POSTGRES_DB": DATABASE,
        "POSTGRES_USER": f"pfh_{role}",
        "POSTGRES_PASSWORD_FILE": f"{made.folder}/secrets/postgres_{role}_password",
    }


async def _fill(made: Deployed) -> None:
    environment = _hub_environment(made, "app")
    names = [name for name in environment if name.startswith(("PFH_DATA", "POSTGRES_"))]
    settings = load_settings({name: environment[name] for name in names})
    async with open_services(settings) as services:
        await create_demo_household(services)


def _script(made: Deployed, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a deployed script as the operating system's user of the server."""
    passwords = made.folder / "run" / "pgpass"
    passwords.write_text(f"*:*:*:pfh_replication:{made.passwords['replication']}\n", "ascii")
    passwords.chmod(0o600)
    os.chown(passwords, *_owner(made.folder / "data"))
    environment = {
        "PATH": f"{made.binaries}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(made.port),
        "PGUSER": "pfh_replication",
        "PGPASSFILE": f"{passwords}",
    }
    script = made.folder / "conf" / name
    return subprocess.run(
        [*as_system_user(made.folder / "run"), "sh", f"{script}", *map(str, arguments)],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip


def _owner(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


def _archived(made: Deployed) -> None:
    """Return when everything that was written until now is in the archive."""
    name = made.ask("admin", "SELECT pg_walfile_name(pg_switch_wal())")
    _until((made.folder / "archive" / name).exists, made.folder)


def _is_primary(made: Deployed) -> bool:
    try:
        return made.ask("monitor", "SELECT NOT pg_is_in_recovery()") is True
    except (OSError, asyncpg.PostgresError):
        return False


def test_backup_and_drill_need_no_more_than_their_roles(deployed: Deployed) -> None:
    _migrated(deployed)
    # Another test has deleted what a drill would miss.
    deployed.ask("admin", _EMPTY)
    asyncio.run(_fill(deployed))
    environment = {
        **_hub_environment(deployed, "app"),
        "PFH_BACKUP_DIR": f"{deployed.folder}/sealed",
        "PFH_BACKUP_KEY": secrets.token_hex(32),
    }
    as_drill = {
        "PFH_DRILL_USER": "pfh_drill",
        "PFH_DRILL_PASSWORD_FILE": f"{deployed.folder}/secrets/postgres_drill_password",
    }
    made = _pfh("backup", environment)
    assert made.returncode == 0, made.stderr
    # The role that writes rows may not make databases, and the one that may reads no rows.
    refused = _pfh("drill", environment)
    assert refused.returncode == 1
    assert "pfh_app may not make the database" in refused.stderr
    for sql in ("SELECT count(*) FROM public.users", "CREATE TABLE public.mine (x int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            deployed.ask("drill", sql)
    drilled = _pfh("drill", environment | as_drill)
    assert drilled.returncode == 0, drilled.stdout + drilled.stderr
    assert deployed.ask("app", "SELECT count(*) FROM backup_records WHERE rto IS NOT NULL") == 1
    left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'pfh_drill%'"
    assert deployed.ask("monitor", left) == 0


def _pfh(name: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, name], env=environment, capture_output=True, text=True, check=False
    )


def test_base_backups_are_kept_by_the_clock_and_the_log_that_they_need(deployed: Deployed) -> None:
    old = deployed.ask("admin", "SELECT pg_walfile_name(pg_switch_wal())")
    deployed.ask("app", "INSERT INTO households VALUES (3, 'Yew', 'EUR', 0)")
    deployed.ask("app", "DELETE FROM households WHERE household_id = 3")
    _archived(deployed)
    assert (deployed.folder / "archive" / old).exists()
    figures = deployed.folder / "archive" / "figures"
    with _keeping_base_backups(deployed, deployed.port) as process:
        success = "base_backup_last_success_timestamp_seconds"
        _until(lambda: _figure(figures, success) > 0, deployed.folder)
        assert _check_base_backups(deployed) == 0
        assert _figure(figures, "base_backup_oldest_timestamp_seconds") == _figure(figures, success)
        assert _figure(figures, "base_backup_last_failure_timestamp_seconds") == 0
        [copy] = (deployed.folder / "archive" / "base").iterdir()
        label = (copy / "backup_label").read_text("ascii")
        archived = deployed.folder / "archive"
        pieces = {path.name for path in archived.iterdir() if len(path.name) == len(old)}
        assert old not in pieces
        assert all(f"(file {name})" in label or name > old for name in pieces)
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS)
    assert (figures / "base_backup.prom").stat().st_mode & 0o777 == 0o644
    shutil.rmtree(archived / "base")


def test_base_backup_that_fails_is_told(deployed: Deployed) -> None:
    figures = deployed.folder / "archive" / "figures"
    with _keeping_base_backups(deployed, free_port()):
        failure = "base_backup_last_failure_timestamp_seconds"
        _until(lambda: _figure(figures, failure) > 0, deployed.folder)
    assert _figure(figures, "base_backup_last_success_timestamp_seconds") == 0
    assert _check_base_backups(deployed) == 1


def _keeping_environment(made: Deployed, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{made.binaries}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "PFH_ARCHIVE": f"{made.folder}/archive",
        "PFH_FIGURES": f"{made.folder}/archive/figures",
        "PFH_PASSFILE": f"{made.folder}/archive/pgpass",
        "PFH_REPLICATION_PASSWORD_FILE": f"{made.folder}/secrets/postgres_replication_password",
    }


@contextmanager
def _keeping_base_backups(made: Deployed, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program of the service `base-backup` beside the block."""
    (made.folder / "archive" / "figures").mkdir(exist_ok=True)
    prefix = as_system_user(made.folder / "archive")
    script = made.folder / "conf" / "keep-base-backups"
    with (made.folder / "base-backup.log").open("wb") as log:
        process = subprocess.Popen(
            [*prefix, "sh", f"{script}"], env=_keeping_environment(made, port),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(SECONDS)


def _check_base_backups(made: Deployed) -> int:
    return subprocess.run(
        ["sh", f"{made.folder}/conf/keep-base-backups", "check"],
        env=_keeping_environment(made, made.port), check=False,
    ).returncode  # fmt: skip


def _figure(folder: Path, name: str) -> float:
    """Return a figure of the file for node_exporter; NaN while there is none."""
    file = folder / "base_backup.prom"
    lines = file.read_text("ascii").splitlines() if file.exists() else []
    told = [line.split() for line in lines if line.startswith(f"{name} ")]
    return float(told[0][1]) if told else float("nan")


def test_archive_never_replaces_another_piece(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "postgres" / "archive-wal"
    archive = tmp_path / "archive"
    archive.mkdir()
    piece = tmp_path / "piece"

    def offer(content: bytes) -> int:
        piece.write_bytes(content)
        command = ["sh", f"{script}", f"{piece}", "0001", f"{archive}"]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert offer(b"one") == 0
    assert offer(b"one") == 0
    assert offer(b"two") == 1
    assert (archive / "0001").read_bytes() == b"one"


def test_passwords_are_not_in_the_log(deployed: Deployed) -> None:
    for log in deployed.folder.glob("*.log"):
        text = log.read_text(encoding="utf-8", errors="replace")
        assert not [name for name, word in deployed.passwords.items() if word in text]
