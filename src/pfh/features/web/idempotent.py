"""Reading the `Idempotency-Key` of a request, with the fingerprint of what it stands for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from pfh.persistence.idempotency import IdempotencyKeyInvalid, RequestKey, request_key
from pfh.ports.actor import Actor

_HEADER = b"idempotency-key"


class WritingRequest(Protocol):
    """What a key is made of: ASGI scope, body and the person."""

    @property
    def scope(self) -> Any:  # noqa: ANN401 -- the framework's own type
        """The ASGI connection scope."""
        ...

    @property
    def body(self) -> Callable[[], Awaitable[bytes]]:
        """Read the whole body; may be called again."""
        ...

    @property
    def user(self) -> Actor:
        """The person who asks."""
        ...


async def idempotency_key(request: WritingRequest, now: int) -> RequestKey | None:
    """Return the key of a writing request, None when it has none.

    The fingerprint covers method, path, query and body, so that one key cannot cross operations.

    Args:
        request: of a signed-in person.
        now: the instant in microseconds that is stored with the answer.

    Raises:
        IdempotencyKeyInvalid: empty, too long, not printable ASCII, or given twice.
    """
    make = key_maker(request, now)
    return None if make is None else make(await request.body())


def key_maker(request: WritingRequest, now: int) -> Callable[[bytes], RequestKey] | None:
    """Return what makes the key once the body, or its digest, is known; None without a key.

    For bodies that are streamed and never held; otherwise as `idempotency_key`.
    """
    found = [value for name, value in request.scope["headers"] if name == _HEADER]
    if not found:
        return None
    if len(found) > 1 or not found[0].isascii():
        raise IdempotencyKeyInvalid(
            "The Idempotency-Key must be given once, in ASCII.",
            field="Idempotency-Key",
            fix="Send one fresh random key, for example a UUID.",
        )
    query = request.scope["query_string"].decode("latin-1")
    user_id, key = request.user.user_id, found[0].decode("ascii")
    route = f"{request.scope['method']} {request.scope['path']}?{query}"

    def make(body: bytes) -> RequestKey:
        return request_key(user_id, key, route=route, body=body, now=now)

    return make
