"""The pages of identity: the first address, sign-up, sign-in and sign-out."""

from __future__ import annotations

from typing import Final, Protocol

from litestar import get, post

from pfh.core.errors import Problem
from pfh.features.forms.api import FormView, currency_choices, failed_form
from pfh.features.identity.client import client_of
from pfh.features.identity.cookies import REFRESH_COOKIE, page_cookies, read_cookie, removed_cookies
from pfh.features.identity.open_session import SignedIn
from pfh.features.identity.register_user import RegisterUser, register_user
from pfh.features.identity.sign_in import SignIn, sign_in
from pfh.features.identity.sign_out import sign_out, sign_out_by_refresh_token
from pfh.features.identity.visit import actor_from_cookies
from pfh.features.web.api import (
    Page,
    PageRequest,
    failed_status,
    go_to,
    is_secure,
    query_values,
    read_form,
    services_of,
    show_page,
    with_cookies,
)
from pfh.observability.correlation import correlation_id

_HOME: Final = "/dashboard"
_ANYONE: Final = {"anyone": True}
_STRANGERS: Final = {"public": True}
# Signing in and out goes on during maintenance: it is no part of the books.
_SESSIONS: Final = {**_STRANGERS, "spares_books": True}


class _Settings(Protocol):
    """What these pages need of the settings of the installation."""

    @property
    def base_currency(self) -> str: ...


@get("/", opt=_ANYONE)
async def first_page(request: PageRequest) -> Page:
    """Send the known to their dashboard and strangers to the sign-in form."""
    return go_to(request, "/signin" if request.scope["user"] is None else _HOME)


@get("/signin", opt=_ANYONE)
async def sign_in_page(request: PageRequest) -> Page:
    """Show the sign-in form; whoever is signed in goes on."""
    after = _own_address(query_values(request).get("next", ""))
    if request.scope["user"] is not None:
        return go_to(request, after)
    form = FormView(values={"next": after} if after != _HOME else {})
    return await show_page(request, "identity/signin.html", form=form, can_sign_up=True)


@post("/signin", opt=_SESSIONS)
async def submit_sign_in(request: PageRequest) -> Page:
    """Sign in, then show the page that was asked for."""
    form = await read_form(request)
    client = client_of(request.scope, correlation_id.get())
    wish = SignIn(email=form.text("email"), password=form.secret("password"))
    try:
        signed_in = await sign_in(wish, client, services_of(request))
    except Problem as problem:
        shown = failed_form(form.kept("password"), problem)
        return await show_page(
            request,
            "identity/signin.html",
            status=failed_status(problem),
            form=shown,
            can_sign_up=True,
        )
    return _let_in(request, signed_in, _own_address(form.text("next")))


@get("/signup", opt=_ANYONE)
async def sign_up_page(request: PageRequest) -> Page:
    """Show the sign-up form."""
    if request.scope["user"] is not None:
        return go_to(request, _HOME)
    form = FormView(values={"currency": _settings(request).base_currency})
    currencies = currency_choices(_settings(request).base_currency)
    return await show_page(request, "identity/signup.html", form=form, currencies=currencies)


@post("/signup", opt=_STRANGERS)
async def submit_sign_up(request: PageRequest) -> Page:
    """Sign up; a new household starts at its dashboard, which says what to do first."""
    form = await read_form(request)
    client = client_of(request.scope, correlation_id.get())
    wish = RegisterUser(
        email=form.text("email"),
        password=form.secret("password"),
        confirm_password=form.secret("confirmPassword"),
        first_name=form.text("firstName"),
        last_name=form.text("lastName"),
        accept_terms=form.text("acceptTerms") == "true",
        currency=form.text("currency") or _settings(request).base_currency,
    )
    try:
        signed_in = await register_user(wish, client, services_of(request))
    except Problem as problem:
        values = {"acceptTerms": "", **form.kept("password", "confirmPassword")}
        return await show_page(
            request,
            "identity/signup.html",
            status=failed_status(problem),
            form=failed_form(values, problem),
            currencies=currency_choices(wish.currency),
        )
    return _let_in(request, signed_in, _HOME)


@post("/signout", opt=_SESSIONS)
async def submit_sign_out(request: PageRequest) -> Page:
    """End the session at once; whoever has none is signed out already."""
    services, header = services_of(request), request.headers.get("cookie")
    client = client_of(request.scope, correlation_id.get())
    secure = is_secure(request)
    token = read_cookie(header, REFRESH_COOKIE, secure=secure)
    if token is not None:
        await sign_out_by_refresh_token(token, client, services)
    actor = await actor_from_cookies(header, client, services, secure=secure)
    if actor is not None:
        await sign_out(actor, services)
    return with_cookies(go_to(request, "/signin"), removed_cookies(secure=secure))


def _let_in(request: PageRequest, signed_in: SignedIn, address: str) -> Page:
    cookies = page_cookies(signed_in, secure=is_secure(request))
    return with_cookies(go_to(request, address), cookies)


def _own_address(wanted: str) -> str:
    """Return an address of this hub, however cleverly another one was written."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/sign"))
    return wanted if is_own and wanted.isprintable() and "\\" not in wanted else _HOME


def _settings(request: PageRequest) -> _Settings:
    settings: _Settings = request.app.state["settings"]
    return settings


routes = [
    first_page,
    sign_in_page,
    submit_sign_in,
    sign_up_page,
    submit_sign_up,
    submit_sign_out,
]
