"""What operators can do over HTTP: end sessions, refuse addresses, hold the books; all recorded."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from pfh.core.instant import instant_text
from pfh.features.operations.api import Switches
from pfh.ports.database import Connection
from tests.integration.hostile.house import (
    PASSWORD,
    House,
    assert_problem,
    client_of,
    logged,
)
from tests.waiting import comes

EVIL = "198.51.100.7"


async def post(house: House, path: str, body: object) -> Any:  # noqa: ANN401 -- an answer
    return await house.ann.send("POST", path, body)


async def block(house: House, cidr: str, ttl: object = "1h", reason: str = "guesses") -> Any:  # noqa: ANN401 -- as above
    return await post(house, "/api/admin/blocks", {"cidr": cidr, "ttl": ttl, "reason": reason})


async def test_revoking_ends_every_device_of_one_person_within_a_second(house: House) -> None:
    login = {"email": "bob@example.org", "password": PASSWORD}
    devices = []
    for _ in range(3):
        answer = await house.client.post("/api/auth/login", json=login)
        devices.append((answer.json()["accessToken"], answer.cookies["pfh_refresh"]))
        house.client.cookies.clear()
    for access, _ in devices:
        headers = {"authorization": f"Bearer {access}"}
        assert (await house.client.get("/api/auth/me", headers=headers)).status_code == 200
    begun = time.monotonic()
    bob = house.bob.identity["user"]["id"]
    answer = await post(house, f"/api/admin/users/{bob}/sessions/revoke", None)
    assert answer.json() == {"userId": bob, "ended": 4}
    for access, refresh in devices:
        headers = {"authorization": f"Bearer {access}"}
        assert (await house.client.get("/api/auth/me", headers=headers)).status_code == 401
        cookie = {"cookie": f"pfh_refresh={refresh}"}
        assert (await house.client.post("/api/auth/refresh", headers=cookie)).status_code == 401
    print(f"revoked and refused everywhere after {time.monotonic() - begun:.3f} s")  # noqa: T201 -- shown when it fails
    assert (await house.ann.send("GET", "/api/auth/me")).status_code == 200
    answer = await post(house, "/api/admin/users/7/sessions/revoke", None)
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


@pytest.mark.parametrize(
    ("cidr", "inside", "outside"),
    [
        (EVIL, EVIL, "198.51.100.8"),
        ("198.51.100.0/24", EVIL, "198.51.101.7"),
        ("198.51.100.7", f"::ffff:{EVIL}", "::ffff:198.51.100.8"),
        ("::ffff:198.51.100.0/120", EVIL, "198.51.101.1"),
        ("2001:db8:1::/48", "2001:db8:1:2::3", "2001:db8:2::1"),
    ],
)
async def test_blocked_addresses_get_nothing_until_they_are_let_in(
    house: House, cidr: str, inside: str, outside: str
) -> None:
    made = await block(house, cidr)
    assert made.status_code == 201, made.text
    async with client_of(house.app, inside) as evil, client_of(house.app, outside) as good:
        for path in ("/api/health", "/signin", "/livez", "/nothing"):
            answer = await evil.get(path)
            assert_problem(answer)
            assert (answer.status_code, answer.json()["code"]) == (403, "address_blocked")
            assert answer.headers["x-frame-options"] == "DENY"
            assert (await good.get(path)).status_code in {200, 404}
        listed = (await house.ann.send("GET", "/api/admin/blocks")).json()["items"]
        assert [item["id"] for item in listed] == [made.json()["id"]]
        gone = await house.ann.send("DELETE", f"/api/admin/blocks/{made.json()['id']}")
        assert gone.status_code == 204
        assert (await evil.get("/api/health")).status_code == 200


async def test_block_ends_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await block(house, EVIL, 60)
    now = house.services.clock.now()
    kind = type(house.services.clock)
    async with client_of(house.app, EVIL) as evil:
        assert (await evil.get("/api/health")).status_code == 403
        monkeypatch.setattr(kind, "now", lambda _: now + 61_000_000)
        assert (await evil.get("/api/health")).status_code == 200
    assert (await house.ann.send("GET", "/api/admin/blocks")).json() == {"items": []}


async def test_same_range_again_gets_the_new_end(house: House) -> None:
    first, second = await block(house, EVIL, 60), await block(house, EVIL, "1d", "still at it")
    assert first.json()["id"] == second.json()["id"]
    [item] = (await house.ann.send("GET", "/api/admin/blocks")).json()["items"]
    assert item["reason"] == "still at it"
    assert item["expiresAt"] > first.json()["expiresAt"]


@pytest.mark.parametrize(
    ("cidr", "ttl", "reason", "code"),
    [
        ("0.0.0.0/0", "1h", "x", "address_range_refused"),
        ("128.0.0.0/1", "1h", "x", "address_range_refused"),
        ("::/0", "1h", "x", "address_range_refused"),
        ("::ffff:0:0/96", "1h", "x", "address_range_refused"),
        ("127.0.0.1", "1h", "x", "address_range_refused"),
        ("::1", "1h", "x", "address_range_refused"),
        # From where the tests ask.
        ("203.0.113.0/24", "1h", "x", "address_range_refused"),
        ("198.51.100.7/24", "1h", "x", "address_range_invalid"),
        ("somewhere", "1h", "x", "address_range_invalid"),
        ("", "1h", "x", "address_range_invalid"),
        (EVIL, 0, "x", "expiry_invalid"),
        (EVIL, "31d", "x", "expiry_invalid"),
        (EVIL, "soon", "x", "duration_invalid"),
        (EVIL, "1h", " ", "reason_missing"),
        (EVIL, "1h", "x" * 201, "reason_missing"),
    ],
)
async def test_blocks_that_cannot_be_meant_are_refused(
    house: House, cidr: str, ttl: object, reason: str, code: str
) -> None:
    answer = await block(house, cidr, ttl, reason)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await house.ann.send("GET", "/api/admin/blocks")).json() == {"items": []}


async def test_this_machine_is_never_refused_but_a_proxy_speaks_for_others(house: House) -> None:
    switches = house.app.state["switches"]
    await house.change(
        "INSERT INTO address_blocks (block_id, cidr, reason, created_by, created_at, expires_at)"
        " VALUES (1, '127.0.0.0/8', 'by hand', 'x', 1, $1)",
        house.services.clock.now() + 60_000_000,
    )
    await switches.refresh()
    async with client_of(house.app, "127.0.0.1") as near:
        assert (await near.get("/api/health")).status_code == 200
        forwarded = {"x-forwarded-for": EVIL}
        assert (await near.get("/api/health", headers=forwarded)).status_code == 403


async def test_maintenance_lets_everybody_read_and_nobody_write(house: House) -> None:
    await house.bob.done("POST", "/api/accounts", {"name": "Bank", "accountType": "checking"})
    wish = {"reason": "moving <b>house</b>"}
    held = (await house.ann.send("PUT", "/api/admin/maintenance", wish)).json()
    assert (held["on"], held["reason"], held["expiresAt"]) == (True, wish["reason"], None)
    before = await house.tables()
    for method, path in (
        ("POST", "/api/accounts"),
        ("POST", "/api/transactions"),
        ("PATCH", "/api/household"),
        ("POST", "/api/imports"),
        ("DELETE", "/api/auth/account"),
    ):
        answer = await house.bob.send(method, path, {"name": "Other", "accountType": "cash"})
        if answer.status_code in {404, 405}:
            continue
        assert_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (503, "maintenance"), path
        assert answer.headers["retry-after"] == "60"
        assert wish["reason"] in answer.json()["detail"]
    assert await house.tables() == before
    for path in ("/api/accounts", "/api/dashboard", "/api/transactions", "/api/auth/me"):
        assert (await house.bob.send("GET", path)).status_code == 200
    login = {"email": "bob@example.org", "password": PASSWORD}
    signed_in = await house.client.post("/api/auth/login", json=login)
    assert signed_in.status_code == 200
    page = await house.client.get("/accounts", headers={"accept": "text/html"})
    assert page.status_code in {200, 303}
    house.client.cookies.clear()
    assert (await house.ann.send("DELETE", "/api/admin/maintenance")).status_code == 204
    await house.bob.done("POST", "/api/accounts", {"name": "Cash", "accountType": "cash"})


async def test_pages_say_why_nothing_can_be_changed(house: House) -> None:
    await house.ann.send("PUT", "/api/admin/maintenance", {"reason": "moving <b>house</b>"})
    cookie = {"cookie": f"pfh_access={house.bob.token}", "accept": "text/html"}
    page = await house.client.get("/accounts", headers=cookie)
    assert page.status_code == 200
    assert "read-only for maintenance: moving &lt;b&gt;house&lt;/b&gt;" in page.text
    form = {**cookie, "sec-fetch-site": "same-origin"}
    refused = await house.client.post("/accounts", data={"name": "x"}, headers=form)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    await house.ann.send("DELETE", "/api/admin/maintenance")
    assert "maintenance" not in (await house.client.get("/accounts", headers=cookie)).text


async def test_maintenance_ends_at_its_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for until, code in (
        ("yesterday", "instant_invalid"),
        ("2020-01-01T00:00:00Z", "expiry_invalid"),
        ("2020-01-01T00:00:00", "instant_invalid"),
    ):
        wish = {"reason": "x", "until": until}
        answer = await house.ann.send("PUT", "/api/admin/maintenance", wish)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    now = house.services.clock.now()
    wish = {"reason": "x", "until": instant_text(now + 120_000_000)}
    assert (await house.ann.send("PUT", "/api/admin/maintenance", wish)).status_code == 200
    refused = await house.bob.send("POST", "/api/accounts", {})
    assert 100 < int(refused.headers["retry-after"]) <= 120
    monkeypatch.setattr(type(house.services.clock), "now", lambda _: now + 121_000_000)
    assert (await house.bob.send("POST", "/api/accounts", {})).status_code == 422
    assert (await house.ann.send("GET", "/api/admin/maintenance")).json()["on"] is False


async def test_other_processes_follow_the_tables(house: House) -> None:
    stopping = asyncio.Event()
    other = Switches(house.services)
    following = asyncio.create_task(other.follow(house.services, stopping))
    try:
        await block(house, EVIL)
        await house.ann.send("PUT", "/api/admin/maintenance", {"reason": "x"})
        await comes(lambda: other.is_blocked(EVIL) and other.maintenance)
    finally:
        stopping.set()
        await following


async def test_every_call_is_recorded_with_its_end(house: House, admin: dict[str, str]) -> None:
    with logged() as lines:
        async with client_of(house.app, "192.0.2.55") as client:
            wish = {"cidr": EVIL, "ttl": "5m", "reason": "guesses passwords"}
            await client.post("/api/admin/blocks", json=wish, headers=admin)
            await client.post("/api/admin/blocks", json={**wish, "cidr": "x"}, headers=admin)
            correlated = {**admin, "x-correlation-id": "audit-test-0001"}
            await client.get("/api/admin/maintenance", headers=correlated)
    found = (await house.ann.send("GET", "/api/admin/audit")).json()
    assert found["nextBefore"] is None
    own, looked, wrong, blocked = found["items"]
    assert (own["action"], own["outcome"]) == ("GET /api/admin/audit", None)
    assert own["actor"] == f"user:{house.ann.identity['user']['id']}"
    assert (looked["correlationId"], looked["outcome"]) == ("audit-test-0001", "200")
    assert (wrong["outcome"], blocked["outcome"]) == ("422", "201")
    assert blocked["action"] == "POST /api/admin/blocks"
    assert blocked["detail"] == wish
    assert blocked["address"] == "192.0.2.55"
    assert blocked["actor"].startswith("token:")
    assert blocked["actor"].endswith(" os:ann on test")
    assert len([text for text in lines.texts if "ADMIN_CALL" in text]) == 3
    secret = admin["authorization"].removeprefix("Bearer ")
    assert not [text for text in (*lines.texts, str(found)) if secret in text]


async def test_audit_is_read_page_by_page(house: House) -> None:
    for _ in range(5):
        await house.ann.send("GET", "/api/admin/blocks")
    seen, path = [], "/api/admin/audit?limit=2"
    page = (await house.ann.send("GET", path)).json()
    while page["nextBefore"]:
        seen += page["items"]
        page = (await house.ann.send("GET", f"{path}&before={page['nextBefore']}")).json()
    seen += page["items"]
    assert [item["action"] for item in seen] == ["GET /api/admin/audit"] + [
        "GET /api/admin/blocks"
    ] * 5
    assert (await house.ann.send("GET", f"{path}&before=x")).json()["items"] == []
    assert (await house.ann.send("GET", "/api/admin/audit?limit=x")).status_code == 422


async def test_records_cannot_be_changed_even_by_sql(house: House) -> None:
    await house.ann.send("GET", "/api/admin/blocks")
    before = await house.rows("SELECT * FROM audit_log")
    for sql in (
        "UPDATE audit_log SET actor = 'nobody'",
        "UPDATE audit_log SET outcome = '500'",
        "DELETE FROM audit_log",
    ):

        async def unit(connection: Connection, sql: str = sql) -> int:
            return await connection.execute(sql)

        with pytest.raises(Exception, match="never changed"):
            await house.services.database.write(unit)
    assert await house.rows("SELECT * FROM audit_log") == before
