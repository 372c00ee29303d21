"""What a person sees when a request fails: what happened, what to do, and a number to ask with.

It exists beside the problem's own words, which are written for who calls the API. The page needs
neither the books nor a session, since either may be what failed.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar import Request

from pfh.entry.web.presentation import find_theme
from pfh.observability.logging import get_logger

if TYPE_CHECKING:
    from pfh.entry.web.problem_details import ProblemDetails

_LOGGER: Final = get_logger(__name__)
_WORTH_ANOTHER_TRY: Final = frozenset({429, 500, 503})


class ErrorPage(NamedTuple):
    """What the page shows.

    Attributes:
        status: of the answer.
        title: what happened, in a few words.
        detail: the same in a sentence.
        fix: what to do about it, "" when nobody knows.
        correlation_id: of the lines in the log.
        again_at: where another try leads, "" when it would not help.
    """

    status: int
    title: str
    detail: str
    fix: str
    correlation_id: str
    again_at: str = ""


# Problem code → title, detail and fix for people, where those of the API mean its callers.
_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "not_found": (
        "There is nothing here",
        "No page has this address.",
        "It may be mistyped, or what it showed was removed.",
    ),
    "method_not_allowed": (
        "This is not a page",
        "This address belongs to a button and shows nothing by itself.",
        "Go back and press the button again.",
    ),
    "malformed_request": (
        "That could not be read",
        "What your browser sent cannot be read; nothing was changed.",
        "Go back, load the page again and try once more.",
    ),
    "invalid_request": (
        "That could not be read",
        "What your browser sent does not fit this page; nothing was changed.",
        "Go back, load the page again and try once more.",
    ),
    "media_type_unsupported": (
        "That could not be read",
        "What your browser sent is no form; nothing was changed.",
        "Go back, load the page again and try once more.",
    ),
    "body_too_large": (
        "That is too large",
        "The hub does not take that much at once; nothing was changed.",
        "Send a smaller file, or part of it.",
    ),
    "cross_site_request": (
        "Another site sent you here",
        "It asked for a change in your name, so nothing was done.",
        "Open the page that you wanted in the hub itself.",
    ),
    "internal_error": (
        "Something went wrong",
        "The hub failed where it should not; nothing was changed.",
        "Try again. If it fails again, tell the hub’s operator the number below.",
    ),
}


def error_page(request: Request[Any, Any, Any], details: ProblemDetails) -> str:
    """Render the page; bare words when even that fails (the front end was never built)."""
    try:
        page = request.app.template_engine.get_template("error.html")  # type: ignore[union-attr]
        shown = _shown(request, details)
        return str(page.render(error=shown, theme=find_theme(request.cookies)))
    except Exception as error:  # noqa: BLE001 -- the answer to a failure must not fail
        _LOGGER.failure("error_page_failed", error)
    return bare_page(details)


def bare_page(details: ProblemDetails) -> str:
    """Return a page of words alone, for who gets no style sheet from this hub either."""
    title, detail, fix = _words(details)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        "<meta name=color-scheme content='light dark'>"
        f"<title>{html.escape(title)} · Personal Finance Hub</title>"
        f"<main><h1>{html.escape(title)}</h1><p>{html.escape(f'{detail} {fix}'.strip())}"
        f"<p>If you ask for help, give this number: {html.escape(details.correlation_id)}</main>"
    )


def _shown(request: Request[Any, Any, Any], details: ProblemDetails) -> ErrorPage:
    title, detail, fix = _words(details)
    again_at = ""
    if request.method == "GET" and details.status in _WORTH_ANOTHER_TRY:
        query = request.scope["query_string"].decode("latin-1")
        again_at = request.scope["path"] + (f"?{query}" if query else "")
    return ErrorPage(details.status, title, detail, fix, details.correlation_id, again_at)


def _words(details: ProblemDetails) -> tuple[str, str, str]:
    return _WORDS.get(details.code, (details.title, details.detail, details.fix or ""))
