"""Finding every mistake of a JSON body that was refused, where decoding stops at the first.

It exists apart from `reading.py` so that a good body pays nothing for it: only one that was refused
is read again, field by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import inspect

from pfh.features.web.wording import InvalidRequest, described

# A body of nothing but mistakes is told enough of them.
MISTAKES_MAX: Final = 50
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


class _Part(NamedTuple):
    """One field of a Struct.

    Attributes:
        decoder: of an object with this field alone.
        required: whether it must be there.
        below: the Struct that it holds, or a list of, if it does.
    """

    decoder: msgspec.json.Decoder[Any]
    required: bool
    below: type[msgspec.Struct] | None


def mistakes_of(body: bytes, wanted: object) -> list[InvalidRequest]:
    """Return the mistakes of a JSON text in its order, what is missing at the end, at most 50.

    Args:
        body: what a decoder of `wanted` refused.
        wanted: a Struct type; of anything else nothing is found.

    Example: {"amount": true} for a transaction → `amount` must be text or a number, `accountId`
    is missing, `transactionDate` is missing.
    """
    if not isinstance(wanted, type) or not issubclass(wanted, msgspec.Struct):
        return []
    try:
        return list(islice(_of_struct(body, wanted, ""), MISTAKES_MAX))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Behind the first mistake it is no JSON at all.
        return []


def _of_struct(body: bytes, wanted: type[msgspec.Struct], path: str) -> Iterator[InvalidRequest]:
    try:
        given = _OBJECT.decode(body)
    except msgspec.ValidationError as error:
        yield described(str(error), within=path)
        return
    parts = _parts(wanted)
    for name, value in given.items():
        if name in parts:
            yield from _of_field(name, value, parts[name], path)
        elif wanted.__struct_config__.forbid_unknown_fields:
            yield described(f"Object contains unknown field `{name}`", within=path)
    for name, part in parts.items():
        if part.required and name not in given:
            yield described(f"Object missing required field `{name}`", within=path)


def _of_field(name: str, value: msgspec.Raw, part: _Part, path: str) -> Iterator[InvalidRequest]:
    try:
        part.decoder.decode(msgspec.json.encode({name: value}))
    except msgspec.ValidationError as error:
        text = bytes(value)
        found = False
        if part.below is not None:
            place = f"{path}.{name}" if path else name
            for mistake in _of_structs(text, part.below, place):
                found = True
                yield mistake
        if not found:
            # Such as a list that is too long, of items that are right.
            yield described(str(error), within=path)


def _of_structs(text: bytes, wanted: type[msgspec.Struct], path: str) -> Iterator[InvalidRequest]:
    if text.startswith(b"{"):
        yield from _of_struct(text, wanted, path)
    elif text.startswith(b"["):
        for index, item in enumerate(_LIST.decode(text)):
            yield from _of_struct(bytes(item), wanted, f"{path}.{index}")


@lru_cache(maxsize=256)
def _parts(wanted: type[msgspec.Struct]) -> Mapping[str, _Part]:
    """Return the fields of a Struct by the names that they have in JSON."""
    shape = inspect.type_info(wanted)
    assert isinstance(shape, inspect.StructType)
    types = {field.name: field.type for field in msgspec.structs.fields(wanted)}
    parts = {}
    for field in shape.fields:
        alone = msgspec.field(default=None, name=field.encode_name)
        single = msgspec.defstruct("Single", [(field.name, types[field.name], alone)])
        decoder = msgspec.json.Decoder(single)
        parts[field.encode_name] = _Part(decoder, field.required, _struct_in(field.type))
    return parts


def _struct_in(kind: inspect.Type) -> type[msgspec.Struct] | None:
    if isinstance(kind, inspect.StructType):
        return kind.cls
    if isinstance(kind, inspect.Metadata):
        return _struct_in(kind.type)
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return _struct_in(kind.item_type)
    if isinstance(kind, inspect.UnionType):
        found = [one for one in map(_struct_in, kind.types) if one is not None]
        return found[0] if len(found) == 1 else None
    return None
