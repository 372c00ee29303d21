"""From the fields of a form to the transaction that a person means, and back.

It exists apart from the handlers so that it can be tested without a browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import msgspec

from pfh.core.errors import Problem, Problems
from pfh.features.ledger.schemas import (
    SplitInput,
    TransactionInput,
    TransactionPatch,
    TransactionView,
)
from pfh.features.web.api import Form, InvalidRequest, described, typed_decimal

FIELDS: Final = (
    *("transactionType", "amount", "payee", "categoryId", "accountId", "transferAccountId"),
    *("transferAmount", "transactionDate", "status", "tags", "notes"),
)
_SPLIT: Final = re.compile(r"splits\.\w+\.(amount|categoryId|memo)")
# What a form shows with less than is stored.
_KEPT_AS_SHOWN: Final = frozenset({"notes", "tags"})
_LINE_ENDS: Final = re.compile(r"[\r\n]")
_Line = dict[str, str]
Stated = TypeVar("Stated", TransactionInput, TransactionPatch)


def split_lines(form: Form) -> list[_Line]:
    """Return the split lines in the order of the page, without those that are empty.

    Lines are told apart by their order: a browser may add and remove them, and then two can carry
    the same number.
    """
    columns: dict[str, list[str]] = {"categoryId": [], "amount": [], "memo": []}
    for name, value in form.pairs:
        found = _SPLIT.fullmatch(name)
        if found is not None:
            columns[found[1]].append(value.strip())
    lines = [
        {
            "categoryId": category_id,
            "amount": amount,
            "memo": columns["memo"][index] if index < len(columns["memo"]) else "",
        }
        for index, (category_id, amount) in enumerate(
            zip(columns["categoryId"], columns["amount"], strict=False)
        )
    ]
    return [line for line in lines if line["categoryId"] or line["amount"]]


def shown_again(form: Form) -> dict[str, str]:
    """Return what the person typed, with every field of the form, to show it with its problems."""
    values = {name: form.values.get(name, "") for name in FIELDS}
    values |= {name: form.values[name] for name in ("version",) if name in form.values}
    for index, line in enumerate(split_lines(form)):
        values |= {f"splits.{index}.{name}": value for name, value in line.items()}
    return values


def stated_in(form: Form) -> TransactionInput:
    """Return the new transaction that a form states.

    Raises:
        Problems: the fields that cannot be read.
    """
    fields = _fields(form)
    return _converted(fields, TransactionInput)


def patch_in(form: Form, before: TransactionView) -> TransactionPatch:
    """Return what a form changes; it states every field that it has.

    What is as it was shown is left out where a field of a form cannot hold all that programs may
    store: the ends of lines of notes, commas in tags, the memo of the only part.

    Raises:
        Problems: the fields that cannot be read.
    """
    fields = _fields(form)
    shown = values_of(before)
    has_memo = len(before.splits) == 1 and before.splits[0].memo is not None
    kept = _KEPT_AS_SHOWN | {"categoryId"} if has_memo else _KEPT_AS_SHOWN
    for name in kept & fields.keys():
        if _on_one_line(form.text(name)) == _on_one_line(shown[name]):
            del fields[name]
    version = form.text("version")
    if version.isascii() and version.isdigit():
        fields["version"] = int(version[:18])
    return _converted(fields, TransactionPatch)


def values_of(view: TransactionView) -> dict[str, str]:
    """Return the fields of a form that shows a transaction."""
    values = {
        "transactionType": view.transaction_type,
        "amount": view.amount,
        "payee": view.payee or "",
        "categoryId": view.category_id or "",
        "accountId": view.account_id,
        "transferAccountId": view.transfer_account_id or "",
        "transferAmount": (view.transfer_amount or "")
        if view.transfer_currency != view.currency
        else "",
        "transactionDate": view.transaction_date,
        "status": view.status,
        "tags": ", ".join(view.tags),
        "notes": view.notes or "",
        "version": str(view.version),
    }
    if len(view.splits) > 1:
        for index, split in enumerate(view.splits):
            values[f"splits.{index}.amount"] = split.amount
            values[f"splits.{index}.categoryId"] = split.category_id
            values[f"splits.{index}.memo"] = split.memo or ""
    return values


def split_count(values: Mapping[str, str]) -> int:
    """Return how many split lines the values have."""
    return sum(1 for name in values if name.startswith("splits.") and name.endswith(".amount"))


def _fields(form: Form) -> dict[str, Any]:
    problems: list[Problem] = []
    kind = form.text("transactionType") or "expense"
    fields: dict[str, Any] = {
        "transactionType": kind,
        "transactionDate": form.text("transactionDate"),
        "accountId": form.text("accountId"),
        "payee": form.maybe("payee"),
    }
    amount = _decimal(form.text("amount"), "amount", problems)
    if amount is not None:
        fields["amount"] = amount
    if kind == "transfer":
        fields["transferAccountId"] = form.maybe("transferAccountId")
        arriving = form.text("transferAmount")
        fields["transferAmount"] = (
            _decimal(arriving, "transferAmount", problems) if arriving else None
        )
    else:
        lines = split_lines(form)
        if lines:
            fields["splits"] = [
                split
                for place, line in enumerate(lines)
                if (split := _split(line, place, problems))
            ]
        else:
            fields["categoryId"] = form.maybe("categoryId")
    # The short form above the list has none of these, and then they stay as they are.
    given = form.values
    if "status" in given:
        fields["status"] = form.text("status") or "cleared"
    if "notes" in given:
        fields["notes"] = form.maybe("notes")
    if "tags" in given:
        fields["tags"] = [tag.strip() for tag in form.text("tags").split(",") if tag.strip()]
    if problems:
        raise Problems(problems)
    return fields


def _on_one_line(text: str) -> str:
    """Return a text as the one-line field of a browser gives it back."""
    return _LINE_ENDS.sub("", text).strip()


def _split(line: _Line, place: int, problems: list[Problem]) -> SplitInput | None:
    amount = _decimal(line["amount"], f"splits.{place}.amount", problems)
    if not line["categoryId"]:
        problems.append(
            InvalidRequest(
                "This part has no category.",
                field=f"splits.{place}.categoryId",
                fix="Choose one, or remove the part.",
            )
        )
        return None
    if amount is None:
        return None
    return SplitInput(amount=amount, category_id=line["categoryId"], memo=line["memo"] or None)


def _decimal(text: str, field: str, problems: list[Problem]) -> Decimal | None:
    if not text:
        problems.append(InvalidRequest("The amount is missing.", field=field, fix="Write it."))
        return None
    try:
        value = Decimal(typed_decimal(text)) if len(text) < 60 else Decimal("NaN")  # noqa: PLR2004 -- no amount is as long
    except InvalidOperation:
        value = Decimal("NaN")
    if value.is_finite():
        return value
    problems.append(
        InvalidRequest("This is not an amount.", field=field, fix="Write a number like 12.34.")
    )
    return None


def _converted(fields: dict[str, Any], wanted: type[Stated]) -> Stated:
    try:
        return msgspec.convert(fields, wanted)
    except msgspec.ValidationError as error:
        raise described(str(error)) from None
