"""Every failure as a problem of RFC 9457, in one place.

It exists so that the features raise what went wrong (`pfh.core.errors.Problem`) and only this
module knows HTTP. Docs: docs/reference/problems.md.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    ValidationException,
)
from litestar.types import Send

from pfh.core.errors import Kind, Problem, Problems
from pfh.entry.web.error_page import bare_page, error_page
from pfh.entry.web.methods import allowed_methods
from pfh.features.forms.api import Toast, trigger_header
from pfh.observability.correlation import correlation_id
from pfh.observability.logging import get_logger
from pfh.ports.database import DatabaseTimeout, DatabaseUnavailable
from pfh.ports.objects import ObjectsUnavailable

MEDIA_TYPE: Final = "application/problem+json"
SIGN_IN_PATH: Final = "/signin"
RETRY_AFTER_SECONDS: Final = 2
STATUSES: Final[dict[Kind, int]] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.INVALID: 422,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
}
_LOGGER: Final = get_logger(__name__)


class FieldProblem(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """One of several problems of a request."""

    code: str
    detail: str
    field: str | None = None
    fix: str | None = None


class ProblemDetails(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The body of every answer that is not a success (RFC 9457).

    Where several fields of a request need a change, `errors` has them all, at most 50 of the shape
    of a JSON body; `field` is the first of them.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    field: str | None = None
    fix: str | None = None
    errors: list[FieldProblem] = []


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A problem ready to be rendered: details, further members and headers."""

    details: ProblemDetails
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}

    def json(self) -> bytes:
        """Return the body as JSON, the further members after the standard ones."""
        members: dict[str, Any] = msgspec.to_builtins(self.details)
        return msgspec.json.encode({**members, **self.extra})


def failure(
    status: int, code: str, detail: str, *, field: str | None = None, fix: str | None = None
) -> Failure:
    """Return a failure with the present correlation."""
    return Failure(
        details=ProblemDetails(
            type=f"urn:pfh:problem:{code}",
            title=code.replace("_", " ").capitalize(),
            status=status,
            detail=detail,
            code=code,
            correlation_id=correlation_id.get(),
            field=field,
            fix=fix,
        )
    )


def failure_of(error: BaseException) -> Failure:
    """Return what to tell about an exception; anything unexpected is a 500 that tells nothing."""
    if isinstance(error, Problem):
        return _of_problem(error)
    if isinstance(error, DatabaseUnavailable | DatabaseTimeout):
        words = "The books cannot be reached just now; nothing was changed."
        busy = failure(503, "temporarily_unavailable", words, fix="Try again in a moment.")
        return _with_headers(busy, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if isinstance(error, ObjectsUnavailable):
        words = "The place of files cannot be reached just now; everything else works."
        away = failure(503, "files_unavailable", words, fix="Try again in a few minutes.")
        return _with_headers(away, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if isinstance(error, InternalServerException) and "disconnected" in error.detail:
        # Nobody is left to read the answer; the log should not call it our failure.
        return failure(400, "request_incomplete", "The connection ended before the request did.")
    if isinstance(error, HTTPException):
        return _of_framework(error)
    return failure(
        500,
        "internal_error",
        "Something failed that should not; nothing was changed.",
        fix="Try again; if it happens again, report the correlation id.",
    )


def _of_problem(problem: Problem) -> Failure:
    status = STATUSES[problem.kind]
    made = failure(status, problem.code, problem.detail, field=problem.field, fix=problem.fix)
    if isinstance(problem, Problems):
        made.details.errors = [
            FieldProblem(code=one.code, detail=one.detail, field=one.field, fix=one.fix)
            for one in problem.problems
        ]
    extra = {_camel(name): value for name, value in problem.extra.items()}
    headers: dict[str, str] = {}
    retry = problem.extra.get("retryAfterSeconds", problem.extra.get("retry_after_seconds"))
    if retry is not None:
        headers["Retry-After"] = str(retry)
    elif status == STATUSES[Kind.UNAVAILABLE]:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == STATUSES[Kind.UNAUTHENTICATED]:
        headers["WWW-Authenticate"] = 'Bearer realm="pfh"'
    return Failure(details=made.details, extra=extra, headers=headers)


_FRAMEWORK_WORDS: Final[dict[int, tuple[str, str, str]]] = {
    400: ("malformed_request", "The request cannot be read.", "Check it against /api/docs."),
    401: ("unauthenticated", "Nobody is signed in.", "Sign in first."),
    403: ("forbidden", "You may not do that.", "Ask an owner of the household."),
    404: (
        "not_found",
        "There is nothing at this address.",
        "Check it; /api/docs lists those of the API.",
    ),
    405: ("method_not_allowed", "This address does not take that method.", "See Allow."),
    413: ("body_too_large", "The body is larger than this operation takes.", "Send less."),
    415: ("media_type_unsupported", "The body has an unknown type.", "Send application/json."),
    503: ("temporarily_unavailable", "The hub cannot answer just now.", "Try again in a moment."),
}


def _of_framework(error: HTTPException) -> Failure:
    if isinstance(error, ValidationException):
        return _of_validation(error)
    status = error.status_code
    if status not in _FRAMEWORK_WORDS:
        status = 400 if isinstance(error, ClientException) else 500
    if status == 500:  # noqa: PLR2004 -- the status itself
        return failure_of(RuntimeError())
    code, detail, fix = _FRAMEWORK_WORDS[status]
    return _with_headers(failure(status, code, detail, fix=fix), dict(error.headers or {}))


def _of_validation(error: ValidationException) -> Failure:
    """Render what the framework's own parameter reading found."""
    items = error.extra if isinstance(error.extra, list) else []
    errors = [
        FieldProblem(
            code="invalid_request",
            detail=str(item.get("message", "")),
            field=str(item.get("key")) if item.get("key") else None,
        )
        for item in items
        if isinstance(item, dict)
    ]
    made = failure(
        422,
        "invalid_request",
        errors[0].detail if len(errors) == 1 else "The request has the wrong shape.",
        field=errors[0].field if errors else None,
        fix="Check it against /api/docs.",
    )
    made.details.errors = errors
    return made


def _with_headers(made: Failure, headers: dict[str, str]) -> Failure:
    return Failure(details=made.details, extra=made.extra, headers=headers)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def answer_exception(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Render any exception: JSON for programs, a page for people. Logs it, once."""
    made = failure_of(error)
    headers = dict(made.headers)
    status = made.details.status
    if isinstance(error, MethodNotAllowedException):
        # In place of the framework's own, which has another case and fewer methods.
        headers = {"Allow": allowed_methods(request.app, request.scope["path"])}
    _log(request, error, made.details)
    if not wants_page(request):
        if "hx-request" in request.headers and status == STATUSES[Kind.INVALID]:
            # A page puts what is answered with 422 in its place, since that is a form: not this.
            words = " ".join(part for part in (made.details.detail, made.details.fix) if part)
            toast = Toast(message=words, tone="error")
            headers |= {"HX-Reswap": "none", "HX-Trigger": trigger_header(toast=toast)}
        return Response(made.json(), status_code=status, media_type=MEDIA_TYPE, headers=headers)
    if status == STATUSES[Kind.UNAUTHENTICATED]:
        return _to_sign_in(request)
    page = error_page(request, made.details)
    return Response(page, status_code=status, media_type="text/html", headers=headers)


def _log(request: Request[Any, Any, Any], error: Exception, details: ProblemDetails) -> None:
    fields = {
        "status": details.status,
        "code": details.code,
        "method": request.scope["method"],
        "route": request.scope.get("path_template", "unmatched"),
    }
    if details.status < 500:  # noqa: PLR2004 -- the class of statuses
        _LOGGER.info("request_refused", field=details.field, **fields)
    elif isinstance(error, Problem | DatabaseUnavailable | DatabaseTimeout | ObjectsUnavailable):
        _LOGGER.warning("request_refused", reason=str(error), **fields)
    else:
        _LOGGER.failure("request_failed", error, **fields)


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send a person to the sign-in page and, afterwards, back to where they were."""
    target = SIGN_IN_PATH
    if request.scope["method"] == "GET" and request.scope["path"] != "/":
        query = request.scope["query_string"].decode("latin-1")
        back = request.scope["path"] + (f"?{query}" if query else "")
        target += f"?next={quote(back, safe='/')}"
    if "hx-request" in request.headers:
        return Response(None, status_code=401, headers={"HX-Redirect": SIGN_IN_PATH})
    return Response(None, status_code=303, headers={"Location": target})


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a person's browser asks, and not a program."""
    return _is_of_a_person(request.scope["path"], request.headers.get("accept", ""))


def _is_of_a_person(path: str, accept: str) -> bool:
    return not path.startswith("/api/") and "text/html" in accept


async def refuse_early(scope: Any, send: Send, made: Failure) -> None:  # noqa: ANN401 -- one of the framework's scopes
    """Answer before the application is asked, which no style sheet passes either: words alone."""
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept")
    if _is_of_a_person(scope["path"], accept.decode("latin-1")):
        media, body = "text/html; charset=utf-8", bare_page(made.details).encode()
    else:
        media, body = MEDIA_TYPE, made.json()
    headers = [
        (b"content-type", media.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    status = made.details.status
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
