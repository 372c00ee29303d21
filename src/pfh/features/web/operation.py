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
# Who may operate: "token" is for ADMIN_TOKEN or an administrator, "loopback" for this machine, too,
# and ADMINISTERS for administrators alone, each call of whom is recorded.
OPERATOR_OPTION: Final = "operator"
ADMINISTERS: Final = "administrator"
# Where the scope of an administrator's page has the Operator, beside the person as its user.
OPERATOR_SCOPE: Final = "operator"
# A request that changes something but never the books, so that it is served during maintenance.
SPARES_BOOKS_OPTION: Final = "spares_books"


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


def describe(
    summary: str,
    *,
    public: bool = False,
    spares_books: bool = False,
    **parts: Any,  # noqa: ANN401 -- the fields of Operation
) -> dict[str, Any]:
    """Return the `opt` of a handler; `parts` are the other fields of `Operation`.

    `spares_books`: served during maintenance, although its method is one that changes things.

    Example: `@get("/api/tags", opt=describe("List the tags", answer=TagList, query=TagQuery))`.
    """
    return {
        OPERATION_OPTION: Operation(summary=summary, public=public, **parts),
        PUBLIC_OPTION: public,
        SPARES_BOOKS_OPTION: spares_books,
    }
