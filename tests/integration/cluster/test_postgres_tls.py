"""A PostgreSQL server that speaks TLS alone: whose certificate is believed, and whose is not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pfh.adapters.database.postgres import PostgresOptions, open_postgres
from pfh.migrations import runner
from pfh.ports.database import Connection, DatabaseUnavailable
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.probes import probe_all
from pfh.runtime.settings import load_settings
from tests.servers.certificate import self_signed
from tests.servers.found import Missing
from tests.servers.postgres import OwnPostgres, start_own_postgres
from tests.servers.run_directory import RunDirectory

pytestmark = pytest.mark.postgres


@dataclass(frozen=True)
class Guarded:
    """A server that speaks TLS alone, and the authority of its certificate for 127.0.0.1."""

    server: OwnPostgres
    authority: Path

    def settings(self, **more: str) -> PostgresSettings:
        parts = urlsplit(self.server.url)
        environment = {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(parts.port),
            "POSTGRES_DB": "postgres",
            "POSTGRES_USER": "app",
            "POSTGRES_PASSWORD": unquote(parts.password or ""),
            **more,
        }
        database = load_settings(environment).database
        assert isinstance(database, PostgresSettings)
        return database


@pytest.fixture(scope="module")
def guarded(
    run_directory: RunDirectory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    try:
        server = start_own_postgres(run_directory)
    except Missing as missing:
        pytest.skip(str(missing))
    certificate, key = self_signed(tmp_path_factory.mktemp("certificate"))
    server.stop()
    data = server.directory / "data"
    owner = (data / "postgresql.conf").stat()
    for source, name in ((certificate, "server.crt"), (key, "server.key")):
        shutil.copyfile(source, data / name)
        (data / name).chmod(0o600)
        shutil.chown(data / name, owner.st_uid, owner.st_gid)
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write("ssl = on\n")
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    server.start()
    yield Guarded(server, certificate)
    server.stop("immediate")


async def speaks_tls(connection: Connection) -> bool:
    sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    return bool(await connection.fetch_value(sql))


async def test_pool_and_migrations_speak_tls_with_a_certificate_of_their_authority(
    guarded: Guarded,
) -> None:
    settings = guarded.settings(POSTGRES_TLS="on", POSTGRES_CA_FILE=str(guarded.authority))
    database = await open_postgres(PostgresOptions(url=settings.url))
    assert await database.read(speaks_tls)
    await database.close()
    status = await asyncio.to_thread(runner.status, settings.migration_url)
    assert status.current is None


async def test_certificate_of_another_authority_is_refused(
    guarded: Guarded, tmp_path: Path
) -> None:
    stranger, _ = self_signed(tmp_path)
    settings = guarded.settings(POSTGRES_TLS="on", POSTGRES_CA_FILE=str(stranger))
    with pytest.raises(DatabaseUnavailable, match="TLS, CERTIFICATE_VERIFY_FAILED"):
        await open_postgres(PostgresOptions(url=settings.url))


async def test_certificate_that_no_authority_of_the_system_made_is_refused(
    guarded: Guarded,
) -> None:
    settings = guarded.settings(POSTGRES_TLS="on")
    with pytest.raises(DatabaseUnavailable, match="TLS, CERTIFICATE_VERIFY_FAILED"):
        await open_postgres(PostgresOptions(url=settings.url))


async def test_certificate_of_another_host_is_refused(guarded: Guarded) -> None:
    settings = guarded.settings(
        POSTGRES_HOST="localhost", POSTGRES_TLS="on", POSTGRES_CA_FILE=str(guarded.authority)
    )
    with pytest.raises(DatabaseUnavailable):
        await open_postgres(PostgresOptions(url=settings.url))


def test_check_of_the_settings_says_that_the_certificate_is_not_believed(
    guarded: Guarded, tmp_path: Path
) -> None:
    stranger, _ = self_signed(tmp_path)
    parts = urlsplit(guarded.server.url)
    environment = {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_DB": "postgres",
        "POSTGRES_USER": "app",
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
        "POSTGRES_READ_HOST": "127.0.0.1",
        "POSTGRES_READ_PORT": str(parts.port),
        "POSTGRES_TLS": "on",
        "POSTGRES_CA_FILE": str(stranger),
    }
    for authority, words in ((stranger, "TLS"), (guarded.authority, "it takes writes")):
        environment["POSTGRES_CA_FILE"] = str(authority)
        found = {one.name: one for one in asyncio.run(probe_all(load_settings(environment)))}
        assert words in found["database-replica"].detail
        assert found["database"].failed is (authority == stranger)
