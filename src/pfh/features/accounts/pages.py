"""The pages of accounts and of categories: two trees, and one dialog for each deed."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from litestar import get, post
from litestar.params import FromPath

from pfh.core.errors import Kind, Problem
from pfh.features.accounts.change_account import change_account
from pfh.features.accounts.change_category import change_category, create_category
from pfh.features.accounts.close_account import close_account, reopen_account
from pfh.features.accounts.create_account import create_account
from pfh.features.accounts.merge_category import merge_category, unmerge_category
from pfh.features.accounts.page_forms import (
    account_patch_in,
    category_patch_in,
    new_account_in,
    new_category_in,
)
from pfh.features.accounts.read_accounts import read_account
from pfh.features.accounts.read_categories import read_category
from pfh.features.accounts.read_page import (
    read_account_form,
    read_accounts_page,
    read_categories_page,
    read_category_form,
)
from pfh.features.accounts.schemas import CategoryView
from pfh.features.forms.api import FormView, Toast, failed_form
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
    show_form_again,
    show_fragment,
    show_nothing,
    show_page,
)

_IN_PLACE: Final = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.NOT_FOUND})
_ACCOUNTS: Final = "/accounts"
_CATEGORIES: Final = "/categories"


@get("/accounts")
async def accounts_page(request: PageRequest) -> Page:
    """Show the accounts with their balances."""
    add = query_values(request).get("add") == "1"
    page = await read_accounts_page(services_of(request), request.user, add=add)
    return await show_page(request, "accounts/page.html", page=page)


@get("/accounts/list")
async def accounts_list(request: PageRequest) -> Page:
    """Show the list again after a change."""
    page = await read_accounts_page(services_of(request), request.user)
    return show_fragment(request, "accounts/list.html", page=page)


@get("/accounts/new")
async def new_account(request: PageRequest) -> Page:
    """Show the dialog for a new account."""
    edit = await read_account_form(services_of(request), request.user, None)
    return show_fragment(request, "accounts/form.html", edit=edit)


@post("/accounts", status_code=200)
async def add_account(request: PageRequest) -> Page:
    """Open an account."""
    services, form = services_of(request), await read_form(request)
    try:
        await create_account(services, request.user, new_account_in(form))
    except Problem as problem:
        return await _account_again(request, None, form, problem)
    return _done(request, _ACCOUNTS, Toast(message=f"Added: {form.text('name')[:60]}"))


@get("/accounts/{account_id:str}/edit")
async def edit_account(request: PageRequest, account_id: FromPath[str]) -> Page:
    """Show the dialog of an account."""
    view = await read_account(services_of(request), request.user, identifier(account_id))
    edit = await read_account_form(services_of(request), request.user, view.id)
    return show_fragment(request, "accounts/form.html", edit=edit)


@post("/accounts/{account_id:str}", status_code=200)
async def change_one_account(request: PageRequest, account_id: FromPath[str]) -> Page:
    """Store the changes of an account."""
    services, number = services_of(request), identifier(account_id)
    form = await read_form(request)
    view = await read_account(services, request.user, number)
    try:
        await change_account(services, request.user, number, account_patch_in(form, view))
    except Problem as problem:
        return await _account_again(request, view.id, form, problem)
    return _done(request, _ACCOUNTS, Toast(message=f"Changed: {form.text('name')[:60]}"))


@post("/accounts/{account_id:str}/close", status_code=200)
async def close_one_account(request: PageRequest, account_id: FromPath[str]) -> Page:
    """Close an account, so that nothing more is booked on it."""
    number = identifier(account_id)
    await close_account(services_of(request), request.user, number)
    toast = Toast(message="The account is closed.", undo_url=f"{_ACCOUNTS}/{number}/reopen")
    return _done(request, _ACCOUNTS, toast)


@post("/accounts/{account_id:str}/reopen", status_code=200)
async def reopen_one_account(request: PageRequest, account_id: FromPath[str]) -> Page:
    """Open a closed account again."""
    number = identifier(account_id)
    await reopen_account(services_of(request), request.user, number)
    toast = Toast(message="The account is open again.", undo_url=f"{_ACCOUNTS}/{number}/close")
    return _done(request, _ACCOUNTS, toast)


@get("/categories")
async def categories_page(request: PageRequest) -> Page:
    """Show both trees of categories."""
    page = await read_categories_page(services_of(request), request.user)
    return await show_page(request, "categories/page.html", page=page)


@get("/categories/list")
async def categories_list(request: PageRequest) -> Page:
    """Show the trees again after a change."""
    page = await read_categories_page(services_of(request), request.user)
    return show_fragment(request, "categories/list.html", page=page)


@get("/categories/new")
async def new_category(request: PageRequest) -> Page:
    """Show the dialog for a new category."""
    kind = query_values(request).get("kind")
    form = FormView(values={"kind": kind} if kind in {"income", "expense"} else {})
    edit = await read_category_form(services_of(request), request.user, None, form=form)
    return show_fragment(request, "categories/form.html", edit=edit)


@post("/categories", status_code=200)
async def add_category(request: PageRequest) -> Page:
    """Add a category."""
    form = await read_form(request)
    made = create_category(services_of(request), request.user, new_category_in(form))
    return await _category_deed(request, form, made, None, f"Added: {form.text('name')[:60]}")


@get("/categories/{category_id:str}/edit")
async def edit_category(request: PageRequest, category_id: FromPath[str]) -> Page:
    """Show the dialog for renaming and moving a category."""
    services = services_of(request)
    view = await read_category(services, request.user, identifier(category_id))
    values = {"name": view.name, "parentId": view.parent_id or "", "version": str(view.version)}
    edit = await read_category_form(
        services, request.user, view, form=FormView(values={**values, "kind": view.kind})
    )
    return show_fragment(request, "categories/form.html", edit=edit)


@post("/categories/{category_id:str}", status_code=200)
async def change_one_category(request: PageRequest, category_id: FromPath[str]) -> Page:
    """Rename or move a category."""
    services, number = services_of(request), identifier(category_id)
    form = await read_form(request)
    view = await read_category(services, request.user, number)
    changed = change_category(services, request.user, number, category_patch_in(form))
    return await _category_deed(request, form, changed, view, f"Changed: {form.text('name')[:60]}")


@get("/categories/{category_id:str}/merge")
async def choose_merge(request: PageRequest, category_id: FromPath[str]) -> Page:
    """Show the dialog for merging a category into another."""
    services = services_of(request)
    view = await read_category(services, request.user, identifier(category_id))
    edit = await read_category_form(services, request.user, view, form=FormView())
    return show_fragment(request, "categories/merge.html", edit=edit)


@post("/categories/{category_id:str}/merge", status_code=200)
async def merge_one_category(request: PageRequest, category_id: FromPath[str]) -> Page:
    """Let another category take over."""
    services, number = services_of(request), identifier(category_id)
    form = await read_form(request)
    view = await read_category(services, request.user, number)
    try:
        await merge_category(services, request.user, number, identifier(form.text("intoId")))
    except Problem as problem:
        return await _category_again(request, form, problem, view, "categories/merge.html")
    undo = f"{_CATEGORIES}/{number}/unmerge"
    return _done(request, _CATEGORIES, Toast(message=f"Merged: {view.name[:60]}", undo_url=undo))


@post("/categories/{category_id:str}/unmerge", status_code=200)
async def unmerge_one_category(request: PageRequest, category_id: FromPath[str]) -> Page:
    """Take a category out of the one that it was merged into."""
    await unmerge_category(services_of(request), request.user, identifier(category_id))
    return _done(request, _CATEGORIES, Toast(message="It stands on its own again."))


def _done(request: PageRequest, address: str, toast: Toast) -> Page:
    if not is_fragment_wanted(request):
        return go_to(request, address, toast=toast)
    return show_nothing("close-dialog", f"{address.strip('/')}-changed", toast=toast)


async def _account_again(
    request: PageRequest, account_id: str | None, form: Form, problem: Problem
) -> Page:
    if problem.kind not in _IN_PLACE:
        raise problem
    edit = await read_account_form(
        services_of(request), request.user, account_id, failed_form(form.values, problem)
    )
    return await show_form_again(request, "accounts/form.html", back_to=_ACCOUNTS, edit=edit)


async def _category_deed(
    request: PageRequest,
    form: Form,
    deed: Awaitable[object],
    view: CategoryView | None,
    done: str,
) -> Page:
    try:
        await deed
    except Problem as problem:
        return await _category_again(request, form, problem, view, "categories/form.html")
    return _done(request, _CATEGORIES, Toast(message=done))


async def _category_again(
    request: PageRequest, form: Form, problem: Problem, view: CategoryView | None, template: str
) -> Page:
    if problem.kind not in _IN_PLACE:
        raise problem
    edit = await read_category_form(
        services_of(request), request.user, view, form=failed_form(form.values, problem)
    )
    return await show_form_again(request, template, back_to=_CATEGORIES, edit=edit)


routes = [
    accounts_page,
    accounts_list,
    new_account,
    add_account,
    edit_account,
    change_one_account,
    close_one_account,
    reopen_one_account,
    categories_page,
    categories_list,
    new_category,
    add_category,
    edit_category,
    change_one_category,
    choose_merge,
    merge_one_category,
    unmerge_one_category,
]
