"""A key that stands twice in an object is found, however it is spelt; nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfh.features.web.duplicate_keys import duplicate_key

TEXTS = st.text(alphabet='ab":\\{},[] \n', max_size=6)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.integers() | TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"a" :1, "a"\n:1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"x":{"a":[],"b":1,"a":null}}]',
        b'{"x":":","a":1,"a":2}',
        b'{"x":"\\"","a":1,"a":2}',
    ],
)
def test_finds_the_key(body: bytes) -> None:
    assert duplicate_key(body) == "a"


@given(JSON)
def test_finds_nothing_when_every_key_is_single(value: Any) -> None:  # noqa: ANN401 -- JSON
    assert duplicate_key(json.dumps(value).encode()) is None


@given(st.lists(st.tuples(TEXTS, JSON), max_size=4))
def test_judges_as_one_who_reads_every_pair(pairs: list[tuple[str, Any]]) -> None:
    members = (f"{json.dumps(name)} : {json.dumps(value)}" for name, value in pairs)
    names = [name for name, _ in pairs]
    found = duplicate_key(f"{{{','.join(members)}}}".encode())
    assert (found is not None) == (len(set(names)) < len(names))
    assert found is None or names.count(found) > 1


def test_reads_no_value() -> None:
    assert duplicate_key(b'{"a":1e999,"b":2}') is None
