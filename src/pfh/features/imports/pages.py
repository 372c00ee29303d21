"""The pages of imports: the drop zone, the preview, its choices, commit and revert."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec
from litestar import get, post
from litestar.params import FromPath

from pfh.core.errors import Kind, Problem
from pfh.features.accounts import api as accounts
from pfh.features.forms.api import (
    AccountChoice,
    FormView,
    Toast,
    currency_choices,
    failed_form,
    trigger_header,
)
from pfh.features.households import api as households
from pfh.features.imports import manage_import
from pfh.features.imports.page_forms import accounts_in, is_mapping, mapping_in
from pfh.features.imports.page_views import ImportPage, ImportsPage
from pfh.features.imports.render import summary_of, view_of
from pfh.features.imports.schemas import ImportSettings, ImportView, SettingsPatch
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.upload import Upload
from pfh.features.web.api import (
    Form,
    Page,
    PageRequest,
    go_to,
    identifier,
    is_fragment_wanted,
    query_values,
    read_form,
    services_of,
    show_fragment,
    show_page,
)
from pfh.ports.database import Connection

_HISTORY_ROWS: Final = 20
_LAST: Final = 2**63 - 1
_TAKEN_BACK: Final = "The import is being taken back."


@get("/import")
async def imports_page(request: PageRequest) -> Page:
    """Show the drop zone and the history."""
    cursor = query_values(request).get("cursor")
    page = await _imports(request, FormView(), cursor)
    if cursor and is_fragment_wanted(request):
        return show_fragment(request, "imports/history_rows.html", page=page)
    return await show_page(request, "imports/page.html", page=page)


@post("/import", request_max_body_size=None)
async def upload_file(request: PageRequest) -> Page:
    """Take a file as it arrives and show its preview."""
    content_type = request.headers.get("content-type", "")
    try:
        record = await manage_import.begin_import(
            services_of(request),
            request.user,
            upload=Upload(request.stream(), content_type, "upload"),
            size_max=request.app.state["settings"].import_max_bytes,
            settings=ImportSettings,
        )
    except Problem as problem:
        if problem.kind is Kind.FORBIDDEN:
            raise
        page = await _imports(request, failed_form({}, problem), None)
        if is_fragment_wanted(request):
            return show_fragment(request, "imports/upload.html", status=422, page=page)
        return await show_page(request, "imports/page.html", status=422, page=page)
    return go_to(request, f"/import/{record.import_id}")


@get("/import/{import_id:str}")
async def import_page(request: PageRequest, import_id: FromPath[str]) -> Page:
    """Show one import: its preview, its progress or its result."""
    page = await _page(request, await _read(request, import_id))
    return await show_page(request, "imports/one.html", page=page)


@get("/import/{import_id:str}/body")
async def import_body(request: PageRequest, import_id: FromPath[str]) -> Page:
    """Show how far an import is."""
    page = await _page(request, await _read(request, import_id))
    page_at = f"/import/{page.view.id}"
    return show_fragment(request, "imports/body.html", page_at=page_at, page=page)


@post("/import/{import_id:str}/settings", status_code=200)
async def choose(request: PageRequest, import_id: FromPath[str]) -> Page:
    """Read the file again with other columns or other accounts."""
    services, number = services_of(request), identifier(import_id)
    form = await read_form(request)
    record = await _read(request, import_id)
    tried = view_of(record)
    try:
        patch = SettingsPatch(accounts=accounts_in(form))
        if is_mapping(form) and tried.mapping is not None:
            mapping = mapping_in(form, tried.mapping)
            tried = msgspec.structs.replace(tried, mapping=mapping)
            patch = SettingsPatch(mapping=mapping)
        record = await manage_import.change_import(services, request.user, number, patch)
    except Problem as problem:
        if problem.kind is not Kind.INVALID:
            raise
        return await _choices_again(request, tried, form, problem)
    if not is_fragment_wanted(request):
        return go_to(request, f"/import/{record.import_id}")
    page = replace(await _page(request, record), is_mapping_open=is_mapping(form))
    return show_fragment(request, "imports/body.html", page=page)


@post("/import/{import_id:str}/commit", status_code=200)
async def commit(request: PageRequest, import_id: FromPath[str]) -> Page:
    """Book the new rows."""
    services, number = services_of(request), identifier(import_id)
    record = await manage_import.commit_import(services, request.user, number)
    return await _body(
        request, record, Toast(message="Imported.", undo_url=f"/import/{number}/revert")
    )


@post("/import/{import_id:str}/revert", status_code=200)
async def revert(request: PageRequest, import_id: FromPath[str]) -> Page:
    """Take a whole import back."""
    services, number = services_of(request), identifier(import_id)
    record = await manage_import.revert_import(services, request.user, number)
    toast = Toast(message="Taken back." if record.status == "reverted" else _TAKEN_BACK)
    if "hx-target" not in request.headers:
        # The Undo of a toast: the page shows the import as it is now.
        return go_to(request, f"/import/{number}", toast=toast)
    return await _body(request, record, toast)


@post("/import/{import_id:str}/discard", status_code=200)
async def discard(request: PageRequest, import_id: FromPath[str]) -> Page:
    """Forget a preview and its file."""
    await manage_import.discard_import(services_of(request), request.user, identifier(import_id))
    return go_to(request, "/import", toast=Toast(message="Discarded; nothing was booked."))


async def _imports(request: PageRequest, form: FormView, cursor: str | None) -> ImportsPage:
    before = identifier(cursor or "") or _LAST
    records = await manage_import.history_of_imports(
        services_of(request), request.user, before=before, limit=_HISTORY_ROWS + 1
    )
    shown = records[:_HISTORY_ROWS]
    more = str(shown[-1].import_id) if len(records) > _HISTORY_ROWS else None
    return ImportsPage(form=form, history=[summary_of(one) for one in shown], next_cursor=more)


async def _read(request: PageRequest, import_id: FromPath[str]) -> ImportRecord:
    return await manage_import.read_import(
        services_of(request), request.user, identifier(import_id)
    )


async def _body(request: PageRequest, record: ImportRecord, toast: Toast | None = None) -> Page:
    if not is_fragment_wanted(request):
        return go_to(request, f"/import/{record.import_id}", toast=toast)
    page = await _page(request, record)
    trigger = trigger_header(toast=toast) if toast else None
    return show_fragment(request, "imports/body.html", trigger=trigger, page=page)


async def _choices_again(
    request: PageRequest, tried: ImportView, form: Form, problem: Problem
) -> Page:
    page = await _page_of(request, tried, failed_form(form.values, problem))
    return show_fragment(request, "imports/body.html", status=422, page=page)


async def _page(request: PageRequest, record: ImportRecord) -> ImportPage:
    return await _page_of(request, view_of(record), FormView())


async def _page_of(request: PageRequest, view: ImportView, form: FormView) -> ImportPage:
    household_id = request.user.household_id

    async def unit(connection: Connection) -> tuple[list[AccountChoice], str]:
        tree = await accounts.all_accounts(connection, household_id)
        base = await households.base_commodity_of(connection, household_id)
        return accounts.account_choices(tree), base

    offered, base = await services_of(request).database.read(unit)
    return ImportPage(view=view, accounts=offered, currencies=currency_choices(base), form=form)


routes = [
    imports_page,
    upload_file,
    import_page,
    import_body,
    choose,
    commit,
    revert,
    discard,
]
