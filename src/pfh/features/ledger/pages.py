"""The pages of transactions: the list, its fragments, and every deed in them."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Stream

from pfh.core.errors import Kind, Problem
from pfh.features.forms.api import FormView, Toast, failed_form, trigger_header
from pfh.features.ledger.bulk_change import change_many, undo_many
from pfh.features.ledger.change_transaction import change_transaction
from pfh.features.ledger.delete_transaction import delete_transaction, restore_transaction
from pfh.features.ledger.export_transactions import (
    CSV_HEADERS,
    CSV_MEDIA,
    export_transactions,
)
from pfh.features.ledger.list_filter import parse_filter
from pfh.features.ledger.list_transactions import read_transaction
from pfh.features.ledger.page_forms import (
    FIELDS,
    patch_in,
    shown_again,
    split_count,
    stated_in,
    values_of,
)
from pfh.features.ledger.page_views import TransactionForm, TrashPage
from pfh.features.ledger.post_transaction import post_transaction
from pfh.features.ledger.read_page import (
    is_book_empty,
    read_chips,
    read_choices,
    read_rows,
    read_totals,
    read_transactions_page,
)
from pfh.features.ledger.read_trash import read_trash
from pfh.features.ledger.schemas import (
    PAGE_DEFAULT,
    TransactionAnswer,
    TransactionView,
    UndoneAnswer,
)
from pfh.features.ledger.suggest_payees import suggest_payees
from pfh.features.ledger.undo_transaction import undo_transaction
from pfh.features.web.api import (
    Form,
    Page,
    PageRequest,
    go_to,
    idempotency_key,
    identifier,
    is_fragment_wanted,
    query_values,
    read_form,
    remove_element,
    services_of,
    show_form_again,
    show_fragment,
    show_nothing,
    show_page,
)

_LIST: Final = "/transactions"
_CHANGED: Final = "transactions-changed"
_FIGURES: Final = frozenset({"/dashboard", "/accounts", "/categories"})
_ADDED: Final = msgspec.json.Decoder(TransactionAnswer)
_UNDONE: Final = msgspec.json.Decoder(UndoneAnswer)
_PLACES: Final = frozenset({"inline", "dialog", "row"})


@get("/transactions")
async def transactions_page(request: PageRequest) -> Page:
    """Show the list with its filters and the form for the next transaction."""
    page, problem = await read_transactions_page(
        services_of(request), request.user, query_values(request)
    )
    if problem is None:
        return await show_page(request, "ledger/page.html", page=page)
    # A filter that cannot be is said on the page that leaves it out.
    flash = Toast(message=problem, tone="error")
    return await show_page(request, "ledger/page.html", page=page, flash=flash)


@get("/transactions/rows")
async def transaction_rows(request: PageRequest) -> Page:
    """Show the list anew for a changed filter, or the rows below the last one."""
    services, query = services_of(request), query_values(request)
    found = await read_rows(services, request.user, query)
    toast = Toast(message=found.problem, tone="error") if found.problem else None
    trigger = trigger_header(toast=toast) if toast else None
    # A page of rows that scrolled away asks for itself again, the first one with an empty cursor.
    if b"cursor=" in request.scope["query_string"]:
        return show_fragment(request, "ledger/rows.html", trigger=trigger, list=found.rows)
    return show_fragment(
        request,
        "ledger/list.html",
        trigger=trigger,
        list=found.rows,
        totals=found.totals,
        chips=await read_chips(services, request.user, found.rows.query),
        is_book_empty=is_book_empty(found),
    )


@get("/transactions/export.csv")
async def transactions_file(request: PageRequest) -> Stream:
    """Download what the filter matches, as the API does."""
    wanted = parse_filter(query_values(request))
    pieces = await export_transactions(services_of(request), request.user, wanted)
    return Stream(pieces, media_type=CSV_MEDIA, headers=CSV_HEADERS)


@get("/transactions/totals")
async def transaction_totals(request: PageRequest) -> Page:
    """Show the sums of a filter, which come after the rows or have changed with one of them."""
    totals = await read_totals(services_of(request), request.user, query_values(request))
    return show_fragment(request, "ledger/totals_figures.html", totals=totals)


@get("/transactions/payees")
async def payee_suggestions(request: PageRequest) -> Page:
    """Suggest payees for what is typed."""
    typed = query_values(request).get("payee", "")
    found = await suggest_payees(services_of(request), request.user, typed)
    return show_fragment(request, "ledger/payees.html", suggestions=found)


@get("/transactions/new")
async def new_transaction(request: PageRequest) -> Page:
    """Show the form for a new transaction, in the dialog."""
    choices = await read_choices(services_of(request), request.user)
    query = query_values(request)
    kept = {name: text for name, text in query.items() if name in FIELDS}
    tx = TransactionForm(form=FormView(values=kept), choices=choices)
    return show_fragment(request, "ledger/new.html", tx=tx)


@post("/transactions", status_code=200)
async def add_transaction(request: PageRequest) -> Page:
    """Book a new transaction; the form is ready for the next one."""
    services, form = services_of(request), await read_form(request)
    place = form.text("place") if form.text("place") in _PLACES else "dialog"
    try:
        key = await idempotency_key(request, services.clock.now())
        answer = await post_transaction(services, request.user, stated_in(form), key)
    except Problem as problem:
        return await _form_again(request, form, problem, place=place)
    made = _ADDED.decode(answer.body)
    toast = Toast(
        message=_told("Added", made.payee, made.description),
        undo_url=f"{_LIST}/{made.id}/undo",
    )
    closing = ("close-dialog",) if place == "dialog" else ()
    return _refreshed(request, toast, "transaction-saved", *closing)


@get("/transactions/{entry_id:str}")
async def transaction_row(request: PageRequest, entry_id: FromPath[str]) -> Page:
    """Show one row as it is, after editing was cancelled."""
    view = await read_transaction(services_of(request), request.user, identifier(entry_id))
    if not is_fragment_wanted(request):
        return go_to(request, f"{_LIST}?from={view.transaction_date}&to={view.transaction_date}")
    return _row(request, view)


@get("/transactions/{entry_id:str}/edit")
async def edit_transaction(request: PageRequest, entry_id: FromPath[str]) -> Page:
    """Show the form in place of a row."""
    services = services_of(request)
    view = await read_transaction(services, request.user, identifier(entry_id))
    if view.transaction_type == "opening":
        words = "This is the opening balance of an account. Change it with the account."
        return show_nothing(toast=Toast(message=words, tone="error"))
    values = values_of(view)
    tx = TransactionForm(
        form=FormView(values=values),
        choices=await read_choices(services, request.user, also=_accounts_of(view)),
        entry_id=view.id,
        place="row",
        split_count=split_count(values),
    )
    return show_fragment(request, "ledger/edit_row.html", tx=tx)


@post("/transactions/{entry_id:str}", status_code=200)
async def change_one(request: PageRequest, entry_id: FromPath[str]) -> Page:
    """Store what the form in place of a row says, and show the row again."""
    services, form = services_of(request), await read_form(request)
    number = identifier(entry_id)
    before = await read_transaction(services, request.user, number)
    try:
        await change_transaction(services, request.user, number, patch_in(form, before))
    except Problem as problem:
        return await _form_again(request, form, problem, place="row", before=before)
    view = await read_transaction(services, request.user, number)
    toast = Toast(
        message=_told("Changed", view.payee, view.description), undo_url=f"{_LIST}/{view.id}/undo"
    )
    if not is_fragment_wanted(request):
        return go_to(request, _LIST, toast=toast)
    return _row(request, view, toast)


@post("/transactions/{entry_id:str}/delete", status_code=200)
async def delete_one(request: PageRequest, entry_id: FromPath[str]) -> Page:
    """Move a transaction to the trash; its row goes away."""
    services, number = services_of(request), identifier(entry_id)
    view = await read_transaction(services, request.user, number)
    await delete_transaction(services, request.user, number)
    toast = Toast(
        message=_told("Deleted", view.payee, view.description),
        undo_url=f"{_LIST}/{view.id}/restore",
    )
    if _target_row(request):
        return remove_element("totals-changed", toast=toast)
    return _refreshed(request, toast)


@post("/transactions/{entry_id:str}/restore", status_code=200)
async def restore_one(request: PageRequest, entry_id: FromPath[str]) -> Page:
    """Bring a transaction back from the trash."""
    await restore_transaction(services_of(request), request.user, identifier(entry_id))
    toast = Toast(message="Put back as it was.")
    if not is_fragment_wanted(request):
        return go_to(request, f"{_LIST}/trash", toast=toast)
    if _target_row(request):
        return remove_element(toast=toast)
    return _refreshed(request, toast)


@post("/transactions/{entry_id:str}/undo", status_code=200)
async def undo_one(request: PageRequest, entry_id: FromPath[str]) -> Page:
    """Take back the last thing that happened to a transaction."""
    services, number = services_of(request), identifier(entry_id)
    answer = await undo_transaction(services, request.user, number)
    toast = Toast(message="Taken back.", undo_url=f"{_LIST}/{number}/undo")
    if not _target_row(request):
        return _refreshed(request, toast)
    view = _UNDONE.decode(answer.body).transaction
    if view is None:
        return remove_element("totals-changed", toast=toast)
    return _row(request, view, toast)


@post("/transactions/bulk", status_code=200)
async def change_chosen(request: PageRequest) -> Page:
    """Delete the ticked transactions, or give them a category."""
    form = await read_form(request)
    ids = [identifier(text) for text in form.all("ids")]
    category_id = form.maybe("categoryId")
    if form.text("action") == "categorise" and category_id is None:
        return show_nothing(toast=Toast(message="Choose a category first.", tone="error"))
    wanted = category_id if form.text("action") == "categorise" else None
    done = await change_many(services_of(request), request.user, ids, category_id=wanted)
    changed = ",".join(str(number) for number in done.changed)
    toast = Toast(
        message=done.sentence,
        undo_url=f"{_LIST}/bulk/undo?ids={changed}" if changed else None,
        tone="good" if done.changed else "error",
    )
    return show_nothing(_CHANGED, toast=toast)


@post("/transactions/bulk/undo", status_code=200)
async def undo_chosen(request: PageRequest) -> Page:
    """Take back what was done to several transactions."""
    ids = [identifier(text) for text in query_values(request).get("ids", "").split(",") if text]
    done = await undo_many(services_of(request), request.user, ids)
    return show_nothing(_CHANGED, toast=Toast(message=done.sentence))


@get("/transactions/trash")
async def trash_page(request: PageRequest) -> Page:
    """Show what was deleted."""
    cursor = query_values(request).get("cursor")
    found = await read_trash(services_of(request), request.user, cursor=cursor, limit=PAGE_DEFAULT)
    page = TrashPage(rows=found.items, next_cursor=found.next_cursor)
    if cursor and is_fragment_wanted(request):
        return show_fragment(request, "ledger/trash_rows.html", page=page)
    return await show_page(request, "ledger/trash.html", page=page)


def _row(request: PageRequest, view: TransactionView, toast: Toast | None = None) -> Page:
    trigger = trigger_header("totals-changed", toast=toast) if toast else None
    can_write = request.user.household_role != "viewer"
    return show_fragment(request, "ledger/row.html", trigger=trigger, row=view, can_write=can_write)


async def _form_again(
    request: PageRequest,
    form: Form,
    problem: Problem,
    *,
    place: str,
    before: TransactionView | None = None,
) -> Page:
    """Show a form with its problems and everything that was typed."""
    if problem.kind is Kind.FORBIDDEN:
        raise problem
    values = shown_again(form)
    also = () if before is None else _accounts_of(before)
    is_alone = not is_fragment_wanted(request)
    tx = TransactionForm(
        form=failed_form(values, problem),
        choices=await read_choices(services_of(request), request.user, also=also),
        entry_id=None if before is None else before.id,
        place="dialog" if is_alone else place,
        split_count=split_count(values),
    )
    if is_alone:
        template = "ledger/new.html"
    else:
        template = "ledger/edit_row.html" if place == "row" else "ledger/form.html"
    return await show_form_again(request, template, back_to=_LIST, tx=tx)


def _accounts_of(view: TransactionView) -> tuple[int, ...]:
    """Return the accounts of a transaction, which its form offers even when they are closed."""
    texts = (view.account_id, view.transfer_account_id)
    return tuple(int(text) for text in texts if text)


def _refreshed(request: PageRequest, toast: Toast, *events: str) -> Page:
    """Have the page that asks show the books as they are now.

    The list fetches itself again; a page of figures is loaded anew.
    """
    if not is_fragment_wanted(request):
        return go_to(request, _LIST, toast=toast)
    shown = urlsplit(request.headers.get("hx-current-url", ""))
    if shown.path in _FIGURES:
        return go_to(request, shown.path + (f"?{shown.query}" if shown.query else ""), toast=toast)
    return show_nothing(*events, _CHANGED, toast=toast)


def _target_row(request: PageRequest) -> bool:
    """Tell whether the answer takes the place of a row; a toast's Undo has no place."""
    return request.headers.get("hx-target", "")[:1] == "t"


def _told(deed: str, payee: str | None, description: str) -> str:
    name = payee or description
    return f"{deed}: {name[:60]}" if name else f"{deed}."


routes = [
    transactions_page,
    transaction_rows,
    transaction_totals,
    transactions_file,
    payee_suggestions,
    new_transaction,
    add_transaction,
    trash_page,
    change_chosen,
    undo_chosen,
    transaction_row,
    edit_transaction,
    change_one,
    delete_one,
    restore_one,
    undo_one,
]
