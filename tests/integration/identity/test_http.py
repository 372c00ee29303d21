"""Identity as a program on the network meets it: statuses, problems, cookies, log lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from pfh.adapters.database.sqlite import open_sqlite
from pfh.entry.web.app import create_app
from pfh.features.identity.api import Client, Visit, visit_from_cookies
from pfh.features.identity.errors import CredentialsMissing, SessionEnded
from pfh.runtime.settings import load_settings
from tests.integration.identity.hub import PASSWORD, Hub, logged, make_hub

REGISTER = {
    "email": "ann@example.org",
    "password": PASSWORD,
    "confirmPassword": PASSWORD,
    "firstName": "Ann",
    "lastName": "Oak",
    "acceptTerms": True,
}
LOGIN = {"email": "ann@example.org", "password": PASSWORD}


@asynccontextmanager
async def browser(
    path: Path, folder: Path, base_url: str
) -> AsyncIterator[tuple[httpx.AsyncClient, Hub]]:
    database = open_sqlite(path)
    hub = make_hub(database, folder, exclusive=True)
    settings = load_settings({"PFH_DATA_DIR": str(folder), "PFH_BASE_URL": base_url})
    app = create_app(hub.services, settings, consumers={})
    # The framework and the client spell the types of ASGI differently.
    handler: Any = app
    transport = httpx.ASGITransport(handler)
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client, hub
    await database.close()


@pytest.fixture(autouse=True)
def _routes_of_identity_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("pfh.features.identity.http", "pfh.features.households.http")
    monkeypatch.setattr("pfh.entry.web.routes.ROUTE_MODULES", names)


@pytest.fixture
async def pair(
    migrated_sqlite_path: Path, tmp_path: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, Hub]]:
    async with browser(migrated_sqlite_path, tmp_path, "http://hub.example") as made:
        yield made


@pytest.fixture
def client(pair: tuple[httpx.AsyncClient, Hub]) -> httpx.AsyncClient:
    return pair[0]


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def registered(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    answer = await client.post("/api/auth/register", json={**REGISTER, **changes})
    assert answer.status_code == 201, answer.text
    return answer


def assert_problem(answer: httpx.Response, status: int, code: str, field: str | None) -> None:
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert body.get("field") == field
    assert body["fix"]
    assert body["correlationId"] == answer.headers["x-correlation-id"]


async def test_register_login_me_answer_as_documented(client: httpx.AsyncClient) -> None:
    made = await registered(client)
    body = made.json()
    assert set(body) == {
        "accessToken", "tokenType", "expiresIn", "user", "household", "householdSeq",
    }  # fmt: skip
    assert (body["tokenType"], body["expiresIn"]) == ("Bearer", 900)
    assert body["householdSeq"] >= 2
    assert body["household"]["baseCurrency"] == "EUR"
    login = await client.post("/api/auth/login", json=LOGIN)
    assert login.status_code == 200
    me = await client.get("/api/auth/me", headers=bearer(login))
    assert me.json() == {**body["user"], "household": body["household"]}
    assert body["user"] | {"id": "", "createdAt": ""} == {
        "id": "",
        "email": "ann@example.org",
        "emailVerified": False,
        "language": "en",
        "firstName": "Ann",
        "lastName": "Oak",
        "role": "admin",
        "createdAt": "",
    }
    assert body["user"]["createdAt"] == "2026-11-23T09:00:00Z"


async def test_register_founds_the_chart_of_accounts(
    pair: tuple[httpx.AsyncClient, Hub],
) -> None:
    client, hub = pair
    await registered(client)
    [(count,)] = await hub.rows("SELECT COUNT(*) FROM accounts")
    assert count > 20


async def test_cookie_is_out_of_reach_of_scripts(client: httpx.AsyncClient) -> None:
    made = await registered(client)
    [header] = made.headers.get_list("set-cookie")
    parts = header.lower().split("; ")
    assert parts[0].startswith("pfh_refresh=")
    assert {"httponly", "samesite=lax", "path=/", "max-age=7776000"} <= set(parts)
    assert "secure" not in parts
    assert made.json()["accessToken"] not in header


async def test_cookie_is_bound_to_the_host_when_the_hub_is_reached_over_https(
    migrated_sqlite_path: Path, tmp_path: Path
) -> None:
    async with browser(migrated_sqlite_path, tmp_path, "https://hub.example") as (client, _):
        made = await registered(client)
        [header] = made.headers.get_list("set-cookie")
        assert header.startswith("__Host-pfh_refresh=")
        assert "; secure" in header.lower()
        assert "domain" not in header.lower()
        token = client.cookies["__Host-pfh_refresh"]
        assert (await client.post("/api/auth/refresh")).status_code == 200
        client.cookies.clear()
        client.cookies.set("pfh_refresh", token)
        assert (await client.post("/api/auth/refresh")).status_code == 401


async def test_refresh_rotates_the_cookie_and_logout_ends_it(client: httpx.AsyncClient) -> None:
    made = await registered(client)
    before = client.cookies["pfh_refresh"]
    renewed = await client.post("/api/auth/refresh")
    assert renewed.status_code == 200
    assert client.cookies["pfh_refresh"] != before
    assert (await client.get("/api/auth/me", headers=bearer(renewed))).status_code == 200
    left = await client.post("/api/auth/logout")
    assert (left.status_code, left.content) == (204, b"")
    assert "pfh_refresh" not in client.cookies
    for answer in (made, renewed):
        gone = await client.get("/api/auth/me", headers=bearer(answer))
        assert_problem(gone, 401, "session_ended", None)
        assert gone.headers["www-authenticate"].startswith("Bearer")
    assert_problem(await client.post("/api/auth/refresh"), 401, "refresh_token_missing", None)
    client.cookies.set("pfh_refresh", before)
    assert_problem(await client.post("/api/auth/refresh"), 401, "refresh_token_invalid", None)
    assert (await client.post("/api/auth/logout")).status_code == 204


async def test_logout_logs_one_line_when_cookie_and_token_name_one_session(
    client: httpx.AsyncClient,
) -> None:
    made = await registered(client)
    with logged() as lines:
        assert (await client.post("/api/auth/logout", headers=bearer(made))).status_code == 204
    assert [name for name, _ in lines.records if name.startswith("AUTH_")] == ["AUTH_ENDED"]


async def test_logout_takes_a_bearer_token_alone(client: httpx.AsyncClient) -> None:
    made = await registered(client)
    client.cookies.clear()
    left = await client.post("/api/auth/logout", headers=bearer(made))
    assert left.status_code == 204
    assert (await client.get("/api/auth/me", headers=bearer(made))).status_code == 401
    bad = await client.post("/api/auth/logout", headers={"Authorization": "Bearer nonsense"})
    assert bad.status_code == 204


@pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_cookie_routes_refuse_when_another_site_asks(
    client: httpx.AsyncClient, path: str, site: str
) -> None:
    await registered(client)
    answer = await client.post(path, headers={"Sec-Fetch-Site": site})
    assert_problem(answer, 403, "cross_site_request", None)
    own = await client.post("/api/auth/refresh", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/auth/me"),
        ("PATCH", "/api/auth/me"),
        ("POST", "/api/auth/password"),
        ("GET", "/api/auth/sessions"),
        ("DELETE", "/api/auth/sessions"),
        ("DELETE", "/api/auth/sessions/1"),
        ("GET", "/api/household"),
        ("PATCH", "/api/household"),
    ],
)
async def test_routes_are_closed_to_strangers_and_to_cookies(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    await registered(client)
    answer = await client.request(method, path, json={} if method != "GET" else None)
    assert_problem(answer, 401, "credentials_missing", None)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"email": 7}, "email", "invalid_request"),
        ({"email": None}, "email", "invalid_request"),
        ({"acceptTerms": "yes"}, "acceptTerms", "invalid_request"),
        ({"role": "admin"}, "role", "invalid_request"),
        ({"email": "<b>@x"}, "email", "email_invalid"),
        ({"currency": "eur"}, "currency", "currency_unknown"),
        ({"confirmPassword": "other words here"}, "confirmPassword", "passwords_differ"),
    ],
)
async def test_register_answers_422_with_the_field_when_the_body_is_wrong(
    client: httpx.AsyncClient, changes: dict[str, Any], field: str, code: str
) -> None:
    answer = await client.post("/api/auth/register", json={**REGISTER, **changes})
    assert_problem(answer, 422, code, field)


async def test_register_answers_409_when_the_address_is_taken(client: httpx.AsyncClient) -> None:
    await registered(client)
    answer = await client.post("/api/auth/register", json=REGISTER)
    assert_problem(answer, 409, "email_taken", "email")


async def test_login_answers_401_and_one_line_when_the_address_holds_line_breaks(
    client: httpx.AsyncClient,
) -> None:
    forged = 'ann@example.org\r\n{"event":"AUTH_OK"}'
    with logged() as lines:
        answer = await client.post(
            "/api/auth/login",
            json={"email": forged, "password": "six grey geese"},
            headers={"User-Agent": "Fox/1.0", "X-Correlation-ID": "abc123"},
        )
    assert_problem(answer, 401, "sign_in_failed", None)
    assert len(lines.fields("AUTH_FAILED")) == 1
    [line] = [text for text in lines.texts if "AUTH_FAILED" in text]
    assert "\n" not in line
    assert '"correlation_id":"abc123"' in line
    assert '"peer":"127.0.0.1"' in line
    assert not any(word in line for word in ("ann@", "AUTH_OK", "six grey geese"))


async def test_login_answers_429_with_retry_after_when_it_is_tried_too_often(
    client: httpx.AsyncClient,
) -> None:
    wrong = {"email": "ann@example.org", "password": "six grey geese"}
    for _ in range(5):
        assert (await client.post("/api/auth/login", json=wrong)).status_code == 401
    answer = await client.post("/api/auth/login", json=wrong)
    assert_problem(answer, 429, "too_many_attempts", None)
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["retryAfterSeconds"] == 60


async def test_sessions_are_listed_and_ended_over_http(client: httpx.AsyncClient) -> None:
    first = await registered(client)
    second = await client.post("/api/auth/login", json=LOGIN)
    listed = await client.get("/api/auth/sessions", headers=bearer(second))
    items = listed.json()["items"]
    assert [item["current"] for item in items] == [True, False]
    other = await registered(client, email="bob@example.org")
    for session_id in (items[1]["id"], "0", "x", "9" * 30):
        path = f"/api/auth/sessions/{session_id}"
        assert_problem(
            await client.delete(path, headers=bearer(other)), 404, "session_not_found", None
        )
    path = f"/api/auth/sessions/{items[1]['id']}"
    assert (await client.delete(path, headers=bearer(second))).status_code == 204
    assert (await client.get("/api/auth/me", headers=bearer(first))).status_code == 401
    assert (await client.delete("/api/auth/sessions", headers=bearer(second))).status_code == 204
    assert (await client.get("/api/auth/me", headers=bearer(second))).status_code == 401
    assert (await client.get("/api/auth/me", headers=bearer(other))).status_code == 200


async def test_password_changes_over_http_and_renews_the_device(client: httpx.AsyncClient) -> None:
    first = await registered(client)
    body = {
        "currentPassword": PASSWORD,
        "newPassword": "nine orange lemurs",
        "confirmPassword": "nine orange lemurs",
    }
    wrong = await client.post(
        "/api/auth/password", json={**body, "currentPassword": "x"}, headers=bearer(first)
    )
    assert_problem(wrong, 422, "current_password_wrong", "currentPassword")
    changed = await client.post("/api/auth/password", json=body, headers=bearer(first))
    assert changed.status_code == 200
    assert (await client.get("/api/auth/me", headers=bearer(first))).status_code == 401
    assert (await client.get("/api/auth/me", headers=bearer(changed))).status_code == 200
    assert (await client.post("/api/auth/refresh")).status_code == 200


async def test_me_and_household_change_over_http(client: httpx.AsyncClient) -> None:
    made = await registered(client)
    me = await client.patch("/api/auth/me", json={"firstName": "Eve"}, headers=bearer(made))
    assert (me.status_code, me.json()["firstName"]) == (200, "Eve")
    headers = {**bearer(made), "Idempotency-Key": "k1"}
    home = await client.patch("/api/household", json={"name": "Home"}, headers=headers)
    assert (home.status_code, home.json()["householdSeq"]) == (200, made.json()["householdSeq"] + 2)
    again = await client.patch("/api/household", json={"name": "Home"}, headers=headers)
    assert again.content == home.content
    reused = await client.patch("/api/household", json={"name": "Away"}, headers=headers)
    assert_problem(reused, 422, "idempotency_key_reused", "Idempotency-Key")
    read = await client.get("/api/household", headers=bearer(made))
    assert read.json() == {key: home.json()[key] for key in ("id", "name", "baseCurrency", "role")}


async def test_visit_renews_the_cookies_when_the_access_token_has_run_out(
    client: httpx.AsyncClient, pair: tuple[httpx.AsyncClient, Hub]
) -> None:
    hub = pair[1]
    signed_in = await hub.register()
    asker = Client(address="203.0.113.7", user_agent="", correlation_id="c")
    header = f"theme=dark; pfh_refresh={signed_in.refresh_token}"

    async def visit(cookies: str | None) -> Visit:
        return await visit_from_cookies(cookies, asker, hub.services, secure=False)

    with_access = f"pfh_access={signed_in.access_token}; {header}"
    assert (await visit(with_access)).cookies == ()
    hub.clock.advance(1000)
    renewed = await visit(with_access)
    assert renewed.actor == signed_in.actor("c")
    assert [cookie.key for cookie in renewed.cookies] == ["pfh_access", "pfh_refresh"]
    again = "; ".join(f"{cookie.key}={cookie.value}" for cookie in renewed.cookies)
    assert (await visit(again)).cookies == ()
    for nobody in (None, "", "pfh_access=", "pfh_access=x", "x_pfh_refresh=1"):
        with pytest.raises(CredentialsMissing):
            await visit(nobody)
    await hub.services.sessions.revoke(signed_in.session.session_id)
    with pytest.raises(SessionEnded):
        await visit(again)
