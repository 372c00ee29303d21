"""The JSON face of tags."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, delete, get, patch
from litestar.params import FromPath

from pfh.features.tags.change_tag import list_tags, remove_tag, rename_tag
from pfh.features.tags.schemas import TagAnswer, TagList, TagPatch, TagRemovedAnswer
from pfh.features.web.api import (
    WebRequest,
    answered,
    describe,
    idempotency_key,
    identifier,
    parse_body,
    services_of,
)

_RENAME: Final = msgspec.json.Decoder(TagPatch)


@get("/api/tags", opt=describe("List your tags with their use", answer=TagList))
async def list_all(request: WebRequest) -> TagList:
    """List tags."""
    services = services_of(request)
    return await list_tags(services, request.user)


@patch(
    "/api/tags/{tag_id:str}",
    opt=describe(
        "Rename a tag",
        body=TagPatch,
        answer=TagAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def rename(request: WebRequest, tag_id: FromPath[str]) -> Response[bytes]:
    """Rename a tag."""
    services = services_of(request)
    stated = await parse_body(request, _RENAME)
    key = await idempotency_key(request, services.clock.now())
    return answered(await rename_tag(services, request.user, identifier(tag_id), stated.name, key))


@delete(
    "/api/tags/{tag_id:str}",
    status_code=200,
    opt=describe(
        "Take a tag off every transaction and remove it",
        answer=TagRemovedAnswer,
        problems=(403, 404),
        idempotent=True,
    ),
)
async def remove(request: WebRequest, tag_id: FromPath[str]) -> Response[bytes]:
    """Remove a tag."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await remove_tag(services, request.user, identifier(tag_id), key))


routes = [list_all, rename, remove]
