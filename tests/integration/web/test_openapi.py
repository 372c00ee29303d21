"""The API's description is complete, the same each time, and the one that is committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from pfh.entry.web.openapi import openapi_document
from pfh.entry.web.routes import all_routes
from tests.integration.web.conftest import OpenWeb

COMMITTED = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"
# Pages for people; everything else below /api/ is described.
PAGES = {"/api/docs"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(openapi_document())
    return content


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_is_the_committed_one() -> None:
    assert openapi_document() == COMMITTED.read_bytes(), (
        "the API has changed: python -m pfh.entry.web.openapi > docs/reference/openapi.json"
    )


def test_is_the_same_each_time() -> None:
    assert openapi_document() == openapi_document()


def test_describes_every_route_of_the_api(document: dict[str, Any]) -> None:
    described = {(path, method) for path, method, _ in operations(document)}
    app = Litestar(all_routes(), openapi_config=None, logging_config=None)
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/api/"):
            continue
        if route.path in PAGES:
            continue
        for method in route.methods - {"OPTIONS"}:
            paths = {path for path, one in described if one == method.lower()}
            assert any(_same(path, route.path_format) for path in paths), (method, route.path)


def _same(documented: str, routed: str) -> bool:
    ours, theirs = documented.split("/"), routed.split("/")
    return len(ours) == len(theirs) and all(
        one == other or (one[:1] == other[:1] == "{")
        for one, other in zip(ours, theirs, strict=True)
    )


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        found: Any = document
        for name in part.partition('"')[0].removeprefix("#/").split("/"):
            found = found[name]


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_each_operation_names_its_problems(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"400", "503"} <= statuses
        assert ("401" in statuses) or operation["security"] == [], path
        assert ("404" in statuses) or "{" not in path, path
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= statuses, (method, path)


async def test_is_served_with_its_page(open_web: OpenWeb) -> None:
    async with open_web() as client:
        answer = await client.get("/api/openapi.json")
        assert answer.content == openapi_document()
        page = await client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/openapi.json" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
