"""From the fields of the forms of accounts and categories to what a person means."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec

from pfh.features.accounts.schemas import (
    AccountInput,
    AccountPatch,
    AccountView,
    CategoryInput,
    CategoryPatch,
)
from pfh.features.web.api import Form, InvalidRequest, described, typed_decimal

Stated = TypeVar("Stated", AccountInput, AccountPatch, CategoryInput, CategoryPatch)


def new_account_in(form: Form) -> AccountInput:
    """Return the account that a form states.

    Raises:
        InvalidRequest: a field that cannot be read.
    """
    opening = form.maybe("openingBalance")
    fields: dict[str, Any] = {
        "name": form.text("name"),
        "accountType": form.text("accountType"),
        "currency": form.maybe("currency"),
        "parentId": form.maybe("parentId"),
    }
    if opening is not None:
        fields["openingBalance"] = _decimal(opening)
        fields["openingDate"] = form.maybe("openingDate")
    return _converted(fields, AccountInput)


def account_patch_in(form: Form, before: AccountView) -> AccountPatch:
    """Return what a form changes of an account; an opening balance only when it is another one."""
    fields: dict[str, Any] = {
        "name": form.text("name"),
        "accountType": form.text("accountType"),
        "parentId": form.maybe("parentId"),
        **_version(form),
    }
    opening, date = form.maybe("openingBalance"), form.maybe("openingDate")
    amount = Decimal(0) if opening is None else _decimal(opening)
    if amount != Decimal(before.opening_balance) or (
        opening is not None and date != before.opening_date
    ):
        fields["openingBalance"] = amount
        if date is not None:
            fields["openingDate"] = date
    return _converted(fields, AccountPatch)


def new_category_in(form: Form) -> CategoryInput:
    """Return the category that a form states; raises as `new_account_in` does."""
    fields = {
        "name": form.text("name"),
        "kind": form.text("kind") or "expense",
        "parentId": form.maybe("parentId"),
    }
    return _converted(fields, CategoryInput)


def category_patch_in(form: Form) -> CategoryPatch:
    """Return what a form changes of a category; raises as `new_account_in` does."""
    fields = {"name": form.text("name"), "parentId": form.maybe("parentId"), **_version(form)}
    return _converted(fields, CategoryPatch)


def _version(form: Form) -> dict[str, int]:
    text = form.text("version")
    return {"version": int(text[:15])} if text.isascii() and text.isdigit() else {}


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(typed_decimal(text)) if len(text) < 60 else Decimal("NaN")  # noqa: PLR2004 -- no amount is as long
    except InvalidOperation:
        value = Decimal("NaN")
    if value.is_finite():
        return value
    raise InvalidRequest(
        "This is not an amount.", field="openingBalance", fix="Write a number like 1234.56."
    )


def _converted(fields: dict[str, Any], wanted: type[Stated]) -> Stated:
    try:
        return msgspec.convert(fields, wanted)
    except msgspec.ValidationError as error:
        raise described(str(error)) from None
