"""`pfh ops` beside a running hub: what a command writes, the hub follows."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from tests.e2e.program import PASSWORD, Program, sign_up
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
EVIL = {"x-forwarded-for": "198.51.100.7"}


def asked(hub: Program, *arguments: str) -> Any:  # noqa: ANN401 -- JSON
    done = hub.run(*arguments, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def hub(program: Program) -> Program:
    program.environment["PFH_TRUSTED_PROXIES"] = "127.0.0.1"
    program.start()
    return program


@pytest.mark.timeout(180)
def test_commands_operate_a_hub_that_runs(hub: Program) -> None:
    token = sign_up(hub.url, "admin@example.org")
    victim = sign_up(hub.url, "ben@example.org")
    headers = {"authorization": f"Bearer {victim}"}
    with httpx.Client(base_url=hub.url, timeout=30) as client:

        def me() -> int:
            return client.get("/api/auth/me", headers=headers).status_code

        user = client.get("/api/auth/me", headers=headers).json()["id"]
        assert asked(hub, "ops", "sessions", "revoke", "--user", user) == [
            {"user": user, "ended": 1}
        ]
        begun = time.monotonic()
        wait_until(lambda: me() == 401)
        print(f"the access token died {time.monotonic() - begun:.3f} s after the command")  # noqa: T201 -- shown when it fails

        [block] = asked(hub, "ops", "block", "198.51.100.0/24", "--ttl", "10m", "--reason", "scan")
        assert block["cidr"] == "198.51.100.0/24"
        wait_until(lambda: client.get("/api/health", headers=EVIL).status_code == 403)
        assert [one["cidr"] for one in asked(hub, "ops", "blocks")] == ["198.51.100.0/24"]
        asked(hub, "ops", "unblock", "198.51.100.0/24")
        wait_until(lambda: client.get("/api/health", headers=EVIL).status_code == 200)

        asked(hub, "ops", "maintenance", "on", "--reason", "a look", "--until", "10m")
        wish = {"email": "cal@example.org", "password": PASSWORD}
        wait_until(lambda: client.post("/api/auth/register", json=wish).status_code == 503)
        assert hub.run("ops", "maintenance", "status").returncode == 1
        asked(hub, "ops", "maintenance", "off")
        wait_until(lambda: client.post("/api/auth/register", json=wish).status_code == 422)

        made = hub.run("token", "admin", "--ttl", "5m")
        assert made.returncode == 0, made.stderr
        operator = {"authorization": f"Bearer {made.stdout.strip()}"}
        done = client.get("/api/admin/audit", headers=operator).json()["items"]
        plain = client.get("/api/admin/audit", headers={"authorization": f"Bearer {token}"})
        assert plain.status_code == 200
    assert [item["action"] for item in reversed(done)] == [
        "pfh ops sessions revoke",
        "pfh ops block",
        "pfh ops unblock",
        "pfh ops maintenance on",
        "pfh ops maintenance off",
        "pfh token admin",
        "GET /api/admin/audit",
    ]
    assert {item["outcome"] for item in done} == {"exit 0", None}
    assert all(item["actor"].startswith("os:") for item in done[1:])
    assert made.stdout.strip() not in json.dumps(done)


def test_commands_refuse_what_cannot_be_meant(hub: Program) -> None:
    for arguments, words in (
        (("ops", "block", "0.0.0.0/0", "--reason", "x"), "too wide"),
        (("ops", "block", "198.51.100.7/24", "--reason", "x"), "198.51.100.0/24"),
        (("ops", "unblock", "198.51.100.7"), "no such block"),
        (("ops", "sessions", "revoke", "--user", "7"), "no such user"),
        (("ops", "maintenance", "on", "--reason", " "), "reason"),
        (("token", "admin", "--ttl", "2h"), "an hour at most"),
    ):
        done = hub.run(*arguments)
        assert done.returncode == 1, arguments
        assert words in done.stderr, done.stderr
