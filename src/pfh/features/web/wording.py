"""Turning msgspec's messages into sentences for a person, with the path of the field.

It exists because `Expected `int`, got `str` - at `$.splits[0].amount`` is right but helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pfh.core.errors import Problem, Problems

_PLACE: Final = re.compile(r" - at `(?:key in )?\$(.*?)`$", re.DOTALL)
_WRONG_TYPE: Final = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_LIMIT: Final = re.compile(r"Expected `(\w+)` (of length )?(>=|<=|>|<) (\S+)")
_FIELD: Final = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_CHOICE: Final = re.compile(r"Invalid enum value (.*)", re.DOTALL)
_PATTERN: Final = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL)
_NAMES: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
    "decimal": "a decimal number",
    "date": "a date (YYYY-MM-DD)",
}
_COMPARISONS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


class InvalidRequest(Problem):
    """The request can be read but a field has the wrong shape."""

    code = "invalid_request"


class InvalidFields(Problems):
    """Several fields have the wrong shape; what it says itself is what the first of them says."""

    def __init__(self, problems: Sequence[InvalidRequest]) -> None:
        """Take at least two problems, in the order of the request."""
        super().__init__(list(problems))
        # So said before there was a list: who reads no `errors` is told as much as ever.
        self.detail = problems[0].detail


def described(message: str, *, within: str = "") -> InvalidRequest:
    """Return the problem for the message of a `msgspec.ValidationError`.

    Args:
        message: what msgspec said of a text, or of a part of one.
        within: the dotted path of that part.

    Example: "Expected `int`, got `str` - at `$.splits[0].amount`" → field `splits.0.amount`,
    detail "splits.0.amount must be a whole number, not text."
    """
    place = _PLACE.search(message)
    below = _dotted(place.group(1)) if place else ""
    path = ".".join(part for part in (within, below) if part)
    words = message[: place.start()] if place else message
    shown = path or "The body"
    if found := _FIELD.fullmatch(words):
        return _field_problem(path, found.group(2), missing=found.group(1).startswith("missing"))
    if found := _WRONG_TYPE.fullmatch(words):
        wanted, got = _type_words(found.group(1)), _type_words(found.group(2))
        return _problem(f"{shown} must be {wanted}, not {got}.", path, f"Send {wanted}.")
    if found := _LIMIT.fullmatch(words):
        kind, length, sign, limit = found.groups()
        unit = (" characters" if kind == "str" else " items") if length else ""
        verb = "have" if length else "be"
        sentence = f"{verb} {_COMPARISONS[sign]} {limit}{unit}"
        return _problem(f"{shown} must {sentence}.", path, f"Change it to {sentence}.")
    if found := _CHOICE.fullmatch(words):
        fix = "Send one of the values that the API documents."
        return _problem(f"{shown} cannot be {_short(found.group(1))}.", path, fix)
    if found := _PATTERN.fullmatch(words):
        fix = f"Send text that matches {found.group(1)}"
        return _problem(f"{shown} does not have the right form.", path, fix)
    return _unread(shown, words, path)


def _unread(shown: str, words: str, path: str) -> InvalidRequest:
    if words == "Invalid decimal string":
        return _problem(f"{shown} is not a decimal number.", path, "Write a number like 12.34.")
    return _problem(f"{shown} cannot be read: {_short(words)}.", path, "Correct the value.")


def _problem(detail: str, path: str, fix: str) -> InvalidRequest:
    return InvalidRequest(detail, field=path or None, fix=fix)


def _field_problem(path: str, name: str, *, missing: bool) -> InvalidRequest:
    name = _short(name)
    full = f"{path}.{name}" if path else name
    if missing:
        return _problem(f"{full} is missing.", full, f"Add the field {name}.")
    return _problem(f"There is no field {full}.", full, f"Remove {name} or correct its name.")


def _dotted(path: str) -> str:
    """Turn `.splits[0].amount` into `splits.0.amount`."""
    return path.replace("[...]", ".*").replace("[", ".").replace("]", "").lstrip(".")


def _type_words(types: str) -> str:
    return " or ".join(_NAMES.get(name.strip(), name.strip()) for name in types.split("|"))


def _short(text: str) -> str:
    printable = text if text.isprintable() else ascii(text)[1:-1]
    return printable if len(printable) <= 60 else printable[:60] + "…"  # noqa: PLR2004 -- a line's worth
