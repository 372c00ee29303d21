"""The JSON face of tags."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, delete, get, patch

from pfh.features.tags.change_tag import list_tags, remove_tag, rename_tag
from pfh.features.tags.schemas import TagAnswer, TagList, TagPatch, TagRemovedAnswer
from pfh.features.web.api import describe, idempotency_key, identifier, parse_body
from pfh.persistence.idempotency import Answer
from pfh.ports.actor import Actor
from pfh.ports.services import Services

_RENAME: Final = msgspec.json.Decoder(TagPatch)

WebRequest = Request[Actor, Any, Any]


@get("/api/tags", opt=describe("List your tags with their use", answer=TagList))
async def list_all(request: WebRequest) -> TagList:
    """List tags."""
    services: Services = request.app.state["services"]
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
async def rename(request: WebRequest, tag_id: str) -> Response[bytes]:
    """Rename a tag."""
    services: Services = request.app.state["services"]
    stated = await parse_body(request, _RENAME)
    key = await idempotency_key(request, services.clock.now())
    return _answered(await rename_tag(services, request.user, identifier(tag_id), stated.name, key))


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
async def remove(request: WebRequest, tag_id: str) -> Response[bytes]:
    """Remove a tag."""
    services: Services = request.app.state["services"]
    key = await idempotency_key(request, services.clock.now())
    return _answered(await remove_tag(services, request.user, identifier(tag_id), key))


def _answered(answer: Answer) -> Response[bytes]:
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else None
    return Response(
        answer.body, status_code=answer.status, media_type="application/json", headers=headers
    )


routes = [list_all, rename, remove]
