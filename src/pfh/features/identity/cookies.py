"""The two cookies of a signed-in browser; scripts can read neither.

`SameSite=Lax`, not `Strict`: a link from a mail or a bookmark manager must open the page signed in,
and a POST of another site is refused by its origin anyway. Over https both names carry `__Host-`,
so that no neighbour on a sibling domain can plant one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pfh.features.identity.open_session import SignedIn

ACCESS_COOKIE: Final = "pfh_access"
REFRESH_COOKIE: Final = "pfh_refresh"
_SECURE_PREFIX: Final = "__Host-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie to set; the fields have the names and meanings of the web framework's own cookie.

    `max_age` is in seconds, 0 removes the cookie.
    """

    key: str
    value: str = field(repr=False)
    max_age: int
    secure: bool
    path: str = "/"
    httponly: bool = True
    samesite: str = "lax"

    def header(self) -> str:
        """Return the value of a Set-Cookie header."""
        flags = "; Secure" if self.secure else ""
        return (
            f"{self.key}={self.value}; Max-Age={self.max_age}; Path={self.path}"
            f"; HttpOnly; SameSite={self.samesite.capitalize()}{flags}"
        )


def refresh_cookie(signed_in: SignedIn, *, secure: bool) -> Cookie:
    """Return the cookie of the refresh token, for as long as the session may live."""
    return _cookie(REFRESH_COOKIE, signed_in.refresh_token, signed_in.refresh_seconds, secure)


def page_cookies(signed_in: SignedIn, *, secure: bool) -> tuple[Cookie, Cookie]:
    """Return both cookies, for a browser that shows the hub's own pages."""
    access = _cookie(ACCESS_COOKIE, signed_in.access_token, signed_in.access_seconds, secure)
    return access, refresh_cookie(signed_in, secure=secure)


def removed_cookies(*, secure: bool) -> tuple[Cookie, Cookie]:
    """Return what makes the browser forget both."""
    return _cookie(ACCESS_COOKIE, "", 0, secure), _cookie(REFRESH_COOKIE, "", 0, secure)


def read_cookie(header: str | None, name: str, *, secure: bool) -> str | None:
    """Return the value of one of the two cookies out of a Cookie header (RFC 6265), or None.

    Over https only the `__Host-` name is believed.
    """
    wanted = _full_name(name, secure)
    for part in (header or "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == wanted and value:
            return value
    return None


def _cookie(name: str, value: str, max_age: int, secure: bool) -> Cookie:  # noqa: FBT001 -- private
    return Cookie(key=_full_name(name, secure), value=value, max_age=max_age, secure=secure)


def _full_name(name: str, secure: bool) -> str:  # noqa: FBT001 -- private
    return f"{_SECURE_PREFIX}{name}" if secure else name
