"""Reading the body of an HTML form: what a browser sends, with a problem for what none would.

It exists beside `reading.py` because a form has texts alone, repeats names, and must be shown again
exactly as it was typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from pfh.core.errors import Kind, Problem
from pfh.features.web.reading import IncomingRequest, MediaTypeUnsupported
from pfh.features.web.wording import InvalidRequest

_MEDIA: Final = b"application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 2_000
_SPACES: Final = re.compile(r"[\s\u00a0\u202f'’_]+")


class MalformedForm(Problem):
    """The body is not a form in UTF-8, or has far too many fields."""

    code = "malformed_form"
    kind = Kind.MALFORMED


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form in the order sent; a name may come several times."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def values(self) -> dict[str, str]:
        """Each name with its last text, to show the form again and to put problems beside it."""
        return dict(self.pairs)

    def text(self, name: str) -> str:
        """Return a field without spaces around it, empty when it is absent."""
        return self.values.get(name, "").strip()

    def maybe(self, name: str) -> str | None:
        """Return a field without spaces around it, None when it is absent or empty."""
        return self.text(name) or None

    def secret(self, name: str) -> str:
        """Return a password exactly as typed."""
        return self.values.get(name, "")

    def all(self, name: str) -> list[str]:
        """Return every text of a repeated field, empty ones left out."""
        return [value for key, value in self.pairs if key == name and value]

    def kept(self, *secrets: str) -> dict[str, str]:
        """Return what the form shows again; passwords are emptied but keep their names."""
        return {name: "" if name in secrets else value for name, value in self.pairs}


async def read_form(request: IncomingRequest) -> Form:
    """Read the form of a request; no body at all is a form without fields.

    Raises:
        MediaTypeUnsupported: the body is something else.
        MalformedForm: no UTF-8, or more than 2,000 fields.
        InvalidRequest: a text has the character NUL, which no database takes.
    """
    body = await request.body()
    if not body:
        return Form(())
    media = next((value for key, value in request.scope["headers"] if key == b"content-type"), b"")
    if not media.lower().startswith(_MEDIA):
        raise MediaTypeUnsupported(
            "The body is not that of a form.",
            field="Content-Type",
            fix="Send application/x-www-form-urlencoded.",
        )
    return Form(_pairs(body))


def query_values(request: IncomingRequest) -> dict[str, str]:
    """Return the parameters of a page's address, the empty ones left out; the last one counts.

    A page forgives what the API refuses: an address may come from an old bookmark.
    """
    raw: bytes = request.scope["query_string"]
    text = raw.decode("ascii", errors="replace")
    try:
        found = parse_qsl(text, max_num_fields=_FIELDS_MAX)
    except ValueError:
        return {}
    return {name: value.replace("\0", "") for name, value in found if value.strip("\0 ")}


def typed_decimal(text: str) -> str:
    """Return an amount as a person types it in the form that `Decimal` reads.

    The last of point and comma is the decimal sign when both occur; a comma alone is one, too.
    What is no amount comes back as it is, for the ledger to refuse.

    Example: "1.234,50" → "1234.50"; "12,5" → "12.5"; "1 000" → "1000".
    """
    bare = _SPACES.sub("", text).replace("\N{MINUS SIGN}", "-")
    point, comma = bare.rfind("."), bare.rfind(",")
    if comma > point and bare.count(",") == 1:
        return bare.replace(".", "").replace(",", ".")
    if point > comma >= 0:
        return bare.replace(",", "")
    return bare


def _pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        found = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS_MAX,
        )
    except ValueError:
        raise MalformedForm(
            "The form cannot be read as UTF-8, or has too many fields.",
            fix="Reload the page and send the form again.",
        ) from None
    for name, value in found:
        if "\0" in value or "\0" in name:
            raise InvalidRequest(
                "The text contains the character NUL (U+0000).",
                field=name.replace("\0", ""),
                fix="Remove the character.",
            )
    return tuple(found)
