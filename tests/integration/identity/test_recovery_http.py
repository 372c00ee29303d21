"""Recovery as a program on the network meets it: strangers learn nothing, limits hold."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from pfh.features.mail.api import link_code
from tests.integration.identity.hub import KEY, Hub, logged
from tests.integration.identity.test_http import LOGIN, REGISTER, bearer, browser

NEW = "eleven green umbrellas"


async def newest_code(hub: Hub, kind: str) -> str:
    sql = "SELECT mail_id FROM mail_outbox WHERE kind = $1 ORDER BY mail_id DESC LIMIT 1"
    return link_code(KEY, (await hub.rows(sql, kind))[0][0])


@pytest.fixture(autouse=True)
def _routes_of_identity_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("pfh.features.identity.http", "pfh.features.identity.recovery.http")
    monkeypatch.setattr("pfh.entry.web.routes.ROUTE_MODULES", names)


async def ask(client: httpx.AsyncClient, email: str) -> tuple[int, bytes, set[str]]:
    answer = await client.post("/api/auth/password-reset", json={"email": email})
    return answer.status_code, answer.content, set(answer.headers)


async def test_a_program_resets_a_password_and_proves_an_address(
    migrated_sqlite_path: Path, tmp_path: Path
) -> None:
    async with browser(migrated_sqlite_path, tmp_path, "http://hub.example") as (client, hub):
        made = await client.post(
            "/api/auth/register", json=REGISTER, headers={"accept-language": "de-AT,de;q=0.9"}
        )
        assert (made.json()["user"]["language"], made.json()["user"]["emailVerified"]) == (
            "de",
            False,
        )
        headers = bearer(made)
        proven = {"code": await newest_code(hub, "verify_email")}
        assert (await client.post("/api/auth/verify-email", json=proven)).status_code == 204
        again = await client.post("/api/auth/verify-email", json=proven)
        assert (again.status_code, again.json()["code"]) == (422, "link_code_invalid")
        assert proven["code"] not in again.text
        me = (await client.get("/api/auth/me", headers=headers)).json()
        assert me["emailVerified"] is True
        asked = await client.post("/api/auth/verify-email/request", headers=headers)
        assert asked.status_code == 202
        english = await client.patch("/api/auth/me", headers=headers, json={"language": "en"})
        assert english.json()["language"] == "en"

        known = await ask(client, LOGIN["email"])
        assert known == await ask(client, "nobody@example.org")
        assert known[0] == 202
        wish = {"code": await newest_code(hub, "password_reset"), "newPassword": NEW}
        # The newest letter is the one to nobody: its code opens nothing.
        body = {**wish, "confirmPassword": NEW}
        refused = await client.post("/api/auth/password-reset/confirm", json=body)
        assert refused.json()["code"] == "link_code_invalid"
        await ask(client, LOGIN["email"])
        body["code"] = await newest_code(hub, "password_reset")
        with logged() as lines:
            done = await client.post("/api/auth/password-reset/confirm", json=body)
        assert done.status_code == 204
        assert "set-cookie" not in done.headers
        assert body["code"] not in "".join(lines.texts)
        assert (await client.get("/api/auth/me", headers=headers)).status_code == 401
        assert (await client.post("/api/auth/login", json=LOGIN)).status_code == 401
        fresh = await client.post("/api/auth/login", json={**LOGIN, "password": NEW})
        assert fresh.status_code == 200


async def test_asking_too_often_is_refused_alike_for_everybody(
    migrated_sqlite_path: Path, tmp_path: Path
) -> None:
    async with browser(migrated_sqlite_path, tmp_path, "http://hub.example") as (client, _):
        await client.post("/api/auth/register", json=REGISTER)
        for email in (LOGIN["email"], "nobody@example.org"):
            answers = [await ask(client, email) for _ in range(4)]
            assert [status for status, _, _ in answers] == [202, 202, 202, 429]
            assert "retry-after" in answers[3][2]


async def test_the_link_never_names_what_the_request_claims_to_be(
    migrated_sqlite_path: Path, tmp_path: Path
) -> None:
    async with browser(migrated_sqlite_path, tmp_path, "http://hub.example") as (client, hub):
        await client.post("/api/auth/register", json=REGISTER)
        evil = {"host": "evil.example", "x-forwarded-host": "evil.example"}
        await client.post("/api/auth/password-reset", json={"email": LOGIN["email"]}, headers=evil)
        assert "evil" not in str(await hub.rows("SELECT * FROM mail_outbox"))
