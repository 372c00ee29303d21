"""Pages and their forms find nothing of another household either, and change nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from pfh.entry.web.routes import all_routes
from tests.integration.hostile.house import PASSWORD, House, client_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
# Every field by which any form names a thing or says what it should become.
FORM = {
    "name": "Taken over",
    "amount": "1.00",
    "transactionType": "expense",
    "transactionDate": "2026-11-05",
    "description": "Taken over",
    "kind": "expense",
    "accountType": "cash",
    "currency": "EUR",
    "status": "cleared",
}


def pages() -> Iterator[tuple[str, str]]:
    """Yield method and path of every page whose address has an identifier."""
    app = Litestar(all_routes(), openapi_config=None, logging_config=None)
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith("/api/"):
            continue
        if re.search(r"\{\w*id\}", route.path_format):
            for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
                yield method, route.path_format


@pytest.mark.parametrize(("method", "path"), sorted(pages()))
async def test_page_of_another_household_is_not_found(house: House, method: str, path: str) -> None:
    bob = house.bob.owned
    async with client_of(house.app, "192.0.2.77") as client:
        login = {"email": house.ann.email, "password": PASSWORD}
        form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
        answer = await client.post("/signin", data=login, headers={"accept": "text/html"})
        assert answer.status_code == 303, answer.text
        await house.settled()
        before = await house.tables()
        for thing, identifier in bob.items():
            if thing == "tag_name":
                continue
            address = re.sub(r"\{\w+\}", identifier, path)
            body = {**FORM, "accountId": bob["account"], "categoryId": bob["category"]}
            answer = await client.request(
                method, address, headers=form, data=body if method != "GET" else None
            )
            told = f"{method} {address} ({thing}): {answer.status_code} {answer.text[:300]}"
            refused = {404} if method == "GET" else {303, 400, 404, 415, 422}
            assert answer.status_code in refused, told
            assert "Baker" not in answer.text, told
            assert await house.tables() == before, told
        if method == "GET":
            # One's own things are found there, or the test would show nothing.
            found = [
                (await client.get(re.sub(r"\{\w+\}", identifier, path), headers=form)).status_code
                for thing, identifier in house.ann.owned.items()
                if thing != "tag_name"
            ]
            assert {200, 303} & set(found), found
