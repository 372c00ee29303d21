"""`pfh config check` and the detailed health say of each third party what is wrong with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.entry.cli.stack.local_process import free_port
from pfh.entry.web.app import create_app
from pfh.runtime.probes import Probe
from pfh.runtime.services import open_services
from pfh.runtime.settings import Settings, load_settings
from pfh.runtime.third_party_probes import ThirdPartyHealth, check_third_parties
from tests.integration.web.conftest import client_of
from tests.servers.third_party import Reply, ThirdPartyServer, third_party_server

ADMIN = "an operator's token of the tests, long enough"
SCOPES = Reply(200, body=b'{"scopes": ["mail.send", "alerts.read"]}')
MODELS = Reply(200, body=b'{"object": "list", "data": []}')


@pytest.fixture
async def server() -> AsyncIterator[ThirdPartyServer]:
    async with third_party_server() as found:
        yield found


def with_sendgrid(address: str, **more: str) -> Settings:
    named = {"SENDGRID_API_KEY": "SG.hidden", "MAIL_FROM": "hub@example.org"}
    return load_settings({**named, "SENDGRID_URL": address, **more})


def with_model(address: str) -> Settings:
    return load_settings({"OPENAI_MODEL": "m", "OPENAI_BASE_URL": f"{address}/v1"})


async def probed(settings: Settings) -> dict[str, Probe]:
    return {probe.name: probe for probe in await check_third_parties(settings)}


async def test_tells_what_is_not_configured() -> None:
    found = await probed(load_settings({}))
    assert {name: probe.state for name, probe in found.items()} == {
        "mail": "not configured",
        "language-model": "not configured",
    }


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (SCOPES, "ok"),
        (Reply(200, body=b'{"scopes": ["alerts.read"]}'), "wrong password"),
        (Reply(401), "wrong password"),
        (Reply(500), "failed"),
        (Reply(drops=True), "failed"),
    ],
    ids=["ok", "scope", "key", "500", "drops"],
)
async def test_asks_sendgrid_what_the_key_may_do(
    server: ThirdPartyServer, reply: Reply, state: str
) -> None:
    server.reply(reply)
    probe = (await probed(with_sendgrid(server.address)))["mail"]
    assert probe.state == state
    assert server.requests[0].path == "/v3/scopes"
    assert "hidden" not in f"{probe}"


async def test_asks_the_model_for_its_list(server: ThirdPartyServer) -> None:
    server.reply(MODELS, Reply(200, body=b"<html>"))
    settings = with_model(server.address)
    assert (await probed(settings))["language-model"].state == "ok"
    assert server.requests[0].path == "/v1/models"
    assert (await probed(settings))["language-model"].state == "failed"
    gone = await probed(with_model(f"http://127.0.0.1:{free_port()}"))
    assert gone["language-model"].state == "refused"


async def test_asks_a_mail_server_without_sending_anything() -> None:
    said: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        while line := await reader.readline():
            said.append(line.split()[0].upper())
            writer.write(b"250 fine\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as smtp:
        port = smtp.sockets[0].getsockname()[1]
        environment = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(port),
            "SMTP_TLS": "off",
            "MAIL_FROM": "hub@example.org",
        }
        assert (await probed(load_settings(environment)))["mail"].state == "ok"
        strict = await probed(load_settings({**environment, "SMTP_TLS": "starttls"}))
        assert strict["mail"].state == "failed"
    gone = load_settings({**environment, "SMTP_PORT": str(free_port())})
    assert (await probed(gone))["mail"].state == "refused"
    assert set(said) <= {b"EHLO", b"NOOP", b"QUIT"}


@pytest.fixture
def books(migrated_sqlite_path: Path) -> Path:
    migrated_sqlite_path.rename(migrated_sqlite_path.with_name("pfh.sqlite"))
    return migrated_sqlite_path.parent


async def test_detailed_health_degrades_and_the_hub_stays_ready(
    server: ThirdPartyServer, books: Path
) -> None:
    server.reply(Reply(never=True))
    settings = with_sendgrid(
        server.address,
        PFH_DATA_DIR=str(books),
        ADMIN_TOKEN=ADMIN,
        OPENAI_MODEL="m",
        OPENAI_BASE_URL=f"{server.address}/v1",
    )
    operator = {"authorization": f"Bearer {ADMIN}"}
    async with (
        open_services(settings) as services,
        client_of(create_app(services, settings, consumers={})) as client,
    ):
        answer = (await client.get("/api/health/detailed", headers=operator)).json()
        assert answer["status"] == "degraded"
        assert answer["parts"]["mail"] == {"kind": "mail", "reachable": False, "state": "timeout"}
        assert answer["parts"]["languageModel"]["state"] == "timeout"
        assert answer["parts"]["objects"]["state"] == "not configured"
        assert (await client.get("/readyz")).status_code == 200
        asked = len(server.requests)
        await client.get("/api/health/detailed", headers=operator)
        assert len(server.requests) == asked


async def test_answers_are_asked_for_again_when_they_are_old(server: ThirdPartyServer) -> None:
    server.reply(SCOPES)
    now = [0.0]
    health = ThirdPartyHealth(lambda: now[0])
    settings = with_sendgrid(server.address)
    first = await asyncio.gather(*(health.answers(settings) for _ in range(5)))
    assert len(server.requests) == 1
    assert [probe.state for probe in first[0]] == ["ok", "not configured"]
    server.reply(Reply(503))
    now[0] = 29.0
    assert (await health.answers(settings))[0].state == "ok"
    now[0] = 30.0
    assert (await health.answers(settings))[0].state == "failed"


async def test_one_that_never_answers_costs_about_a_second(server: ThirdPartyServer) -> None:
    server.reply(Reply(never=True))
    begun = time.monotonic()
    answers = await ThirdPartyHealth().answers(with_sendgrid(server.address))
    assert answers[0].state == "timeout"
    # One second by itself; the rest is for a machine that has much else to do.
    assert time.monotonic() - begun < 20
