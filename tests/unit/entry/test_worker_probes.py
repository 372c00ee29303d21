"""What a process without pages answers, and to whom."""

from __future__ import annotations

from typing import Any

import pytest

from pfh.entry.worker import probes
from pfh.entry.worker.probes import Probes
from pfh.ports.database import DatabaseUnavailable
from pfh.runtime.lifespan import Hub
from pfh.runtime.settings import load_settings

TOKEN = "a token of the tests with 32 characters"
SETTINGS = load_settings({"ADMIN_TOKEN": TOKEN})
NOWHERE: Any = None


async def answer(
    application: Probes, path: str, *, peer: str = "10.0.0.9", token: str = "", method: str = "GET"
) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {
        "type": "http", "method": method, "path": path, "headers": headers, "client": (peer, 1),
    }  # fmt: skip
    await application(scope, None, send)
    return sent[0]["status"], sent[1]["body"]


@pytest.fixture
def application() -> Probes:
    return Probes(SETTINGS, Hub(), NOWHERE)


async def test_lives_without_asking_anybody(application: Probes) -> None:
    assert await answer(application, "/livez") == (200, b'"ok"')


@pytest.mark.parametrize(
    ("found", "status", "code"),
    [(True, 200, b"ok"), (False, 503, b"migrations_pending")],
)
async def test_is_ready_when_the_tables_are_there(
    application: Probes, monkeypatch: pytest.MonkeyPatch, *, found: bool, status: int, code: bytes
) -> None:
    async def current(_: object) -> bool:
        return found

    monkeypatch.setattr(probes, "is_current", current)
    answered, body = await answer(application, "/readyz")
    assert answered == status
    assert code in body


async def test_is_not_ready_when_it_stops_or_has_no_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(_: object) -> bool:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(probes, "is_current", away)
    hub = Hub()
    application = Probes(SETTINGS, hub, NOWHERE)
    assert await answer(application, "/readyz") == (503, b'{"code":"temporarily_unavailable"}')
    hub.draining = True
    assert await answer(application, "/readyz") == (503, b'{"code":"stopping"}')


async def test_shows_metrics_to_this_machine_and_to_the_token_alone(
    application: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_backups(_: object) -> None:
        return None

    monkeypatch.setattr(probes, "show_backups", no_backups)
    path = "/api/metrics"
    assert (await answer(application, path))[0] == 401
    assert (await answer(application, path, token="another token"))[0] == 401
    assert (await answer(application, path, token=TOKEN))[0] == 200
    status, body = await answer(application, path, peer="127.0.0.1")
    assert status == 200
    assert b"hub_start_time_seconds" in body


async def test_knows_no_other_path_and_no_other_method(application: Probes) -> None:
    assert (await answer(application, "/api/accounts"))[0] == 404
    assert (await answer(application, "/livez", method="POST"))[0] == 405
