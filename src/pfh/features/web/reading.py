"""Reading bodies, query strings and identifiers precisely, with a problem for each mistake.

It exists because frameworks accept too much: a parameter given twice, an unknown field, a NUL that
PostgreSQL refuses later. Nothing here knows the framework: a request is what the protocol says.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec

from pfh.core.errors import Kind, Problem
from pfh.features.web.duplicate_keys import duplicate_key
from pfh.features.web.mistakes import mistakes_of
from pfh.features.web.wording import InvalidFields, InvalidRequest, described

Value = TypeVar("Value")
_IDENTIFIER_MAX: Final = 2**63 - 1
_IDENTIFIER: Final = re.compile(r"[1-9][0-9]{0,18}")
# An escaped NUL: `\u0000` after an even number of backslashes.
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_JSON_MEDIA: Final = re.compile(rb"application/(?:[\w.+-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_PARAMETERS_MAX: Final = 100


class MalformedJson(Problem):
    """The body is not JSON in UTF-8."""

    code = "malformed_json"
    kind = Kind.MALFORMED


class MalformedQuery(Problem):
    """The query string is not percent-encoded UTF-8, or is far too long."""

    code = "malformed_query"
    kind = Kind.MALFORMED


class MediaTypeUnsupported(Problem):
    """The body says that it is something else than JSON."""

    code = "media_type_unsupported"
    kind = Kind.UNSUPPORTED


class IncomingRequest(Protocol):
    """What reading needs of a request: its ASGI scope and its body, limited in size."""

    @property
    def scope(self) -> Any:  # noqa: ANN401 -- the framework's own type
        """The ASGI connection scope."""
        ...

    @property
    def body(self) -> Callable[[], Awaitable[bytes]]:
        """Read the whole body; may be called again."""
        ...


async def parse_body(request: IncomingRequest, decoder: msgspec.json.Decoder[Value]) -> Value:
    """Decode the JSON body of a request.

    Raises:
        MediaTypeUnsupported: the Content-Type is not JSON.
        MalformedJson: the body is no JSON or no UTF-8, with the position.
        InvalidRequest: JSON of the wrong shape, with the camelCase path of the field.
        InvalidFields: the same of several fields.
    """
    _require_json(request)
    return decode_json(await request.body(), decoder)


def decode_json(body: bytes, decoder: msgspec.json.Decoder[Value]) -> Value:
    """Decode a JSON text; raises as `parse_body` does."""
    try:
        value = decoder.decode(body)
        twice = duplicate_key(body)
    except msgspec.ValidationError as error:
        raise _misshapen(error, body, decoder) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error, body) from None
    if twice is not None:
        raise _given_twice(twice)
    if b"\\u0000" in body and _ESCAPED_NUL.search(body):
        raise _nul(msgspec.json.decode(body))
    return value


def parse_query(request: IncomingRequest, query: type[Value], *, drop_empty: bool = False) -> Value:
    """Read the query string into a Struct, whose fields are the parameters that exist.

    A parameter may come twice only when its field is a list. With `drop_empty` a parameter without
    a value counts as absent, as in a form with empty fields.

    Raises:
        MalformedQuery: not percent-encoded UTF-8.
        InvalidRequest: unknown, repeated or wrong.
    """
    raw: bytes = request.scope["query_string"]
    return _convert(_pairs(raw) if raw else (), query, drop_empty=drop_empty)


def identifier(text: str) -> int:
    """Return the identifier that a text of digits means, or 0, which nothing has.

    So an identifier that cannot be is not found, like one that is not there.
    """
    if _IDENTIFIER.fullmatch(text) is None:
        return 0
    number = int(text)
    return number if number <= _IDENTIFIER_MAX else 0


def _require_json(request: IncomingRequest) -> None:
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            if _JSON_MEDIA.match(value):
                return
            shown = value[:80].decode("latin-1")
            raise MediaTypeUnsupported(
                f"The body has the type {ascii(shown)[1:-1]}.",
                field="Content-Type",
                fix="Send JSON with the header Content-Type: application/json.",
            )
    raise MediaTypeUnsupported(
        "The request does not say what type its body has.",
        field="Content-Type",
        fix="Send JSON with the header Content-Type: application/json.",
    )


def _misshapen(
    error: msgspec.ValidationError, body: bytes, decoder: msgspec.json.Decoder[Any]
) -> Problem:
    """Return what decoding stopped at, first, and whatever else is wrong with the body."""
    first = described(str(error))
    others = [one for one in mistakes_of(body, decoder.type) if one.field != first.field]
    return InvalidFields([first, *others]) if others else first


def _malformed(error: Exception, body: bytes) -> Problem:
    if isinstance(error, RecursionError):
        return MalformedJson(
            "The JSON is nested too deeply.", fix="Send the fields that the API documents."
        )
    if isinstance(error, UnicodeDecodeError):
        return MalformedJson("The JSON is not UTF-8.", fix="Encode the text as UTF-8.")
    if not body:
        return MalformedJson("The body is empty.", fix="Send a JSON object.")
    words = str(error)
    if "truncated" in words and _SURROGATE.search(body):
        words = "a \\u escape holds half of a character"
    elif "truncated" in words:
        words = f"it ends too early (byte {len(body)})"
    words = words.removeprefix("JSON is malformed: ").rstrip(".")
    return MalformedJson(
        f"This is not JSON: {words}.", fix="Check quotes, commas and brackets at that place."
    )


def _given_twice(name: str) -> Problem:
    shown = ascii(name[:40])[1:-1]
    return InvalidRequest(f"The key {shown} is given twice.", field=shown, fix="Give it once.")


def _nul(value: object) -> Problem:
    return InvalidRequest(
        "A text contains the character NUL (U+0000).",
        field=_nul_path(value) or None,
        fix="Remove the character.",
    )


def _nul_path(value: object) -> str:
    """Return the dotted path of the first text or name with a NUL, or an empty text."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return path
        if isinstance(item, dict):
            children = [(str(name).replace("\0", ""), child) for name, child in item.items()]
        elif isinstance(item, list):
            children = [(str(index), child) for index, child in enumerate(item)]
        else:
            continue
        prefix = f"{path}." if path else ""
        waiting.extend((prefix + name, child) for name, child in reversed(children))
    return ""


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_PARAMETERS_MAX,
        )
    except UnicodeDecodeError:
        words = "The query string is not percent-encoded UTF-8."
    except ValueError:
        words = f"The query string has more than {_PARAMETERS_MAX} parameters."
    raise MalformedQuery(words, fix="Encode each parameter as UTF-8 with percent signs.")


@lru_cache(maxsize=256)
def _fields(query: Any) -> dict[str, tuple[str, bool]]:  # noqa: ANN401 -- a Struct type
    """Map each parameter of a query Struct to its attribute and whether it may be repeated."""
    return {
        field.encode_name: (field.name, _is_list(msgspec.inspect.type_info(field.type)))
        for field in msgspec.structs.fields(query)
    }


def _is_list(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _is_list(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_is_list(member) for member in kind.types)
    return isinstance(
        kind,
        msgspec.inspect.ListType | msgspec.inspect.VarTupleType | msgspec.inspect.SetType,
    )


def _convert(
    pairs: list[tuple[str, str]] | tuple[()], query: type[Value], *, drop_empty: bool
) -> Value:
    fields = _fields(cast("Hashable", query))
    values: dict[str, str | list[str]] = {}
    for name, value in pairs:
        if name not in fields:
            raise _unknown_parameter(name, list(fields))
        if "\0" in value:
            raise InvalidRequest(
                "The value contains the character NUL (U+0000).",
                field=name,
                fix="Remove the character.",
            )
        if drop_empty and not value:
            continue
        if fields[name][1]:
            known = values.setdefault(name, [])
            assert isinstance(known, list)
            known.append(value)
        elif name in values:
            raise InvalidRequest(
                f"The parameter {name} is given more than once.",
                field=name,
                fix="Give it once.",
            )
        else:
            values[name] = value
    try:
        found = msgspec.convert(values, query, strict=False)
    except msgspec.ValidationError as error:
        raise described(str(error)) from None
    for name in values:
        # Reading leniently turns the word null into None; a query string has no null.
        if getattr(found, fields[name][0]) is None:
            raise InvalidRequest(
                f"{name} cannot be null.", field=name, fix="Leave the parameter out."
            )
    return found


def _unknown_parameter(name: str, known: list[str]) -> Problem:
    shown = ascii(name[:40])[1:-1]
    close = get_close_matches(name[:40], known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(sorted(known))}."
    return InvalidRequest(
        f"There is no parameter {shown}.",
        field=shown,
        fix=hint if known else "This operation takes no parameters.",
    )
