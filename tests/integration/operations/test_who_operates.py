"""Who may operate the hub: administrators and tokens of minutes, and nobody else, anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from pfh.entry.web.routes import all_routes
from pfh.features.identity.admin_tokens import AdminTokenLifetime
from pfh.features.web.operation import ADMINISTERS, OPERATOR_OPTION
from tests.integration.hostile.house import ADMIN_TOKEN, House, assert_problem, client_of, logged
from tests.integration.operations.conftest import token_headers

FOREIGN = "9223372036854775807"
OPERATORS = ["/api/health/detailed", "/api/metrics"]


def admin_routes() -> Iterator[tuple[str, str]]:
    """Yield every method and path below /api/admin/, as the application has them."""
    app = Litestar(all_routes(), openapi_config=None, logging_config=None)
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/admin/"):
            for handler in route.route_handlers:
                if handler.http_methods == {"OPTIONS"}:
                    continue
                assert handler.opt.get(OPERATOR_OPTION) == ADMINISTERS, route.path
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                    yield method, re.sub(r"\{[^}]*\}", FOREIGN, route.path_format)


async def kept(house: House) -> dict[str, tuple[int, str]]:
    """Return what the tables say that an operator changes, and nobody else."""
    names = ("address_blocks", "audit_log", "maintenance")
    return {name: found for name, found in (await house.tables()).items() if name in names}


async def test_every_admin_route_refuses_people_strangers_and_the_monitoring_token(
    house: House,
) -> None:
    routes = list(admin_routes())
    assert len(routes) >= 8
    before = await kept(house)
    async with client_of(house.app, "192.0.2.1") as stranger, client_of(house.app, "::1") as near:
        for method, path in routes:
            answer = await house.bob.send(method, path, {})
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
            for client in (stranger, near):
                answer = await client.request(method, path, json={})
                assert answer.status_code == 401, (method, path)
                assert_problem(answer)
            lasting = {"authorization": f"Bearer {ADMIN_TOKEN}"}
            answer = await stranger.request(method, path, headers=lasting, json={})
            assert (answer.status_code, answer.json()["code"]) == (401, "admin_token_needed")
    assert await kept(house) == before


async def test_who_is_refused_is_named_in_the_log(house: House) -> None:
    with logged() as lines:
        await house.bob.send("GET", "/api/admin/audit")
    [line] = [text for text in lines.texts if "ADMIN_REFUSED" in text]
    said = json.loads(line)
    assert (said["actor"], said["actor_id"]) == ("user", house.bob.identity["user"]["id"])
    assert house.bob.token not in line


async def test_administrators_and_tokens_of_minutes_come_in(
    house: House, admin: dict[str, str]
) -> None:
    async with client_of(house.app, "192.0.2.1") as client:
        assert (await house.ann.send("GET", "/api/admin/blocks")).json() == {"items": []}
        assert (await client.get("/api/admin/blocks", headers=admin)).status_code == 200
        for path in OPERATORS:
            assert (await client.get(path, headers=admin)).status_code == 200


async def test_token_of_minutes_opens_nobodys_books(house: House, admin: dict[str, str]) -> None:
    async with client_of(house.app, "192.0.2.1") as client:
        for path in ("/api/auth/me", "/api/accounts", "/api/transactions", "/api/dashboard"):
            answer = await client.get(path, headers=admin)
            assert (answer.status_code, answer.json()["code"]) == (401, "access_token_invalid")
        admin = {"cookie": f"pfh_access={admin['authorization'].removeprefix('Bearer ')}"}
        assert (await client.get("/admin/books", headers=admin)).status_code == 401


async def test_token_of_minutes_ends_and_cannot_be_made_for_long(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = token_headers(house, 60)
    for seconds in (0, -5, 3601):
        with pytest.raises(AdminTokenLifetime):
            token_headers(house, seconds)
    now = house.services.clock.now()
    kind = type(house.services.clock)
    async with client_of(house.app, "192.0.2.1") as client:
        assert (await client.get("/api/admin/audit", headers=headers)).status_code == 200
        monkeypatch.setattr(kind, "now", lambda _: now + 61_000_000)
        answer = await client.get("/api/admin/audit", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_expired")


async def test_changed_token_opens_nothing(house: House, admin: dict[str, str]) -> None:
    head, body, signature = admin["authorization"].split(".")
    async with client_of(house.app, "192.0.2.1") as client:
        for forged in (f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.", f"{head}.{body}"):
            answer = await client.get("/api/admin/audit", headers={"authorization": forged})
            assert answer.status_code == 401


async def test_one_operator_acts_thirty_times_a_minute(house: House, admin: dict[str, str]) -> None:
    path = f"/api/admin/blocks/{FOREIGN}"
    async with client_of(house.app, "192.0.2.1") as client:
        codes = [(await client.delete(path, headers=admin)).status_code for _ in range(31)]
        assert codes == [404] * 30 + [429]
        answer = await client.delete(path, headers=admin)
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        # Looking is always possible.
        assert (await client.get("/api/admin/blocks", headers=admin)).status_code == 200
