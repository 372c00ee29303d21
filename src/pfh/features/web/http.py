"""What the `http.py` of every feature shares: the request, the services, a stored answer.

It exists so that an answer that was stored for an `Idempotency-Key` is told in one way.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from litestar import Request, Response

from pfh.features.operations import api as operations
from pfh.persistence.idempotency import Answer
from pfh.ports.actor import Actor
from pfh.ports.services import Services

WebRequest: TypeAlias = Request[Actor, Any, Any]
"""A request of the JSON API by somebody who is signed in."""


def services_of(request: Request[Any, Any, Any]) -> Services:
    """Return the ports of this installation."""
    services: Services = request.app.state["services"]
    return services


def switches_of(request: Request[Any, Any, Any]) -> operations.Switches:
    """Return what this process knows of maintenance and of refused addresses."""
    switches: operations.Switches = request.app.state["switches"]
    return switches


def note(request: Request[Any, Any, Any], **facts: str | int) -> None:
    """Add facts to the record of what an administrator does here; never a secret."""
    scope: Any = request.scope
    scope[operations.AUDIT_DETAIL].update(facts)


def answered(answer: Answer) -> Response[bytes]:
    """Render what a writing use-case answers; a repetition says so in `Idempotency-Replayed`."""
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else None
    return Response(
        answer.body, status_code=answer.status, media_type="application/json", headers=headers
    )
