"""The view models that pages of several features share, and the words they send to the browser.

It exists so that a form looks and fails the same way on every page; docs/reference/pages.md says
which template reads which of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pfh.core.commodity import CommodityKind, all_commodities
from pfh.core.errors import Problem, Problems


@dataclass(frozen=True, slots=True)
class FormView:
    """What a form shows: the texts in its fields and what is wrong with them.

    Attributes:
        values: field name → text as typed (or as stored); an absent name is an empty field.
        errors: field name → one sentence with the fix; names as in the request (`splits.1.amount`).
        problem: what is wrong with the whole, shown above the fields.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


def failed_form(values: Mapping[str, str], problem: Problem) -> FormView:
    """Return the form again with its problems put to the fields that they name.

    A problem without a field, or whose field the form does not have, is shown above the fields.
    """
    singles = problem.problems if isinstance(problem, Problems) else (problem,)
    errors: dict[str, str] = {}
    whole: list[str] = []
    for single in singles:
        sentence = " ".join(part for part in (single.detail, single.fix) if part)
        if single.field is not None and _has(values, single.field):
            errors.setdefault(single.field, sentence)
        else:
            whole.append(sentence)
    return FormView(values=values, errors=errors, problem=" ".join(whole) or None)


# Fields that nobody sees; what is wrong with them is said above the form.
_HIDDEN = frozenset({"version", "place"})


def _has(values: Mapping[str, str], name: str) -> bool:
    return name in values and name not in _HIDDEN


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """One account in a list of choice.

    Attributes:
        account_id: in the option's value.
        name: as the person calls it.
        currency: its commodity's code, shown when `group` has several.
        group: heading in the list: `Cash and bank`, `Cards and loans`, …
    """

    account_id: int
    name: str
    currency: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChoice:
    """One category in a list of choice, in the order of the tree.

    Attributes:
        category_id: in the option's value.
        name: its own name, without its parents.
        kind: `income` or `expense`.
        depth: 0 at the top; the list indents by it.
    """

    category_id: int
    name: str
    kind: str
    depth: int = 0


def currency_choices(first: str) -> list[tuple[str, str]]:
    """Return (code, name) of every currency in use, `first` at the top, the rest by code."""
    found = [
        (one.code, one.name) for one in all_commodities() if one.kind is CommodityKind.CURRENCY
    ]
    return sorted(found, key=lambda one: (one[0] != first, one[0]))


def commodity_choices(first: str) -> list[tuple[str, str]]:
    """Return (code, name) of everything that an account can hold, `first` at the top.

    Currencies by code, then metals and cryptocurrencies; withdrawn currencies are left out.
    """
    others = [
        (one.code, one.name)
        for one in all_commodities()
        if one.kind not in {CommodityKind.CURRENCY, CommodityKind.WITHDRAWN} and one.code != first
    ]
    return [*currency_choices(first), *others]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """A short message at the lower edge of the page.

    Attributes:
        message: one sentence.
        undo_url: where a POST takes the deed back; None without an Undo.
        tone: `good` or `error`.
    """

    message: str
    undo_url: str | None = None
    tone: str = "good"


def trigger_header(*events: str, toast: Toast | None = None) -> str:
    """Return the value of `HX-Trigger`: events for the page and a message for the person.

    The text is ASCII, since it travels in a header.

    Example: trigger_header("transactions-changed", toast=Toast(message="Deleted.")) →
    `{"transactions-changed": true, "toast": {"message": "Deleted.", "tone": "good"}}`.
    """
    content: dict[str, object] = dict.fromkeys(events, True)
    if toast is not None:
        shown: dict[str, str] = {"message": toast.message, "tone": toast.tone}
        if toast.undo_url is not None:
            shown["undoUrl"] = toast.undo_url
        content["toast"] = shown
    return json.dumps(content)
