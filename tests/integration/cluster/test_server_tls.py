"""Redis, S3 and MongoDB over TLS: who believes the certificate works with them, others know why.

PostgreSQL and Kafka, which let nobody in without, have tests of their own beside this one.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pfh.adapters.documents.mongo import open_mongo_documents
from pfh.adapters.objects.s3 import S3Objects
from pfh.entry.cli.stack.local_process import free_port
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.objects import ObjectsUnavailable
from pfh.runtime.probes import Probe, probe_all
from pfh.runtime.server_options import s3_options
from pfh.runtime.settings import Settings, load_settings
from tests.contract.documents_contract import ANN, MONTH
from tests.contract.objects_contract import stream, whole
from tests.heads import at
from tests.servers.certificate import issued, self_signed
from tests.servers.found import Missing, Server
from tests.servers.mongo import LEAVES_REFUSED_SOCKETS
from tests.servers.redis import RedisProcess
from tests.servers.run_directory import RunDirectory
from tests.servers.s3 import BUCKET, SeaweedProcess, find_program
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, *LEAVES_REFUSED_SOCKETS]
BOOKS = {
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_PORT": str(free_port()),
    "POSTGRES_DB": "unused",
    "POSTGRES_USER": "unused",
    "POSTGRES_PASSWORD": "of no server of this test",
}


@dataclass(frozen=True)
class Authority:
    """Whom to believe, what it has issued for 127.0.0.1, and an authority that issued nothing."""

    file: Path
    certificate: Path
    key: Path
    another: Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    another, _ = self_signed(tmp_path_factory.mktemp("another"))
    return Authority(*issued(tmp_path_factory.mktemp("authority")), another)


def settings_of(**told: str | None) -> Settings:
    """Return settings of a hub; None leaves one out."""
    return load_settings({name: value for name, value in told.items() if value is not None})


async def check(name: str, settings: Settings, state: str, words: str = "") -> None:
    """Wait until `pfh config check` says so: a busy machine tells a time-out first."""
    found: list[Probe] = []

    async def told() -> bool:
        found[:] = [one for one in await probe_all(settings) if one.name == name]
        return found[0].state == state and words in found[0].detail

    try:
        await eventually(told)
    except AssertionError:
        raise AssertionError(found) from None


class TestRedis:
    @pytest.fixture
    def tls_port(self, redis_process: RedisProcess, authority: Authority) -> int:
        port = free_port()
        redis_process.arguments = (
            "--tls-port", str(port), "--tls-cert-file", f"{authority.certificate}",
            "--tls-key-file", f"{authority.key}", "--tls-auth-clients", "no",
        )  # fmt: skip
        redis_process.start()
        return port

    async def test_check_believes_a_certificate_of_its_authority_alone(
        self, redis_process: RedisProcess, tls_port: int, authority: Authority, tmp_path: Path
    ) -> None:
        def redis(tls: str | None = "on", ca: Path | None = None) -> Settings:
            return settings_of(
                PFH_DATA_DIR=f"{tmp_path}",
                REDIS_HOST="127.0.0.1",
                REDIS_PORT=str(tls_port),
                REDIS_PASSWORD=redis_process.password,
                REDIS_TLS=tls,
                REDIS_CA_FILE=None if ca is None else f"{ca}",
            )

        await check("redis-master", redis(ca=authority.file), "ok")
        for ca in (authority.another, None):
            await check("redis-master", redis(ca=ca), "failed", "TLS: certificate verify failed")
        await check("redis-master", redis(tls=None), "failed", "REDIS_TLS")


@pytest.fixture(scope="module")
def s3_process(
    run_directory: RunDirectory, authority: Authority
) -> Iterator[tuple[SeaweedProcess, int]]:
    """Return the server, and the port where it speaks TLS."""
    try:
        program = find_program()
    except Missing as missing:
        pytest.skip(str(missing))
    port = free_port()
    made = SeaweedProcess(
        program,
        run_directory.path / f"s3-{secrets.token_hex(4)}",
        BUCKET,
        run_directory.own_process,
        arguments=(
            f"-s3.port.https={port}",
            f"-s3.cert.file={authority.certificate}",
            f"-s3.key.file={authority.key}",
        ),
    )
    made.start()
    yield made, port
    made.stop()


class TestS3:
    @pytest.fixture
    def s3(self, s3_process: tuple[SeaweedProcess, int], tmp_path: Path) -> Callable[..., Settings]:
        """Return what makes the settings of an endpoint and a file of authorities."""
        process, tls_port = s3_process

        def made(scheme: str = "https", port: int = tls_port, ca: Path | None = None) -> Settings:
            return settings_of(
                PFH_DATA_DIR=f"{tmp_path}",
                S3_ENDPOINT=f"{scheme}://127.0.0.1:{port}",
                S3_BUCKET=BUCKET,
                S3_ACCESS_KEY=process.options.access_key,
                S3_SECRET_KEY=process.secret_key,
                S3_CA_FILE=None if ca is None else f"{ca}",
            )

        return made

    async def test_files_travel_with_a_certificate_of_its_authority_alone(
        self, s3: Callable[..., Settings], authority: Authority
    ) -> None:
        def objects(ca: Path | None) -> S3Objects:
            settings = s3(ca=ca).servers.s3
            assert settings is not None
            return S3Objects(s3_options(settings))

        believed = objects(authority.file)
        await believed.put("guarded", stream(b"a statement"), size_max=100)
        assert await whole(believed, "guarded") == b"a statement"
        for ca in (authority.another, None):
            with pytest.raises(ObjectsUnavailable):
                await whole(objects(ca), "guarded")

    async def test_check_says_why_it_is_not_believed(
        self,
        s3: Callable[..., Settings],
        s3_process: tuple[SeaweedProcess, int],
        authority: Authority,
    ) -> None:
        await check("s3", s3(ca=authority.file), "ok")
        for ca in (authority.another, None):
            await check("s3", s3(ca=ca), "failed", "TLS: the certificate is not believed")
        await check("s3", s3("http"), "failed", "https in S3_ENDPOINT")
        plain = s3(port=s3_process[0].port, ca=authority.file)
        await check("s3", plain, "failed", "TLS: the server does not speak it")


class TestMongo:
    """A door that speaks TLS stands in front of the server of the run, which speaks none."""

    @asynccontextmanager
    async def _door(self, server: Server, authority: Authority) -> AsyncIterator[str]:
        """Speak TLS on a port of its own, and pass everything on; yields its address."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(authority.certificate, authority.key)
        parts = urlsplit(server.address)

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inner_reader, inner_writer = await asyncio.open_connection(parts.hostname, parts.port)
            both = ((reader, inner_writer), (inner_reader, writer))
            await asyncio.gather(*(_pump(*one) for one in both))

        door = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
        try:
            yield f"127.0.0.1:{door.sockets[0].getsockname()[1]}"
        finally:
            door.close()

    async def test_read_models_travel_with_a_certificate_of_its_authority_alone(
        self, mongo_server: Server, authority: Authority
    ) -> None:
        name = f"pfh_{secrets.token_hex(6)}"
        async with self._door(mongo_server, authority) as address:
            uri = f"mongodb://{address}/{name}?directConnection=true&tls=true&tlsCAFile="
            documents = open_mongo_documents(f"{uri}{authority.file}")
            assert await documents.apply(ANN, before=at(0), after=at(1), increments=[MONTH])
            assert await documents.head(ANN) == at(1)
            await documents.forget(ANN)
            await documents.close()
            stranger = open_mongo_documents(f"{uri}{authority.another}")
            with pytest.raises(DocumentsUnavailable):
                await stranger.head(ANN)
            await stranger.close()

    async def test_check_says_why_it_is_not_believed(
        self, mongo_server: Server, authority: Authority
    ) -> None:
        async with self._door(mongo_server, authority) as address:

            def mongo(options: str) -> Settings:
                uri = f"mongodb://{address}/?directConnection=true&{options}"
                return settings_of(**BOOKS, MONGODB_URI=uri)

            await check("mongodb", mongo(f"tls=true&tlsCAFile={authority.file}"), "ok")
            another = mongo(f"tls=true&tlsCAFile={authority.another}")
            await check("mongodb", another, "failed", "TLS: certificate verify failed")
            await check("mongodb", mongo("tls=false"), "failed", "tls=true")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while received := await reader.read(65_536):
            writer.write(received)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()
