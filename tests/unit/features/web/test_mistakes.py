"""Every mistake of a body is told at once, and none that is not there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pfh.features
from pfh.features.web.api import InvalidRequest, decode_json
from pfh.features.web.mistakes import MISTAKES_MAX, mistakes_of
from pfh.features.web.wording import InvalidFields, described


class Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    sum_of: Decimal
    memo: str | None = None


class Wish(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str
    sum_of: Decimal
    tags: Annotated[list[str], msgspec.Meta(max_length=2)] = []
    parts: list[Part] | None = None
    whole: Part | msgspec.UnsetType = msgspec.UNSET
    more: Any = None


DECODER = msgspec.json.Decoder(Wish)


def told(body: bytes) -> list[str | None]:
    """Return the fields of which a body's problem tells."""
    with pytest.raises((InvalidRequest, InvalidFields)) as caught:
        decode_json(body, DECODER)
    problem = caught.value
    return [one.field for one in getattr(problem, "problems", (problem,))]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{}", ["name", "sumOf"]),
        (b'{"name":1,"names":2}', ["name", "names", "sumOf"]),
        (b'{"sumOf":true,"name":null,"tags":"a"}', ["sumOf", "name", "tags"]),
        (b'{"name":"a","sumOf":1,"tags":["a","b",3]}', ["tags.2"]),
        (b'{"name":"a","sumOf":1,"tags":["a","b","c"],"x":1}', ["tags", "x"]),
        (
            b'{"name":"a","sumOf":"1","parts":[{},{"sumOf":1},{"sumOf":[],"memo":3},4]}',
            ["parts.0.sumOf", "parts.2.sumOf", "parts.2.memo", "parts.3"],
        ),
        (
            b'{"name":"a","sumOf":1.5,"whole":{"memo":2},"parts":7}',
            ["whole.memo", "whole.sumOf", "parts"],
        ),
        (b"[1]", [None]),
        # What stands behind the first mistake is no JSON: then it is the only one.
        (b'{"name":1,"sumOf":tru', ["name"]),
    ],
)
def test_all_fields_are_told_in_the_order_of_the_body(
    body: bytes, fields: list[str | None]
) -> None:
    assert told(body) == fields


def test_the_problem_itself_is_what_it_would_be_without_a_list() -> None:
    body = b'{"sumOf":true,"name":null}'
    with pytest.raises(msgspec.ValidationError) as stopped:
        DECODER.decode(body)
    with pytest.raises(InvalidFields) as caught:
        decode_json(body, DECODER)
    first = described(str(stopped.value))
    problem = caught.value
    assert (problem.code, problem.detail) == (first.code, first.detail)
    assert (problem.field, problem.fix) == (first.field, first.fix)


def test_amounts_are_judged_as_exactly_as_in_the_body() -> None:
    long = b"123456789012345678901234567890.12"
    assert mistakes_of(b'{"name":"a","sumOf":' + long + b"}", Wish) == []


def test_a_flood_of_mistakes_is_cut() -> None:
    body = msgspec.json.encode({f"x{number}": 0 for number in range(10_000)})
    assert len(told(body)) == MISTAKES_MAX


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "1", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)
PARTS = st.fixed_dictionaries({}, optional={"sumOf": ANY, "memo": ANY, "x": ANY})
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("a") | ANY,
        "sumOf": st.just("1.5") | ANY,
        "tags": st.lists(ANY, max_size=3),
        "parts": st.lists(PARTS | ANY, max_size=3) | st.none(),
        "whole": PARTS | ANY,
        "more": ANY,
        "x": ANY,
    },
)


@given(WISHES)
def test_there_are_mistakes_exactly_where_decoding_fails(value: dict[str, object]) -> None:
    body = msgspec.json.encode(value)
    found = [one.field for one in mistakes_of(body, Wish)]
    try:
        DECODER.decode(body)
    except msgspec.ValidationError as error:
        first = described(str(error)).field
        assert first in found
    else:
        assert found == []


def decoders() -> Iterator[tuple[str, msgspec.json.Decoder[Any]]]:
    """Yield the decoders of the API's bodies."""
    for module in pkgutil.walk_packages(pfh.features.__path__, "pfh.features."):
        if module.name.endswith(".http"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, msgspec.json.Decoder):
                    yield f"{module.name}.{name}", value


def test_the_bodies_of_the_api_can_all_be_read_field_by_field() -> None:
    seen = 0
    for place, decoder in decoders():
        fields = [field.encode_name for field in msgspec.structs.fields(decoder.type)]
        body = msgspec.json.encode({name: {"a": 1} for name in [*fields, "notAField"]})
        found = {one.field for one in mistakes_of(body, decoder.type)}
        assert len(found) >= 2, place
        seen += 1
    assert seen > 20
