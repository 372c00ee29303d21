"""`pfh config check` says of each server in one word what is wrong with it."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from typer.testing import CliRunner

from pfh.adapters.redis.link import RedisLink, RedisUnavailable
from pfh.entry.cli.main import build_app
from pfh.entry.cli.stack.local_process import free_port
from pfh.runtime.probes import TIMEOUT_SECONDS, Probe, probe_all, probe_servers
from pfh.runtime.server_options import redis_options
from pfh.runtime.settings import load_settings
from tests.servers.certificate import self_signed
from tests.servers.found import Server
from tests.servers.mongo import LEAVES_REFUSED_SOCKETS
from tests.servers.redis import RedisProcess
from tests.servers.s3 import options_of
from tests.waiting import wait_until

pytestmark = list(LEAVES_REFUSED_SOCKETS)


def probes(tmp_path: Path, **environment: str) -> dict[str, Probe]:
    settings = load_settings({"PFH_DATA_DIR": str(tmp_path), **environment})
    return {probe.name: probe for probe in asyncio.run(probe_all(settings))}


def told(tmp_path: Path, name: str, state: str, **environment: str) -> Probe:
    """Wait for a probe that tells this state: a busy machine may be late for one."""
    found: list[Probe] = []

    def is_told() -> bool:
        found[:] = [probes(tmp_path, **environment)[name]]
        return found[0].state == state

    wait_until(is_told, what=f"{name} that is {state}")
    return found[0]


def at(port: int, password: str) -> dict[str, str]:
    return {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "REDIS_PASSWORD": password}


def test_tells_what_is_not_configured(tmp_path: Path) -> None:
    found = probes(tmp_path)
    assert found.pop("database").state == "ok"
    assert {probe.state for probe in found.values()} == {"not configured"}


def test_tells_a_redis_that_serves_refuses_or_could_evict(
    redis_process: RedisProcess, tmp_path: Path
) -> None:
    redis_process.start()
    right = at(redis_process.port, redis_process.password)
    told(tmp_path, "redis-master", "ok", **right)
    wrong = at(redis_process.port, "not the password")
    told(tmp_path, "redis-master", "wrong password", **wrong)
    with redis_process.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    evicting = told(tmp_path, "redis-master", "failed", **right)
    assert evicting.failed
    assert "maxmemory-policy is allkeys-lru" in evicting.detail
    assert "set noeviction" in evicting.detail
    redis_process.stop()
    told(tmp_path, "redis-master", "refused", **right)


def test_tells_a_server_that_never_answers_within_five_seconds(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        s3 = {"S3_ENDPOINT": f"http://127.0.0.1:{port}", "S3_BUCKET": "b"}
        s3 |= {"S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"}
        # All are asked at once, each for so long at most.
        assert TIMEOUT_SECONDS < 5
        found = probes(tmp_path, **at(port, "any password"), **s3)
        hints = probes(tmp_path, **at(port, "any password"), REDIS_TLS="on")
    assert (found["redis-master"].state, found["s3"].state) == ("timeout", "timeout")
    assert hints["redis-master"].state == "timeout"
    assert hints["redis-master"].detail.endswith("; does it speak TLS there?")


def test_tells_documents_that_refuse_or_never_answer(tmp_path: Path) -> None:
    words = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(free_port())}
    nowhere = {**words, **dict.fromkeys(("POSTGRES_DB", "POSTGRES_USER"), "unused")}
    nowhere["POSTGRES_PASSWORD"] = "correct horse"
    gone = f"mongodb://127.0.0.1:{free_port()}/hub"
    refused = told(tmp_path, "mongodb", "refused", **nowhere, MONGODB_URI=gone)
    assert "configured timeouts" not in refused.detail
    assert refused.detail.count("(") == refused.detail.count(")")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"mongodb://127.0.0.1:{silent.getsockname()[1]}/hub"
        late = told(tmp_path, "mongodb", "timeout", **nowhere, MONGODB_URI=address)
    assert late.detail == "no answer within 2.4 s"


def test_tells_whether_there_are_books_in_a_file_that_may_be_written(tmp_path: Path) -> None:
    assert probes(tmp_path)["database"].detail == "SQLite; no books yet"
    (tmp_path / "pfh.sqlite").touch()
    assert probes(tmp_path)["database"].detail == "SQLite"


def test_tells_a_bucket_that_serves_is_missing_or_refuses(
    s3_server: Server, tmp_path: Path
) -> None:
    options = options_of(s3_server.address)
    right = {
        "S3_ENDPOINT": options.endpoint,
        "S3_BUCKET": options.bucket,
        "S3_ACCESS_KEY": options.access_key,
        "S3_SECRET_KEY": options.secret_key,
    }
    told(tmp_path, "s3", "ok", **right)
    told(tmp_path, "s3", "wrong password", **{**right, "S3_SECRET_KEY": "another"})
    missing = told(tmp_path, "s3", "failed", **{**right, "S3_BUCKET": "never-made"})
    assert missing.detail == "there is no bucket never-made"
    nowhere = f"http://127.0.0.1:{free_port()}"
    told(tmp_path, "s3", "refused", **{**right, "S3_ENDPOINT": nowhere})


def test_tells_brokers_that_serve_refuse_or_never_answer(
    kafka_server: Server, tmp_path: Path
) -> None:
    names = ("POSTGRES_HOST", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD")
    nowhere = {**dict.fromkeys(names, "unused.invalid"), "PFH_DATA_DIR": str(tmp_path)}

    def kafka(brokers: str) -> Probe:
        settings = load_settings({**nowhere, "KAFKA_BROKERS": brokers})

        async def answers() -> list[Probe]:
            return list(await asyncio.gather(*probe_servers(settings)))

        return next(one for one in asyncio.run(answers()) if one.name == "kafka")

    wait_until(lambda: kafka(kafka_server.address).state == "ok", what="a broker that serves")
    gone = f"127.0.0.1:{free_port()}"
    wait_until(lambda: kafka(gone).state == "refused", what="a broker that refuses")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        never = kafka(f"127.0.0.1:{silent.getsockname()[1]}")
        assert (never.state, never.failed) == ("timeout", True)


def test_command_prints_a_table_and_exits_with_1_when_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(build_app(), ["config", "check"])
    assert (done.exit_code, "not configured" in done.output) == (0, True)
    for name, value in at(free_port(), "a password of mine").items():
        monkeypatch.setenv(name, value)
    failed = CliRunner().invoke(build_app(), ["config", "check"])
    assert failed.exit_code == 1
    assert "redis-master" in failed.output
    assert "refused" in failed.output
    assert "a password of mine" not in failed.output


async def test_speaks_tls_with_a_certificate_of_its_authority_alone(
    redis_process: RedisProcess, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path)
    tls_port = free_port()
    redis_process.arguments = (
        "--tls-port", str(tls_port), "--tls-cert-file", str(certificate),
        "--tls-key-file", str(key), "--tls-auth-clients", "no",
    )  # fmt: skip
    redis_process.start()
    environment = at(tls_port, redis_process.password) | {"REDIS_TLS": "on"}
    known = load_settings({**environment, "REDIS_CA_FILE": str(certificate)}).servers.redis_master
    unknown = load_settings(environment).servers.redis_master
    assert known is not None
    assert unknown is not None
    link = RedisLink(redis_options(known), "master")
    assert await link.run("test", lambda client: client.ping())
    await link.close()
    stranger = RedisLink(redis_options(unknown), "master")
    with pytest.raises(RedisUnavailable):
        await stranger.run("test", lambda client: client.ping())
    await stranger.close()


def test_refuses_a_server_of_documents_that_loses_updates(
    mongo_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(free_port()), "POSTGRES_DB": "b"}
    books |= {"POSTGRES_USER": "b", "POSTGRES_PASSWORD": "not to be had"}
    settings = {**books, "MONGODB_URI": mongo_server.address}
    told(tmp_path, "mongodb", "ok", **settings)
    ask = AsyncDatabase.command

    async def as_ferretdb(self: AsyncDatabase[dict[str, Any]], word: str) -> dict[str, Any]:
        return {**await ask(self, word), "ferretdbVersion": "v1.24.2"}

    monkeypatch.setattr(AsyncDatabase, "command", as_ferretdb)
    found = told(tmp_path, "mongodb", "failed", **settings)
    assert found.failed
    assert "FerretDB" in found.detail
