"""One key, one effect: on every operation whose document names the `Idempotency-Key`."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from pfh.entry.web.openapi import openapi_document
from tests.integration.hostile.house import (
    House,
    Person,
    assert_problem,
    client_of,
    furnish,
    sign_up,
)
from tests.integration.hostile.identifiers import GOOD, Good

pytestmark = pytest.mark.asyncio(loop_scope="module")
OTHER_FILE = b"Date,Amount,Payee\n2026-10-02,-6.00,Stall\n"
FILE = b"Date,Amount,Payee\n2026-10-01,-5.00,Kiosk\n"
# Writing operations without an identifier in their path or body.
PLAIN = (
    Good("POST", "/api/accounts", body={"name": "New", "accountType": "cash"}),
    Good("POST", "/api/categories", body={"name": "New", "kind": "income"}),
    Good("PATCH", "/api/household", body={"name": "Ours"}),
    Good(
        "PUT",
        "/api/rates",
        body={"commodity": "GBP", "quote": "EUR", "date": "2026-11-01", "rate": "1.2"},
    ),
    Good(
        "DELETE",
        "/api/rates",
        query={"commodity": "USD", "quote": "EUR", "date": "2026-11-01"},
    ),
)
CASES = {f"{good.method} {good.template}": good for good in (*GOOD, *PLAIN) if good.method != "GET"}


def documented() -> set[str]:
    """Return the operations that name the key in the document."""
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
        for path, methods in json.loads(openapi_document())["paths"].items()
        for method, operation in methods.items()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "Idempotency-Key"
    }


async def send(person: Person, good: Good, key: str, *, other: bool = False) -> httpx.Response:
    """Send a good request with a key; `other` makes it another request."""
    request = good.filled(person.owned)
    path, body = request.path, request.body
    if request.query:
        path += f"?{httpx.QueryParams(request.query)}"
    if good.template == "/api/imports":
        return await person.send(
            "POST",
            path,
            key=key,
            content=OTHER_FILE if other else FILE,
            headers={"content-type": "application/octet-stream"},
        )
    if other and "date=" in path:
        path = path.replace("2026-11-01", "2026-11-02")
    elif other and body is None:
        path += "&" if "?" in path else "?"
        path += "other=1"
    elif other:
        body = {**(body or {}), **_changed(body or {})}
    return await person.send(request.method, path, body, key=key)


def _changed(body: dict[str, Any]) -> dict[str, Any]:
    """Return a field that differs and is still as good."""
    if "name" in body:
        return {"name": "Different"}
    if "rate" in body:
        return {"rate": "1.3"}
    if "amount" in body:
        return {"amount": "2.00", **({"splits": None} if "splits" in body else {})}
    if "intoId" in body:
        return {"intoId": "77"}
    return {"version": 1}


async def prepared(house: House, number: int) -> Person:
    """Return somebody new for whom every operation is possible."""
    client = client_of(house.app, f"198.51.100.{number}")
    person = await furnish(
        await sign_up(client, f"once{number}-{house.services.clock.now()}@example.org")
    )
    rate = {"commodity": "USD", "quote": "EUR", "date": "2026-11-01", "rate": "0.9"}
    await person.done("PUT", "/api/rates", rate)
    return person


async def test_every_documented_operation_is_tried() -> None:
    assert documented() == documented() & set(CASES)


async def test_every_writing_operation_documents_it() -> None:
    """But those that are the same however often they come, of signing in, and of operators.

    An operator's act is recorded each time; done twice, it has the effect of once.
    """
    document = json.loads(openapi_document())
    writing = {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
        for path, methods in document["paths"].items()
        for method in methods
        if method != "get" and not path.startswith(("/api/auth/", "/api/admin/"))
    }
    repeatable = {
        "PATCH /api/imports/{}",
        "DELETE /api/imports/{}",
        "POST /api/imports/{}/commit",
        "POST /api/imports/{}/revert",
    }
    assert writing - documented() <= repeatable


@pytest.mark.parametrize("name", sorted(documented()))
async def test_second_request_with_the_key_answers_as_the_first(house: House, name: str) -> None:
    good = CASES[name]
    person = await prepared(house, sorted(CASES).index(name))
    first = await send(person, good, "key-1")
    if not first.is_success:
        # What was refused stored nothing, the key neither: it may be used again.
        assert first.status_code == 409, first.text
        assert (await send(person, good, "key-1")).status_code == 409
        return
    await house.settled()
    before = await house.tables()
    second = await send(person, good, "key-1")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    # An upload answers with the present state of the one import.
    if name != "POST /api/imports":
        assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await house.tables() == before
    other = await send(person, good, "key-1", other=True)
    assert (other.status_code, assert_problem(other)["code"]) == (422, "idempotency_key_reused")
    assert await house.tables() == before
    await person.client.aclose()


async def test_key_of_somebody_else_is_another_key(house: House) -> None:
    body = {"name": "Shared key", "accountType": "cash"}
    answers = [
        await person.send("POST", "/api/accounts", body, key="the-same")
        for person in (house.ann, house.bob)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


async def test_many_at_once_have_one_effect(house: House) -> None:
    body = {"name": "Once", "accountType": "cash"}
    answers = await asyncio.gather(
        *(house.ann.send("POST", "/api/accounts", body, key="race") for _ in range(12))
    )
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert answer.status_code == 409
            assert assert_problem(answer)["code"] == "idempotency_key_in_flight"
    rows = await house.rows("SELECT COUNT(*) FROM accounts WHERE name = 'Once'")
    assert rows[0][0] == 1
