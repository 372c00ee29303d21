"""The JSON face of identity: sign up, in and out, oneself, one's sessions.

Refresh and sign-out read the refresh cookie, so a browser can call them without a token; all else
but sign-up and sign-in needs a Bearer token.
"""

from __future__ import annotations

import dataclasses
from typing import Final, Protocol

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.datastructures import Cookie as ResponseCookie
from litestar.params import FromPath

from pfh.core.errors import Problem
from pfh.features.identity.authenticate import authenticate_bearer
from pfh.features.identity.change_password import ChangePassword, change_password
from pfh.features.identity.change_profile import ChangeProfile, change_profile
from pfh.features.identity.client import Client, client_of
from pfh.features.identity.close_account import close_account
from pfh.features.identity.cookies import (
    REFRESH_COOKIE,
    Cookie,
    read_cookie,
    refresh_cookie,
    removed_cookies,
)
from pfh.features.identity.current_user import current_user
from pfh.features.identity.errors import CrossSiteRequest, RefreshTokenMissing
from pfh.features.identity.open_session import SignedIn
from pfh.features.identity.refresh_session import refresh_session
from pfh.features.identity.register_user import RegisterUser, register_user
from pfh.features.identity.schemas import (
    ChangePasswordBody,
    ChangeProfileBody,
    CloseAccountBody,
    LoginBody,
    MeAnswer,
    RegisterBody,
    SessionsAnswer,
    SignedInAnswer,
    me_answer,
    session_answer,
    signed_in_answer,
)
from pfh.features.identity.sign_in import SignIn, sign_in
from pfh.features.identity.sign_out import (
    end_session,
    list_sessions,
    sign_out,
    sign_out_by_refresh_token,
    sign_out_everywhere,
)
from pfh.features.web.api import (
    WebRequest,
    describe,
    identifier,
    parse_body,
    services_of,
)
from pfh.observability.correlation import correlation_id

_REGISTER: Final = msgspec.json.Decoder(RegisterBody)
_LOGIN: Final = msgspec.json.Decoder(LoginBody)
_PASSWORD: Final = msgspec.json.Decoder(ChangePasswordBody)
_CLOSE: Final = msgspec.json.Decoder(CloseAccountBody)
_PROFILE: Final = msgspec.json.Decoder(ChangeProfileBody)
_OWN_PAGES: Final = frozenset({"same-origin", "none"})


class _Settings(Protocol):
    """What identity needs of the settings of the installation."""

    @property
    def base_currency(self) -> str: ...

    @property
    def secure(self) -> bool: ...


@post(
    "/api/auth/register",
    opt=describe(
        "Sign up: a person, their household and a first session",
        public=True,
        body=RegisterBody,
        answer=SignedInAnswer,
        status=201,
        problems=(409, 503),
        limited=True,
    ),
)
async def register(request: WebRequest) -> Response[SignedInAnswer]:
    """Sign up."""
    body = await parse_body(request, _REGISTER)
    currency = body.currency
    wish = RegisterUser(
        email=body.email,
        password=body.password,
        confirm_password=body.confirm_password,
        first_name=body.first_name,
        last_name=body.last_name,
        accept_terms=body.accept_terms,
        currency=_settings(request).base_currency if currency is msgspec.UNSET else str(currency),
    )
    signed_in = await register_user(wish, _client(request), services_of(request))
    return _let_in(request, signed_in, status=201)


@post(
    "/api/auth/login",
    status_code=200,
    opt=describe(
        "Sign in",
        spares_books=True,
        public=True,
        body=LoginBody,
        answer=SignedInAnswer,
        problems=(401, 403, 503),
        limited=True,
    ),
)
async def login(request: WebRequest) -> Response[SignedInAnswer]:
    """Sign in."""
    body = await parse_body(request, _LOGIN)
    wish = SignIn(email=body.email, password=body.password)
    return _let_in(request, await sign_in(wish, _client(request), services_of(request)))


@post(
    "/api/auth/refresh",
    status_code=200,
    opt=describe(
        "Exchange the refresh cookie for a new access token",
        spares_books=True,
        public=True,
        answer=SignedInAnswer,
        problems=(401, 403),
    ),
)
async def refresh(request: WebRequest) -> Response[SignedInAnswer]:
    """Exchange the refresh cookie."""
    _refuse_other_sites(request)
    token = _refresh_token(request)
    if token is None:
        raise RefreshTokenMissing(
            "The request has no refresh cookie.", fix="Sign in at POST /api/auth/login."
        )
    return _let_in(request, await refresh_session(token, _client(request), services_of(request)))


@post(
    "/api/auth/logout",
    status_code=204,
    opt=describe(
        "End the session of the refresh cookie or of the Bearer token, at once",
        spares_books=True,
        public=True,
        status=204,
        problems=(403,),
    ),
)
async def logout(request: WebRequest) -> Response[None]:
    """Sign out; whoever has no session has nothing to end."""
    _refuse_other_sites(request)
    services = services_of(request)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        try:
            actor = await authenticate_bearer(authorization, services, _client(request))
        except Problem:
            actor = None
        if actor is not None:
            await sign_out(actor, services)
    # After the token: both mostly name one session, and a token of an ended one would look forged.
    token = _refresh_token(request)
    if token is not None:
        await sign_out_by_refresh_token(token, _client(request), services)
    return _signed_out(request)


@get("/api/auth/me", opt=describe("Read who you are", answer=MeAnswer))
async def me(request: WebRequest) -> MeAnswer:
    """Read oneself."""
    return me_answer(await current_user(request.user, services_of(request)))


@patch(
    "/api/auth/me",
    opt=describe(
        "Change your name or e-mail",
        body=ChangeProfileBody,
        answer=MeAnswer,
        problems=(409, 503),
        limited=True,
    ),
)
async def change_me(request: WebRequest) -> MeAnswer:
    """Change one's name or e-mail."""
    body = await parse_body(request, _PROFILE)
    wish = ChangeProfile(
        first_name=_given(body.first_name),
        last_name=_given(body.last_name),
        email=_given(body.email),
        language=_given(body.language),
        current_password=_given(body.current_password) or "",
    )
    return me_answer(
        await change_profile(request.user, wish, _client(request), services_of(request))
    )


@delete(
    "/api/auth/me",
    status_code=204,
    opt=describe(
        "Close your account: you are gone at once, and a household of yours alone within the hour",
        body=CloseAccountBody,
        status=204,
        problems=(409, 503),
        limited=True,
    ),
)
async def close_me(request: WebRequest) -> Response[None]:
    """Close one's account."""
    body = await parse_body(request, _CLOSE)
    await close_account(request.user, body.current_password, _client(request), services_of(request))
    return _signed_out(request)


@post(
    "/api/auth/password",
    status_code=200,
    opt=describe(
        "Change your password; every session ends and this device gets a new one",
        body=ChangePasswordBody,
        answer=SignedInAnswer,
        problems=(503,),
        limited=True,
    ),
)
async def change_own_password(request: WebRequest) -> Response[SignedInAnswer]:
    """Change one's password."""
    body = await parse_body(request, _PASSWORD)
    wish = ChangePassword(
        current_password=body.current_password,
        new_password=body.new_password,
        confirm_password=body.confirm_password,
    )
    signed_in = await change_password(request.user, wish, _client(request), services_of(request))
    return _let_in(request, signed_in)


@get("/api/auth/sessions", opt=describe("List your sessions", answer=SessionsAnswer))
async def sessions(request: WebRequest) -> SessionsAnswer:
    """List one's live sessions."""
    found = await list_sessions(request.user, services_of(request))
    current_id = request.user.session_id
    return SessionsAnswer(items=[session_answer(one, current_id=current_id) for one in found])


@delete(
    "/api/auth/sessions",
    status_code=204,
    opt=describe("End all your sessions, this one too", spares_books=True, status=204),
)
async def end_sessions(request: WebRequest) -> Response[None]:
    """Sign out everywhere."""
    await sign_out_everywhere(request.user, services_of(request))
    return _signed_out(request)


@delete(
    "/api/auth/sessions/{session_id:str}",
    status_code=204,
    opt=describe("End one of your sessions", spares_books=True, status=204, problems=(404,)),
)
async def end_one_session(request: WebRequest, session_id: FromPath[str]) -> None:
    """End one of one's sessions."""
    await end_session(request.user, identifier(session_id), services_of(request))


def _settings(request: WebRequest) -> _Settings:
    settings: _Settings = request.app.state["settings"]
    return settings


def _client(request: WebRequest) -> Client:
    return client_of(request.scope, correlation_id.get())


def _is_secure(request: WebRequest) -> bool:
    return _settings(request).secure or request.scope["scheme"] == "https"


def _refresh_token(request: WebRequest) -> str | None:
    header = request.headers.get("cookie")
    return read_cookie(header, REFRESH_COOKIE, secure=_is_secure(request))


def _refuse_other_sites(request: WebRequest) -> None:
    """Let no page of another site use the cookie; browsers say where a request comes from."""
    if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
        raise CrossSiteRequest(
            "Another site sent this request in your name.",
            fix="Open the hub itself and try again there.",
        )


def _let_in(
    request: WebRequest, signed_in: SignedIn, *, status: int = 200
) -> Response[SignedInAnswer]:
    cookie = refresh_cookie(signed_in, secure=_is_secure(request))
    return Response(
        signed_in_answer(signed_in), status_code=status, cookies=[_response_cookie(cookie)]
    )


def _signed_out(request: WebRequest) -> Response[None]:
    removed = removed_cookies(secure=_is_secure(request))
    return Response(None, status_code=204, cookies=[_response_cookie(cookie) for cookie in removed])


def _response_cookie(cookie: Cookie) -> ResponseCookie:
    return ResponseCookie(**dataclasses.asdict(cookie))


def _given(value: str | msgspec.UnsetType) -> str | None:
    return None if value is msgspec.UNSET else str(value)


routes = [
    register,
    login,
    refresh,
    logout,
    me,
    change_me,
    close_me,
    change_own_password,
    sessions,
    end_sessions,
    end_one_session,
]
