"""What a stranger, a browser's cache, a log reader and a failing COMMIT may learn or leave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from pfh.entry.web.routes import all_routes
from pfh.ports.database import Connection, Unit
from tests.integration.hostile.house import (
    ADMIN_TOKEN,
    PASSWORD,
    House,
    Person,
    assert_problem,
    client_of,
    logged,
    sign_up,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
HTML = {"accept": "text/html"}
GUARDS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
# Read by everybody, the same for everybody.
PUBLIC = {"/livez", "/readyz", "/api/health", "/api/openapi.json", "/api/docs"}
FOREIGN = "9223372036854775807"


def paths() -> Iterator[tuple[str, str]]:
    """Yield every route of the hub with its methods, ids filled in."""
    app = Litestar(all_routes(), openapi_config=None, logging_config=None)
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
                yield method, re.sub(r"\{[^}]*\}", FOREIGN, route.path_format)


async def test_every_answer_is_guarded_and_no_private_one_is_cached(house: House) -> None:
    for method, path in paths():
        for headers in ({}, HTML, {"authorization": f"Bearer {house.bob.token}"}):
            if headers and "authorization" in headers and "/auth/" in path:
                continue
            answer = await house.client.request(method, path, headers=headers)
            house.client.cookies.clear()
            assert answer.status_code < 500, (method, path, answer.text)
            for name, value in GUARDS.items():
                assert answer.headers[name] == value, (method, path)
            policy = answer.headers["content-security-policy"]
            assert "unsafe-inline" not in policy
            assert "frame-ancestors 'none'" in policy
            assert "server" not in answer.headers
            assert "x-powered-by" not in answer.headers
            if path not in PUBLIC:
                assert "no-store" in answer.headers["cache-control"], (method, path)
            assert "Traceback" not in answer.text
            assert 'File "' not in answer.text


async def test_strangers_get_nothing(house: House) -> None:
    before = await house.tables()
    async with client_of(house.app, "192.0.2.1") as stranger:
        for method, path in paths():
            if path in PUBLIC or path.startswith("/api/auth/") or not path.startswith("/api/"):
                continue
            for token in (None, "Bearer x", f"Bearer {house.ann.token}x", "Basic YTpi"):
                headers = {} if token is None else {"authorization": token}
                answer = await stranger.request(method, path, headers=headers)
                assert answer.status_code == 401, (method, path, answer.text)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert_problem(answer)
    assert await house.tables() == before


@pytest.mark.parametrize("path", ["/api/metrics", "/api/health/detailed"])
async def test_operators_alone_see_the_inside(house: House, path: str) -> None:
    async with client_of(house.app, "192.0.2.1") as stranger:
        assert (await stranger.get(path)).status_code == 401
        assert (await house.bob.send("GET", path)).status_code == 403
        assert (await house.ann.send("GET", path)).status_code == 200
        token = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        assert (await stranger.get(path, headers=token)).status_code == 200
        forged = {"authorization": f"Bearer {ADMIN_TOKEN[:-1]}"}
        assert (await stranger.get(path, headers=forged)).status_code == 401
    async with client_of(house.app, "127.0.0.1") as near:
        # A proxy on this machine speaks for somebody else.
        forwarded = {"x-forwarded-for": "192.0.2.1"}
        assert (await near.get(path, headers=forwarded)).status_code == 401


async def test_metrics_name_nobody(house: House) -> None:
    await house.ann.send("GET", f"/api/accounts/{house.ann.owned['account']}")
    await house.ann.send("GET", f"/api/nothing/{house.ann.owned['account']}?q=ann@example.org")
    text = (await house.ann.send("GET", "/api/metrics")).text
    assert "http_request_duration_seconds" in text
    for private in (*house.ann.owned.values(), house.ann.email, house.ann.identity["user"]["id"]):
        assert private not in text
    labels = re.findall(r'="([^"]*)"', text)
    assert not [label for label in labels if "@" in label or re.fullmatch(r"\d{10,}", label)]


async def test_nothing_private_reaches_the_log(house: House) -> None:
    private = {
        "email": "pat.private@example.org",
        "password": "correct horse battery 77",
        "token": house.ann.token,
        "iban": "DE89370400440532013000",
        "payee": "Doctor Strangelove",
        "amount": "7654321.09",
    }
    with logged() as lines:
        for body in ({"email": private["email"], "password": private["password"]}, private):
            await house.client.post("/api/auth/login", json=body)
        await house.client.post(
            "/api/auth/login", json={"email": 'a@b.co\r\n{"event":"forged"}', "password": "x"}
        )
        path = f"/api/transactions?q={private['iban']}&from={private['email']}"
        await house.ann.send("GET", path)
        await house.ann.send("POST", "/api/transactions", {**private, "accountId": "1"})
        await house.ann.send("GET", f"/{private['email']}/{private['iban']}")
        agent = {"user-agent": f"{private['email']} {private['token']}\x7f"}
        await house.client.get("/api/accounts", headers=agent)
    assert lines.texts
    for line in lines.texts:
        assert json.loads(line)["event"] != "forged"
        assert "\n" not in line
        for name, value in private.items():
            assert value not in line, (name, line)


async def test_signing_out_ends_access_and_refresh_at_once(house: House) -> None:
    async with client_of(house.app, "192.0.2.10") as client:
        leaver = await sign_up(client, f"leaver{house.services.clock.now()}@example.org")
        cookie = {"cookie": f"pfh_refresh={leaver.refresh}"}
        assert (await leaver.send("GET", "/api/auth/me")).status_code == 200
        assert (await leaver.send("POST", "/api/auth/logout")).status_code == 204
        assert (await leaver.send("GET", "/api/auth/me")).status_code == 401
        assert (await client.post("/api/auth/refresh", headers=cookie)).status_code == 401
        assert (await leaver.send("POST", "/api/auth/logout")).status_code == 204


async def test_ending_every_session_ends_each(house: House) -> None:
    async with client_of(house.app, "192.0.2.11") as client:
        person = await sign_up(client, f"many{house.services.clock.now()}@example.org")
        login = {"email": person.email, "password": PASSWORD}
        others = [(await client.post("/api/auth/login", json=login)).json() for _ in range(3)]
        client.cookies.clear()
        assert (await person.send("DELETE", "/api/auth/sessions")).status_code == 204
        for token in (person.token, *(other["accessToken"] for other in others)):
            asker = Person(client, person.email, token, "", {})
            assert (await asker.send("GET", "/api/auth/me")).status_code == 401


async def test_guessing_is_slowed_down_for_the_guesser_alone(house: House) -> None:
    async with client_of(house.app, "192.0.2.12") as guesser:
        person = await sign_up(guesser, f"target{house.services.clock.now()}@example.org")
        answers = [
            await guesser.post(
                "/api/auth/login", json={"email": person.email, "password": f"no{n}"}
            )
            for n in range(12)
        ]
    statuses = [answer.status_code for answer in answers]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    problem = assert_problem(answers[-1])
    assert int(answers[-1].headers["retry-after"]) == problem["retryAfterSeconds"] > 0
    async with client_of(house.app, "192.0.2.13") as owner:
        login = {"email": person.email, "password": PASSWORD}
        assert (await owner.post("/api/auth/login", json=login)).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_failing_commit_is_no_success(
    house: House, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer waits for the COMMIT: a deferred constraint that fails there stores nothing.

    PostgreSQL defers only constraints that were made so, and fails at the statement.
    """
    database = house.services.database
    write = database.write

    async def failing(unit: Unit[object]) -> object:
        async def doomed(connection: Connection) -> object:
            result = await unit(connection)
            if connection.dialect == "sqlite":
                await connection.execute("PRAGMA defer_foreign_keys = ON")
            else:
                await connection.execute("SET CONSTRAINTS ALL DEFERRED")
            await _break_a_reference(connection, house)
            return result

        return await write(doomed)

    await house.settled()
    before = await house.tables()
    owned = house.ann.owned
    body = {
        "amount": "1.00",
        "transactionType": "expense",
        "transactionDate": "2026-11-05",
        "accountId": owned["account"],
        "categoryId": owned["category"],
    }
    path = "/api/transactions" if method == "POST" else f"/api/transactions/{owned['transaction']}"
    monkeypatch.setattr(type(database), "write", lambda _, unit: failing(unit))
    answer = await house.ann.send(
        method, path, {"POST": body, "PATCH": {"notes": "new"}}.get(method), key=f"doomed-{method}"
    )
    monkeypatch.undo()
    assert answer.status_code in {409, 500, 503}, answer.text
    assert_problem(answer)
    assert "Traceback" not in answer.text
    assert await house.tables() == before
    # The key was not used up: the same request goes through now.
    if method == "POST":
        again = await house.ann.send(method, path, body, key=f"doomed-{method}")
        assert again.status_code == 201


async def _break_a_reference(connection: Connection, house: House) -> None:
    await connection.execute(
        "INSERT INTO trash (entry_id, household_id, deleted_at, content) VALUES (1, 2, 3, '{}')"
    )


async def test_markup_in_every_field_is_shown_as_text(house: House) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    async with client_of(house.app, "192.0.2.14") as client:
        wish = f"markup{house.services.clock.now()}@example.org"
        answer = await client.post(
            "/api/auth/register",
            json={
                "email": wish,
                "password": PASSWORD,
                "confirmPassword": PASSWORD,
                "firstName": evil[:50],
                "lastName": evil[:50],
                "acceptTerms": True,
            },
        )
        assert answer.status_code == 201, answer.text
        refresh = client.cookies
        person = Person(client, wish, answer.json()["accessToken"], "", answer.json())
        account = await person.done("POST", "/api/accounts", {"name": evil, "accountType": "cash"})
        category = await person.done("POST", "/api/categories", {"name": evil, "kind": "expense"})
        await person.done("PATCH", "/api/household", {"name": evil[:60]})
        await person.done(
            "POST",
            "/api/transactions",
            {
                "amount": "1.00",
                "transactionType": "expense",
                "transactionDate": "2026-11-05",
                "accountId": account["id"],
                "categoryId": category["id"],
                "description": evil,
                "notes": evil,
                "payee": evil,
                "tags": [evil[:40]],
            },
        )
        await person.upload(f'Date,Amount,Payee\n2026-10-01,-5.00,"{evil}"\n'.encode(), "<b>.csv")
        assert refresh
        shown = 0
        for path in ("/", "/transactions", "/accounts", "/categories", "/import", "/settings"):
            page = await client.get(path, headers=HTML)
            if page.status_code == 200:
                shown += 1
                assert "<script>alert" not in page.text, path
                assert "<img src=x" not in page.text, path
        assert shown >= 3
