"""The API's description: for programs at `/api/openapi.json`, for people at `/api/docs`."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from litestar import Request, Response, get
from litestar.response import Template

from pfh.entry.web.openapi import openapi_document
from pfh.features.web.api import describe

_TAG: Final = "Operations"
# An hour is short beside a release and long beside a session with the docs.
_CACHE: Final = {"cache-control": "public, max-age=3600"}


@cache
def _document() -> bytes:
    return openapi_document()


@get(
    "/api/openapi.json",
    opt=describe("This description", tag=_TAG, public=True, answer=dict[str, Any]),
)
async def openapi_json() -> Response[bytes]:
    """Answer the OpenAPI document."""
    return Response(_document(), media_type="application/json", headers=_CACHE)


@get("/api/docs", opt={"public": True}, media_type="text/html")
async def docs_page(request: Request[Any, Any, Any]) -> Template:
    """Show the API's description as a page; every asset comes from this hub."""
    del request
    return Template("api_docs.html")


routes = [openapi_json, docs_page]
