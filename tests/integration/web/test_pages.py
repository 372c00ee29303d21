"""Every page route: closed to strangers and other sites, blind to other households."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from pfh.entry.web.routes import all_routes
from pfh.features.web.operation import ANYONE_OPTION, PUBLIC_OPTION
from tests.integration.web.conftest import OpenWeb

PASSWORD: Final = "seven purple walruses"
BROWSER: Final = {"accept": "text/html", "sec-fetch-site": "same-origin"}
HTMX: Final = {**BROWSER, "hx-request": "true", "accept": "*/*"}
CSV: Final = b"Date,Payee,Amount\n2026-11-03,Bakery,-4.80\n"


def page_routes() -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield method, path and handler of every route that is no API and no probe."""
    for route in Litestar(all_routes(), openapi_config=None, logging_config=None).routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(("/api", "/livez", "/readyz")):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                yield method, re.sub(r"\{(\w+)(:\w+)?\}", r"{\1}", route.path_format), handler


ROUTES: Final = list(page_routes())
OWN: Final = [
    (method, path)
    for method, path, handler in ROUTES
    if not handler.opt.get(PUBLIC_OPTION) and not handler.opt.get(ANYONE_OPTION)
]


def filled(path: str, identifier: str = "1") -> str:
    """Return a path with an identifier in each place for one."""
    return re.sub(r"\{\w+\}", identifier, path)


async def sign_up(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    """Sign up through the page and return the headers that carry the session."""
    fields = {
        "email": email,
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "firstName": "Ann",
        "lastName": "Oak",
        "acceptTerms": "true",
        "currency": "EUR",
    }
    answer = await client.post("/signup", data=fields, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    client.cookies.clear()
    return {"cookie": cookies}


def test_the_routes_of_pages_are_known() -> None:
    paths = {path for _, path, _ in ROUTES}
    assert {"/", "/signin", "/dashboard", "/transactions", "/import/{import_id}"} <= paths
    assert len(OWN) > 50


async def test_strangers_are_sent_to_the_sign_in_page(open_web: OpenWeb) -> None:
    async with open_web() as client:
        for method, path in OWN:
            answer = await client.request(method, filled(path), headers=BROWSER)
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/signin"), (method, path)
            answer = await client.request(method, filled(path), headers=HTMX)
            assert answer.status_code == 401, (method, path)


async def test_a_part_of_a_page_that_is_opened_alone_leads_to_its_page(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        statement = {"file": ("a.csv", b"Date,Payee,Amount\n2026-11-23,Bakery,-4.80\n")}
        answer = await client.post("/import", files=statement, headers=BROWSER | ann)
        imported = answer.headers["location"]
        assert imported.startswith("/import/")
        for path, page in (
            ("/transactions/new", "/transactions"),
            ("/accounts/new", "/accounts"),
            ("/accounts/list", "/accounts"),
            ("/categories/new", "/categories"),
            (f"{imported}/body", imported),
            ("/admin/operations/parts", "/admin/operations"),
        ):
            answer = await client.get(path, headers=BROWSER | ann)
            assert (answer.status_code, answer.headers["location"]) == (303, page)
            assert (await client.get(page, headers=BROWSER | ann)).status_code == 200
            answer = await client.get(path, headers=HTMX | ann)
            assert answer.status_code == 200
            assert "<html" not in answer.text


async def test_other_sites_cannot_send_any_form(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        for method, path, _ in ROUTES:
            if method == "GET":
                continue
            headers = {**ann, "accept": "text/html", "sec-fetch-site": "cross-site"}
            answer = await client.request(method, filled(path), headers=headers)
            assert answer.status_code == 403, (method, path)


async def test_nothing_of_another_household_can_be_seen_or_changed(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = {**HTMX, **await sign_up(client, "ann@example.org")}
        ben = {**HTMX, **await sign_up(client, "ben@example.org")}
        known = await things_of(client, ann)
        for method, path in OWN:
            found = re.search(r"\{(\w+)\}", path)
            if found is None:
                continue
            address = filled(path, known[found[1]])
            answer = await client.request(method, address, headers=ben, data={"name": "Stolen"})
            assert answer.status_code == 404, (method, path, answer.text)
        assert "Stolen" not in (await client.get("/accounts", headers=ann)).text
        row = await client.get(f"/transactions/{known['entry_id']}", headers=ann)
        assert "Bakery" in row.text


async def things_of(client: httpx.AsyncClient, ann: dict[str, str]) -> dict[str, str]:
    """Make one of each thing and return its identifier by the name in the paths."""
    answer = await client.post(
        "/accounts", data={"name": "Bank", "accountType": "checking"}, headers=ann
    )
    assert answer.status_code == 204, answer.text
    page = (await client.get("/accounts", headers=ann)).text
    account_id = _first(r"/accounts/(\d+)/edit", page)
    fields = {
        "transactionType": "expense",
        "amount": "4.80",
        "payee": "Bakery",
        "accountId": account_id,
        "transactionDate": "2026-11-03",
    }
    answer = await client.post("/transactions", data=fields, headers=ann)
    assert answer.status_code == 204, answer.text
    answer = await client.post("/import", files={"file": ("a.csv", CSV)}, headers=ann)
    listed = (await client.get("/transactions/rows", headers=ann)).text
    settings = (await client.get("/settings", headers=ann)).text
    return {
        "account_id": account_id,
        "entry_id": _first(r'id="t(\d+)"', listed),
        "category_id": _first(
            r"/categories/(\d+)/edit", (await client.get("/categories", headers=ann)).text
        ),
        "import_id": answer.headers["hx-redirect"].removeprefix("/import/"),
        # The only session of a person has no button; any identifier is not Ben's.
        "session_id": account_id if "Devices" in settings else "",
    }


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/signin", "javascript:1"],
)
async def test_signing_in_leads_to_pages_of_the_hub_alone(open_web: OpenWeb, wanted: str) -> None:
    async with open_web() as client:
        await sign_up(client, "ann@example.org")
        fields = {"email": "ann@example.org", "password": PASSWORD, "next": wanted}
        answer = await client.post("/signin", data=fields, headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")


async def test_a_refused_deed_does_not_put_its_words_in_place_of_a_part(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = {**HTMX, **await sign_up(client, "ann@example.org")}
        answer = await client.post("/categories", data={"name": "x", "kind": "other"}, headers=ann)
        assert answer.status_code == 422
        assert answer.headers["hx-reswap"] == "none"
        assert '"tone": "error"' in answer.headers["hx-trigger"]


async def test_a_form_of_the_wrong_kind_is_refused(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = {**HTMX, **await sign_up(client, "ann@example.org")}
        for body, media, status in (
            (b"{}", "application/json", 415),
            (b"name=%FF", "application/x-www-form-urlencoded", 400),
            (b"name=%00", "application/x-www-form-urlencoded", 422),
            (b"&".join([b"a=1"] * 3_000), "application/x-www-form-urlencoded", 400),
            (b"a=" + bytes(2 << 20), "application/x-www-form-urlencoded", 413),
        ):
            headers = {**ann, "content-type": media}
            answer = await client.post("/accounts", content=body, headers=headers)
            assert answer.status_code == status, (media, body[:20])


async def test_a_failure_is_a_page_for_people_and_a_problem_for_programs(open_web: OpenWeb) -> None:
    from_elsewhere = {"sec-fetch-site": "cross-site"}
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        for method, path, headers, status, title in (
            ("GET", "/nothing-here", {}, 404, "There is nothing here"),
            ("GET", "/transactions/1/delete", {}, 405, "This is not a page"),
            ("POST", "/categories", from_elsewhere, 403, "Another site sent you here"),
        ):
            page = await client.request(method, path, headers={**BROWSER, **ann, **headers})
            assert page.status_code == status
            assert f">{title}</h1>" in page.text
            assert page.headers["x-correlation-id"] in page.text
            assert 'href="/dashboard"' in page.text
            assert "/api/" not in page.text
            answer = await client.request(method, path, headers={**HTMX, **ann, **headers})
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["correlationId"] == answer.headers["x-correlation-id"]


async def test_a_form_that_comes_back_without_a_script_has_the_frame_of_a_page(
    open_web: OpenWeb,
) -> None:
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        known = await things_of(client, {**HTMX, **ann})
        for path, fields, words in (
            ("/transactions", {"amount": "twelve", "payee": "Market"}, "This is not an amount."),
            (
                f"/transactions/{known['entry_id']}",
                {"amount": "twelve", "payee": "Market"},
                "This is not an amount.",
            ),
            ("/accounts", {"name": "", "accountType": "checking"}, "name"),
            ("/categories", {"name": "", "kind": "expense"}, "name"),
        ):
            typed = {"transactionType": "expense", "place": "inline", **fields}
            answer = await client.post(path, data=typed, headers=BROWSER | ann)
            assert answer.status_code == 422, path
            assert ">Not saved yet</h1>" in answer.text
            assert '<nav class="flex flex-col gap-0.5" aria-label="Main">' in answer.text
            assert words in answer.text
            part = await client.post(path, data=typed, headers=HTMX | ann)
            assert part.status_code == 422, path
            assert "<html" not in part.text
