"""From the fields of the import pages to what a person chose: columns of a table, accounts."""

from __future__ import annotations

from collections.abc import Mapping as Fields
from typing import Any, Final

import msgspec

from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.web.api import Form, InvalidRequest

_PREFIX: Final = "mapping."
_ACCOUNTS: Final = "accounts."
_ONE_COLUMN: Final = {"amount": "amount", "debit": "debit", "credit": "credit"} | {
    "indicator": "indicator"
}
_SEVERAL: Final = ("payee", "memo", "category")
_WORDS: Final = {"dateOrder": "date_order", "decimal": "decimal", "sign": "sign", "sides": "sides"}


def is_mapping(form: Form) -> bool:
    """Tell whether a form chooses columns, and not accounts."""
    return any(name.startswith(_PREFIX) for name, _ in form.pairs)


def accounts_in(form: Form) -> dict[str, str]:
    """Return account key of the file → account id, without those that become new accounts."""
    return {
        name.removeprefix(_ACCOUNTS): value
        for name, value in form.pairs
        if name.startswith(_ACCOUNTS) and value
    }


def mapping_in(form: Form, before: Mapping) -> Mapping:
    """Return the mapping with what the form changes; what it does not have stays.

    One amount and two columns of money exclude each other: the choice made last counts.

    Raises:
        InvalidRequest: a choice that the page does not offer.
    """
    given = {
        name.removeprefix(_PREFIX): value.strip()
        for name, value in form.pairs
        if name.startswith(_PREFIX)
    }
    changes: dict[str, Any] = {}
    if "date" in given:
        changes["date"] = _column(given["date"], "date")
    for name, attribute in _ONE_COLUMN.items():
        if name in given:
            changes[attribute] = _column(given[name], name) if given[name] else None
    for name in _SEVERAL:
        if name in given:
            texts = [text for text in given[name].split(",") if text.strip()]
            changes[name] = tuple(_column(text, name) for text in texts)
    changes |= {attribute: given[name] for name, attribute in _WORDS.items() if name in given}
    if "commodity" in given:
        changes["commodity"] = given["commodity"] or None
    changes |= _exclusive(changes, before)
    after = msgspec.structs.replace(before, **changes)
    try:
        # The words are checked by the type itself.
        return msgspec.convert(msgspec.to_builtins(after), Mapping)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            "This way of reading the table is not known.",
            field=_PREFIX + str(error).rpartition("$.")[2].rstrip("`"),
            fix="Choose one of the offered ways.",
        ) from None


def _exclusive(changes: Fields[str, Any], before: Mapping) -> dict[str, None]:
    amount = changes.get("amount", before.amount)
    sides = (changes.get("debit", before.debit), changes.get("credit", before.credit))
    if amount is None or sides == (None, None):
        return {}
    if amount != before.amount:
        return {"debit": None, "credit": None}
    if sides != (before.debit, before.credit):
        return {"amount": None}
    return {}


def _column(text: str, name: str) -> int:
    if text.strip().isascii() and text.strip().isdigit():
        return int(text.strip()[:6])
    raise InvalidRequest(
        "This is no column of the table.", field=_PREFIX + name, fix="Choose one of its columns."
    )
