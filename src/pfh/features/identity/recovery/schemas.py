"""The JSON of recovery."""

from __future__ import annotations

import msgspec


class ResetRequestBody(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True
):
    """Whose password is to be chosen anew."""

    email: str


class ResetBody(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True
):
    """The code after the `#` of the letter's link, and the new password twice."""

    code: str
    new_password: str
    confirm_password: str


class VerifyBody(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True
):
    """The code after the `#` of the letter's link."""

    code: str
