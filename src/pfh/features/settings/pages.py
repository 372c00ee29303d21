"""The settings page: each of its sections is a form of its own that answers itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from litestar import get, post
from litestar.params import FromPath

from pfh.core.errors import Kind, Problem
from pfh.features.forms.api import FormView, Toast, failed_form, trigger_header
from pfh.features.households import api as households
from pfh.features.identity import api as identity
from pfh.features.rates import api as rates
from pfh.features.settings.read_page import TypedForms, read_settings_page
from pfh.features.web.api import (
    Form,
    InvalidRequest,
    Page,
    PageRequest,
    failed_status,
    go_to,
    identifier,
    installation_facts,
    is_fragment_wanted,
    is_secure,
    read_form,
    services_of,
    show_fragment,
    show_page,
    typed_decimal,
    with_cookies,
)
from pfh.observability.correlation import correlation_id

_ADDRESS: Final = "/settings"
_SECRETS: Final = ("currentPassword", "newPassword", "confirmPassword")
# Of these a form tells in place; anything else is a failure of the whole request.
_IN_PLACE: Final = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.THROTTLED})


@get("/settings")
async def settings_page(request: PageRequest) -> Page:
    """Show every section."""
    page = await read_settings_page(
        services_of(request), request.user, facts=installation_facts(request)
    )
    return await show_page(request, "settings/page.html", page=page)


@post("/settings/profile", status_code=200)
async def change_profile(request: PageRequest) -> Page:
    """Store name and address."""
    form = await read_form(request)
    wish = identity.ChangeProfile(
        first_name=form.text("firstName"),
        last_name=form.text("lastName"),
        email=form.text("email"),
        language=form.text("language") or None,
        current_password=form.secret("currentPassword"),
    )

    async def change() -> None:
        client = identity.client_of(request.scope, correlation_id.get())
        await identity.change_profile(request.user, wish, client, services_of(request))

    return await _section(request, "profile", form, change, "Your profile is saved.")


@post("/settings/password", status_code=200)
async def change_password(request: PageRequest) -> Page:
    """Store a new password; this device gets new cookies, every other one is signed out."""
    form, services = await read_form(request), services_of(request)
    wish = identity.ChangePassword(
        current_password=form.secret("currentPassword"),
        new_password=form.secret("newPassword"),
        confirm_password=form.secret("confirmPassword"),
    )
    client = identity.client_of(request.scope, correlation_id.get())
    signed_in: list[identity.SignedIn] = []

    async def change() -> None:
        signed_in.append(await identity.change_password(request.user, wish, client, services))

    answer = await _section(request, "password", form, change, "Your password is changed.")
    cookies = [
        cookie
        for one in signed_in
        for cookie in identity.page_cookies(one, secure=is_secure(request))
    ]
    return with_cookies(answer, cookies)


@post("/settings/household", status_code=200)
async def change_household(request: PageRequest) -> Page:
    """Store the household's name and the currency of its totals."""
    form = await read_form(request)
    wish = households.ChangeHousehold(
        name=form.text("name"), base_commodity=form.text("baseCurrency") or None
    )

    async def change() -> None:
        await households.change_household(request.user, wish, services_of(request))

    return await _section(request, "household", form, change, "The household is saved.")


@post("/settings/rates", status_code=200)
async def add_rate(request: PageRequest) -> Page:
    """Store the rate of a day, in place of an earlier one."""
    form = await read_form(request)

    async def change() -> None:
        stated = rates.RateInput(
            commodity=form.text("commodity"),
            quote=form.text("quote"),
            date=form.text("date"),
            rate=_rate(form.text("rate")),
        )
        await rates.set_rate(services_of(request), request.user, stated)

    return await _section(request, "rates", form, change, "The rate is saved.")


@post("/settings/rates/delete", status_code=200)
async def remove_rate(request: PageRequest) -> Page:
    """Remove the rate of a day."""
    form = await read_form(request)

    async def change() -> None:
        wanted = rates.RateKey(
            commodity=form.text("commodity"), quote=form.text("quote"), date=form.text("date")
        )
        await rates.remove_rate(services_of(request), request.user, wanted)

    return await _section(request, "rates", form, change, "The rate is removed.")


@post("/settings/sessions/{session_id:str}/revoke", status_code=200)
async def end_session(request: PageRequest, session_id: FromPath[str]) -> Page:
    """Sign one device out."""

    async def change() -> None:
        await identity.end_session(request.user, identifier(session_id), services_of(request))

    return await _section(request, "sessions", Form(()), change, "That device is signed out.")


@post("/settings/sessions/revoke-others", status_code=200)
async def end_other_sessions(request: PageRequest) -> Page:
    """Sign every other device out."""

    async def change() -> None:
        services, actor = services_of(request), request.user
        for one in await identity.list_sessions(actor, services):
            if one.session_id != actor.session_id:
                await identity.end_session(actor, one.session_id, services)

    return await _section(request, "sessions", Form(()), change, "Signed out everywhere else.")


@post("/settings/close", status_code=200)
async def close_account(request: PageRequest) -> Page:
    """Remove the person, and lead to the door."""
    form, services = await read_form(request), services_of(request)
    client = identity.client_of(request.scope, correlation_id.get())
    try:
        await identity.close_account(request.user, form.secret("currentPassword"), client, services)
    except Problem as problem:
        return await _refused(request, "close", form, problem)
    answer = go_to(request, "/signin", toast=Toast(message="Your account is closed."))
    return with_cookies(answer, identity.removed_cookies(secure=is_secure(request)))


async def _section(
    request: PageRequest, name: str, form: Form, change: Callable[[], Awaitable[None]], done: str
) -> Page:
    """Do what a section asks for, and show the section as it is now or as it was typed."""
    try:
        await change()
    except Problem as problem:
        return await _refused(request, name, form, problem)
    toast = Toast(message=done)
    if not is_fragment_wanted(request):
        return go_to(request, f"{_ADDRESS}#{name}", toast=toast)
    page = await read_settings_page(
        services_of(request), request.user, facts=installation_facts(request)
    )
    trigger = trigger_header(toast=toast)
    return show_fragment(
        request, f"settings/{name}.html", trigger=trigger, page=page, is_saved=True
    )


async def _refused(request: PageRequest, name: str, form: Form, problem: Problem) -> Page:
    """Show a section as it was typed, with what hindered it."""
    if problem.kind not in _IN_PLACE:
        raise problem
    page = await read_settings_page(
        services_of(request),
        request.user,
        typed=TypedForms({_FORMS.get(name, name): _again(form, problem)}),
        facts=installation_facts(request),
    )
    if not is_fragment_wanted(request):
        status = failed_status(problem)
        return await show_page(request, "settings/page.html", status=status, page=page)
    # A form that came too often is shown again, too: only 422 is put in its place.
    return show_fragment(request, f"settings/{name}.html", status=422, page=page)


_FORMS: Final = {"rates": "rate", "close": "closing"}


def _again(form: Form, problem: Problem) -> FormView:
    return failed_form(form.kept(*_SECRETS), problem)


def _rate(text: str) -> Decimal:
    try:
        return Decimal(typed_decimal(text))
    except InvalidOperation:
        raise InvalidRequest(
            "This is not a rate.", field="rate", fix="Write a number like 0.9213."
        ) from None


routes = [
    settings_page,
    change_profile,
    change_password,
    change_household,
    add_rate,
    remove_rate,
    end_other_sessions,
    end_session,
    close_account,
]
