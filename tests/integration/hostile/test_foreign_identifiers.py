"""What belongs to another household does not exist: on every route, at every place of an id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pfh.entry.web.openapi import openapi_document
from tests.integration.hostile.house import (
    House,
    Json,
    Person,
    assert_problem,
    client_of,
    furnish,
    sign_up,
)
from tests.integration.hostile.identifiers import GOOD, Filled, Good

pytestmark = pytest.mark.asyncio(loop_scope="module")
# The ids of nothing: one that could be, and texts that cannot.
NOTHING = "7"
CASES = [(good, place) for good in GOOD for place in good.places()]
FILE = b"Date,Amount,Payee\n2026-10-01,-5.00,Kiosk\n"


async def send(person: Person, request: Filled) -> httpx.Response:
    path = request.path
    if request.query:
        path += f"?{httpx.QueryParams(request.query)}"
    if request.path == "/api/imports" and request.method == "POST":
        kind = {"content-type": "application/octet-stream"}
        return await person.send(request.method, path, content=FILE, headers=kind)
    return await person.send(request.method, path, request.body)


def told(answer: httpx.Response) -> Json:
    """Return what a problem says, without what differs from request to request."""
    problem = assert_problem(answer)
    return {name: value for name, value in problem.items() if name != "correlationId"}


@pytest.mark.parametrize(
    ("good", "place"),
    [pytest.param(*case, id=f"{case[0].method} {case[0].path} {case[1]}") for case in CASES],
)
async def test_is_not_found_and_changes_nothing(house: House, good: Good, place: str) -> None:
    foreign = house.bob.owned[good.owner_of(place)]
    before = await house.tables()
    answer = await send(house.ann, good.filled(house.ann.owned, place, foreign))
    if place == "body.parentId":
        # A parent is judged like every other field of the new account (docs/specs/ledger.md).
        assert (answer.status_code, answer.json()["code"]) == (422, "parent_not_found")
    else:
        assert answer.status_code == 404, answer.text
    assert await house.tables() == before
    # Whether it exists elsewhere must not show: the words are those for nothing at all.
    nothing = await send(house.ann, good.filled(house.ann.owned, place, NOTHING))
    assert told(answer) == told(nothing)
    assert foreign not in answer.text


@pytest.mark.parametrize("text", ["0", "-1", "x", "1e3", "9" * 19, "9" * 40, "٣", "1%00", "%2e%2e"])
async def test_text_that_is_no_identifier_is_not_found(house: House, text: str) -> None:
    before = await house.tables()
    for good in GOOD:
        if "path" in good.places():
            answer = await send(house.ann, good.filled(house.ann.owned, "path", text))
            assert answer.status_code == 404, (good, answer.text)
            assert_problem(answer)
    assert await house.tables() == before


@pytest.mark.parametrize("good", GOOD, ids=lambda good: f"{good.method} {good.path}")
async def test_own_identifiers_are_found(
    house: House, request: pytest.FixtureRequest, good: Good
) -> None:
    """Without this the tests above would pass on a hub that never finds anything."""
    number = GOOD.index(good)
    async with client_of(house.app, f"198.51.100.{number}") as client:
        owner = await furnish(await sign_up(client, f"owner{number}@example.org"))
        answer = await send(owner, good.filled(owner.owned))
        assert answer.status_code not in {400, 401, 403, 404, 422}, answer.text
        assert answer.status_code < 500


async def test_every_place_of_the_api_is_tried() -> None:
    tried = {
        (good.method, good.template, re.sub(r"\.\d+\.", ".*.", place))
        for good in GOOD
        for place in good.places()
    }
    document = json.loads(openapi_document())
    assert set(_documented(document)) <= tried


def _documented(document: Json) -> Iterator[tuple[str, str, str]]:
    for path, methods in document["paths"].items():
        if path.startswith("/api/admin/"):
            # Of the installation and of no household; tests/integration/operations has them.
            continue
        for method, operation in methods.items():
            where = (method.upper(), re.sub(r"\{\w+\}", "{}", path))
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    yield (*where, "path")
                elif parameter["name"].endswith("Id"):
                    yield (*where, f"query.{parameter['name']}")
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for place in _identifiers(document, content["schema"], "body"):
                    yield (*where, place)


def _identifiers(document: Json, schema: Any, place: str) -> Iterator[str]:  # noqa: ANN401 -- JSON
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _identifiers(document, choice, place)
    if "items" in schema:
        yield from _identifiers(document, schema["items"], f"{place}.*")
    for name, inner in schema.get("properties", {}).items():
        # The identifier of a bank's own making is a text as any other.
        if name.endswith("Id") and name != "externalId":
            yield f"{place}.{name}"
        yield from _identifiers(document, inner, f"{place}.{name}")
