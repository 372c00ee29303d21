"""The pages of recovery: a forgotten password, a new one, a proven address.

The code of a letter comes after the `#` of its link, which no browser sends: a script of the page
puts it into the form. Without scripts it can be pasted.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post

from pfh.core.errors import Problem
from pfh.features.forms.api import FormView, Toast, failed_form
from pfh.features.identity.client import Client, client_of
from pfh.features.identity.recovery.request_password_reset import request_password_reset
from pfh.features.identity.recovery.reset_password import ResetPassword, reset_password
from pfh.features.identity.recovery.verify_email import request_verification, verify_email
from pfh.features.web.api import (
    Page,
    PageRequest,
    failed_status,
    go_to,
    read_form,
    services_of,
    show_page,
)
from pfh.observability.correlation import correlation_id

_ANYONE: Final = {"anyone": True}
_STRANGERS: Final = {"public": True}
_FORGOT: Final = "identity/forgot_password.html"
_RESET: Final = "identity/reset_password.html"
_VERIFY: Final = "identity/verify_email.html"


@get("/forgot-password", opt=_ANYONE)
async def forgot_password_page(request: PageRequest) -> Page:
    """Ask for the address."""
    return await _show_forgot(request, FormView())


@post("/forgot-password", opt=_STRANGERS, status_code=200)
async def submit_forgot_password(request: PageRequest) -> Page:
    """Say that a letter is on its way, if anybody has the address."""
    form = await read_form(request)
    try:
        await request_password_reset(form.text("email"), _client(request), services_of(request))
    except Problem as problem:
        shown = failed_form(form.kept(), problem)
        return await _show_forgot(request, shown, status=failed_status(problem))
    return await _show_forgot(request, FormView(), is_asked=True)


@get("/reset-password", opt=_ANYONE)
async def reset_password_page(request: PageRequest) -> Page:
    """Ask for the new password."""
    return await show_page(request, _RESET, form=FormView())


@post("/reset-password", opt=_STRANGERS)
async def submit_reset_password(request: PageRequest) -> Page:
    """Store the new password; the person signs in with it."""
    form = await read_form(request)
    wish = ResetPassword(
        code=form.text("code"),
        new_password=form.secret("newPassword"),
        confirm_password=form.secret("confirmPassword"),
    )
    try:
        await reset_password(wish, _client(request), services_of(request))
    except Problem as problem:
        shown = failed_form(form.kept("newPassword", "confirmPassword"), problem)
        return await show_page(request, _RESET, status=failed_status(problem), form=shown)
    toast = Toast(message="Your password is changed. Sign in with it.")
    return go_to(request, "/signin", toast=toast)


@get("/verify-email", opt=_ANYONE)
async def verify_email_page(request: PageRequest) -> Page:
    """Ask for one click: whoever only looks at a letter's links must not use them up."""
    return await show_page(request, _VERIFY, form=FormView(), is_verified=False)


@post("/verify-email", opt=_STRANGERS, status_code=200)
async def submit_verify_email(request: PageRequest) -> Page:
    """Note that the address is proven."""
    form = await read_form(request)
    try:
        await verify_email(form.text("code"), _client(request), services_of(request))
    except Problem as problem:
        shown = failed_form(form.kept(), problem)
        return await show_page(
            request, _VERIFY, status=failed_status(problem), form=shown, is_verified=False
        )
    return await show_page(request, _VERIFY, form=FormView(), is_verified=True)


@post("/verify-email/request")
async def submit_request_verification(request: PageRequest) -> Page:
    """Post another letter and say so."""
    try:
        await request_verification(request.user, _client(request), services_of(request))
    except Problem as problem:
        toast = Toast(message=f"{problem.detail} {problem.fix or ''}".strip(), tone="error")
    else:
        toast = Toast(message="A letter is on its way to you.")
    return go_to(request, "/dashboard", toast=toast)


async def _show_forgot(
    request: PageRequest, form: FormView, *, status: int = 200, is_asked: bool = False
) -> Page:
    delivers = services_of(request).mailer.delivers
    return await show_page(
        request, _FORGOT, status=status, form=form, is_asked=is_asked, delivers=delivers
    )


def _client(request: PageRequest) -> Client:
    return client_of(request.scope, correlation_id.get())


routes = [
    forgot_password_page,
    submit_forgot_password,
    reset_password_page,
    submit_reset_password,
    verify_email_page,
    submit_verify_email,
    submit_request_verification,
]
