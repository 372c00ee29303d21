"""What the `http.py` of every feature shares: the request, the services, a stored answer.

It exists so that an answer that was stored for an `Idempotency-Key` is told in one way.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from litestar import Request, Response

from pfh.features.operations import api as operations
from pfh.features.web.json_answer import JsonAnswer
from pfh.persistence.idempotency import Answer
from pfh.ports.actor import Actor
from pfh.ports.services import Services

WebRequest: TypeAlias = Request[Actor, Any, Any]
"""A request of the JSON API by somebody who is signed in."""

_REPLAYED: Final = ((b"idempotency-replayed", b"true"),)


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
    headers = _REPLAYED if answer.replayed else ()
    return JsonAnswer(answer.body, status=answer.status, headers=headers)
