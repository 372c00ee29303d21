"""The operations page: how everything is, and the buttons that repair it."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

from litestar import get, post
from markupsafe import Markup

from pfh.entry.web.operations.runbook import runbook, section_path
from pfh.features.forms.api import Toast, trigger_header
from pfh.features.mail import api as mail
from pfh.features.operations import api as operations
from pfh.features.web.api import (
    ADMINISTERS,
    OPERATOR_OPTION,
    OPERATOR_SCOPE,
    Page,
    PageRequest,
    go_to,
    identifier,
    is_fragment_wanted,
    note,
    query_values,
    read_form,
    services_of,
    show_fragment,
    show_nothing,
    show_page,
    switches_of,
)
from pfh.ports.actor import Operator
from pfh.runtime.overview.acts import begin
from pfh.runtime.overview.ask import Overseer
from pfh.runtime.overview.parts import Overview
from pfh.runtime.settings import SqliteSettings

PATH: Final = "/admin/operations"
CHANGED: Final = "operations-changed"
_MICROSECONDS: Final = 1_000_000
_OPTIONS: Final = {OPERATOR_OPTION: ADMINISTERS}


@get(PATH, opt=_OPTIONS)
async def operations_page(request: PageRequest) -> Page:
    """Show how everything is."""
    context = _context(await _overseer(request).look())
    return await show_page(request, "operations/page.html", **context)


@get(f"{PATH}/parts", opt=_OPTIONS)
async def parts(request: PageRequest) -> Page:
    """Show it anew, or nothing when it is what the page has `seen`, which then stays untouched."""
    context = _context(await _overseer(request).look())
    if query_values(request).get("seen") == context["digest"]:
        return Page(None, status_code=204)
    return show_fragment(request, "operations/parts.html", page_at=PATH, **context)


@post(f"{PATH}/jobs", status_code=202, opt=_OPTIONS)
async def begin_job(request: PageRequest) -> Page:
    """Begin a job; how far it is stands on the page."""
    form = await read_form(request)
    kind = form.text("kind")
    note(request, kind=kind[:40])
    overseer = _overseer(request)
    jobs: operations.Jobs = request.app.state["jobs"]
    patterns = tuple(form.text("target").split())
    job = await begin(overseer.place, jobs, _operator(request), kind, patterns)
    note(request, job_id=str(job.job_id))
    return await _done(request, Toast(message="It has begun. You may leave this page."), status=202)


@post(f"{PATH}/mail", status_code=200, opt=_OPTIONS)
async def retry_mail(request: PageRequest) -> Page:
    """Try every letter again that was given up."""
    count = await mail.retry_letters(services_of(request), None)
    note(request, count=count)
    words = f"{count} letter{' is' if count == 1 else 's are'} tried again."
    return await _done(request, Toast(message=words))


@post(f"{PATH}/unblock", status_code=200, opt=_OPTIONS)
async def unblock(request: PageRequest) -> Page:
    """Let a range of addresses in again; it can be taken back."""
    form = await read_form(request)
    services = services_of(request)
    removed = await operations.unblock(services, identifier(form.text("target")))
    note(request, cidr=removed.cidr)
    await switches_of(request).refresh()
    left = max(1, (removed.expires_at - services.clock.now()) // _MICROSECONDS)
    wish = {"cidr": removed.cidr, "seconds": left, "reason": removed.reason}
    undo = f"{PATH}/block?{urlencode(wish)}"
    return await _done(request, Toast(message=f"{removed.cidr} is let in.", undo_url=undo))


@post(f"{PATH}/block", status_code=200, opt=_OPTIONS)
async def block(request: PageRequest) -> Page:
    """Refuse again the range that was let in a moment ago."""
    wish = query_values(request)
    cidr, reason = wish.get("cidr", ""), wish.get("reason", "")
    note(request, cidr=cidr[:60], reason=reason[:200])
    seconds = operations.duration_seconds(wish.get("seconds", ""), field="seconds")
    await operations.block_addresses(
        services_of(request),
        _operator(request),
        operations.BlockWish(cidr=cidr, seconds=seconds, reason=reason),
    )
    await switches_of(request).refresh()
    return show_nothing(CHANGED, toast=Toast(message=f"{cidr} is refused again."))


@post(f"{PATH}/maintenance/end", status_code=200, opt=_OPTIONS)
async def end_maintenance(request: PageRequest) -> Page:
    """Let everybody write again; it can be taken back."""
    services = services_of(request)
    held = await operations.find_maintenance(services)
    await operations.end_maintenance(services)
    await switches_of(request).refresh()
    if held is None:
        return await _done(request, Toast(message="Everybody could write already."))
    wish = {"reason": held.reason, "until": held.expires_at or ""}
    undo = f"{PATH}/maintenance/begin?{urlencode(wish)}"
    return await _done(request, Toast(message="Everybody may write again.", undo_url=undo))


@post(f"{PATH}/maintenance/begin", status_code=200, opt=_OPTIONS)
async def begin_maintenance(request: PageRequest) -> Page:
    """Hold the books again that were let go a moment ago."""
    wish = query_values(request)
    reason, until = wish.get("reason", ""), wish.get("until")
    note(request, reason=reason[:200])
    await operations.begin_maintenance(
        services_of(request),
        _operator(request),
        reason=reason,
        until=None if until is None else identifier(until),
    )
    await switches_of(request).refresh()
    return show_nothing(CHANGED, toast=Toast(message="The hub is read-only again."))


@get("/admin/runbook", opt=_OPTIONS)
async def runbook_page(request: PageRequest) -> Page:
    """Show the runbook of this version."""
    book = await asyncio.to_thread(runbook)
    # It is made of text alone: HTML in the book is escaped when it is rendered.
    body = Markup(book.body)  # noqa: S704 -- see above
    is_embedded = isinstance(request.app.state["settings"].database, SqliteSettings)
    return await show_page(
        request, "operations/runbook.html", book=book, body=body, is_embedded=is_embedded
    )


def _context(overview: Overview) -> dict[str, Any]:
    digest = sha256(repr(overview).encode()).hexdigest()[:16]
    return {
        "overview": overview,
        "digest": digest,
        "section_path": section_path,
        "every_seconds": 2 if overview.is_busy else 10,
    }


async def _done(request: PageRequest, toast: Toast, *, status: int = 200) -> Page:
    """Answer an act: the page as it is now, or the way back to it for one without scripts."""
    if not is_fragment_wanted(request):
        return go_to(request, PATH, toast=toast)
    return show_fragment(
        request,
        "operations/parts.html",
        status=status,
        trigger=trigger_header(toast=toast),
        **_context(await _overseer(request).look_anew()),
    )


def _overseer(request: PageRequest) -> Overseer:
    overseer: Overseer = request.app.state["overseer"]
    return overseer


def _operator(request: PageRequest) -> Operator:
    scope: Any = request.scope
    operator: Operator = scope[OPERATOR_SCOPE]
    return operator


routes = [
    operations_page,
    parts,
    begin_job,
    retry_mail,
    unblock,
    block,
    end_maintenance,
    begin_maintenance,
    runbook_page,
]
