"""What the `pages.py` of every feature answer with: pages, fragments, redirects and toasts.

It exists so that a handler says what to show and nothing about how: the templates, the frame around
a page and the person in it are `entry/web/page_rendering.py`, found in the application's state.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie as ResponseCookie

from pfh.core.errors import Kind, Problem
from pfh.features.forms.api import Toast, trigger_header
from pfh.features.web.http import WebRequest

FLASH_COOKIE: Final = "pfh_flash"
_FLASH_SECONDS: Final = 60
_HTML: Final = "text/html"

PageRequest: TypeAlias = WebRequest
Page = Response[str | None]


class PageRenderer(Protocol):
    """Turns templates into HTML; kept at `app.state["pages"]`."""

    async def page(self, request: Any, template: str, context: dict[str, object]) -> str:  # noqa: ANN401 -- the framework's own type
        """Return a whole page, with the frame for the person of the request."""
        ...

    def fragment(self, request: Any, template: str, context: dict[str, object]) -> str:  # noqa: ANN401 -- the same
        """Return a part of a page."""
        ...

    def facts(self, request: Any) -> Sequence[tuple[str, str]]:  # noqa: ANN401 -- the same
        """Return name and value of what there is to know about this installation."""
        ...


def installation_facts(request: PageRequest) -> Sequence[tuple[str, str]]:
    """Return name and value of what this person may know about the installation."""
    renderer: PageRenderer = request.app.state["pages"]
    return renderer.facts(request)


def is_secure(request: PageRequest) -> bool:
    """Tell whether browsers come over https, which decides the names and flags of cookies."""
    return bool(request.app.state["settings"].secure) or request.scope["scheme"] == "https"


def with_cookies(answer: Page, cookies: Iterable[Any]) -> Page:
    """Set cookies; each is a dataclass with the fields of the framework's own cookie."""
    for cookie in cookies:
        answer.set_cookie(ResponseCookie(**dataclasses.asdict(cookie)))
    return answer


def is_fragment_wanted(request: PageRequest) -> bool:
    """Tell whether a script of the page asks, and not a browser that shows what comes."""
    return "hx-request" in request.headers


def failed_status(problem: Problem) -> int:
    """Return the status of a form that comes back: 422, or 429 when it came too often."""
    return 429 if problem.kind is Kind.THROTTLED else 422


async def show_page(
    request: PageRequest, template: str, *, status: int = 200, **context: object
) -> Page:
    """Answer a whole page; a message that the request before left for it is shown once."""
    renderer: PageRenderer = request.app.state["pages"]
    text = await renderer.page(request, template, context)
    answer = Page(text, status_code=status, media_type=_HTML)
    if FLASH_COOKIE in request.cookies:
        answer.set_cookie(FLASH_COOKIE, "", max_age=0, path="/", httponly=True, samesite="lax")
    return answer


def show_fragment(
    request: PageRequest,
    template: str,
    *,
    status: int = 200,
    trigger: str | None = None,
    page_at: str | None = None,
    **context: object,
) -> Page:
    """Answer a part of a page; `trigger` is what `trigger_header` made.

    A browser that opens its address itself, in a new tab, is sent to the page that it belongs to:
    `page_at`, else the one that its address begins with.
    """
    if request.method == "GET" and not is_fragment_wanted(request):
        return go_to(request, page_at or f"/{request.url.path.split('/')[1]}")
    renderer: PageRenderer = request.app.state["pages"]
    text = renderer.fragment(request, template, context)
    headers = {} if trigger is None else {"HX-Trigger": trigger}
    return Page(text, status_code=status, media_type=_HTML, headers=headers)


async def show_form_again(
    request: PageRequest,
    template: str,
    *,
    back_to: str,
    **context: Any,  # noqa: ANN401 -- what the template takes
) -> Page:
    """Answer 422 with a form as it was typed; without a script, in the frame of a page.

    That page has a link to `back_to`, for who gives up.
    """
    if is_fragment_wanted(request):
        return show_fragment(request, template, status=422, **context)
    return await show_page(
        request, "alone.html", status=422, part=template, back_to=back_to, **context
    )


def show_nothing(*events: str, toast: Toast | None = None) -> Page:
    """Answer no HTML: the page hears of the events and shows the toast."""
    return Page(None, status_code=204, headers={"HX-Trigger": trigger_header(*events, toast=toast)})


def remove_element(*events: str, toast: Toast | None = None) -> Page:
    """Answer an empty fragment, which takes the target off the page."""
    headers = {"HX-Trigger": trigger_header(*events, toast=toast)}
    return Page("", status_code=200, media_type=_HTML, headers=headers)


def go_to(request: PageRequest, address: str, *, toast: Toast | None = None) -> Page:
    """Send the browser to a page of ours, whose first act is to show the toast."""
    if is_fragment_wanted(request):
        answer = Page(None, status_code=204, headers={"HX-Redirect": address})
    else:
        answer = Page(None, status_code=303, headers={"Location": address})
    if toast is not None:
        answer.set_cookie(
            FLASH_COOKIE,
            quote(json.dumps([toast.message, toast.undo_url, toast.tone])),
            max_age=_FLASH_SECONDS,
            path="/",
            httponly=True,
            samesite="lax",
        )
    return answer
