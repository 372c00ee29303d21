"""What an HTTP operation takes and answers, as plain data from which the OpenAPI document is made.

It exists so that the types which decode a request are the very types which document it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

JSON_MEDIA: Final = "application/json"
# Where a handler's options keep its description.
OPERATION_OPTION: Final = "operation"
PUBLIC_OPTION: Final = "public"
# A page that greets known and unknown visitors; the user is None when nobody is signed in.
ANYONE_OPTION: Final = "anyone"
# Asks for ADMIN_TOKEN or an administrator; the value "loopback" also lets this machine in.
OPERATOR_OPTION: Final = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the JSON API.

    `answer`, `body` and `query` are types that msgspec can describe; `problems` are the statuses
    beyond those that follow from the rest (see `entry/web/openapi.py`); `idempotent` says that an
    `Idempotency-Key` is honoured; `limited` that 429 may be answered.
    """

    summary: str
    tag: str = ""
    answer: Any = None
    status: int = 200
    answer_media: str = JSON_MEDIA
    body: Any = None
    body_media: str = JSON_MEDIA
    query: Any = None
    problems: tuple[int, ...] = ()
    idempotent: bool = False
    limited: bool = False
    public: bool = False


def describe(summary: str, *, public: bool = False, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 -- the fields of Operation
    """Return the `opt` of a handler; `parts` are the other fields of `Operation`.

    Example: `@get("/api/tags", opt=describe("List the tags", answer=TagList, query=TagQuery))`.
    """
    return {
        OPERATION_OPTION: Operation(summary=summary, public=public, **parts),
        PUBLIC_OPTION: public,
    }
