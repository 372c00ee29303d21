"""Bodies, query strings and identifiers are read precisely."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfh.core.errors import Problem
from pfh.features.web.api import (
    InvalidRequest,
    MalformedJson,
    MalformedQuery,
    MediaTypeUnsupported,
    decode_json,
    identifier,
    parse_body,
    parse_query,
)


class Wish(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str
    words: list[str] = []
    more: Any = None


class Filter(msgspec.Struct, rename="camel"):
    account_id: list[str] = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    text: str | None = msgspec.field(name="q", default=None)
    tags: list[str] | None = None
    most: int | None = None


DECODER = msgspec.json.Decoder(Wish)


class Sent:
    """A request as the readers see it."""

    def __init__(self, body: bytes = b"", query: str = "", media: str | None = None) -> None:
        headers = [] if media is None else [(b"content-type", media.encode())]
        self.scope: dict[str, Any] = {"headers": headers, "query_string": query.encode()}
        self._body = body

    async def body(self) -> bytes:
        return self._body


def query(text: str, **options: bool) -> Filter:
    return parse_query(Sent(query=text), Filter, **options)


@pytest.mark.parametrize(
    "media", ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"]
)
async def test_reads_a_body_when_it_is_json(media: str) -> None:
    assert (await parse_body(Sent(b'{"name":"x"}', media=media), DECODER)).name == "x"


@pytest.mark.parametrize(
    "media", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"]
)
async def test_refuses_a_body_when_it_does_not_say_that_it_is_json(media: str | None) -> None:
    with pytest.raises(MediaTypeUnsupported) as caught:
        await parse_body(Sent(b'{"name":"x"}', media=media), DECODER)
    assert caught.value.field == "Content-Type"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b'{"name":"x"', "ends too early (byte 11)"),
        (b'{"name":"x"}}', "trailing characters (byte 13)"),
        (b'{"name":NaN}', "invalid character (byte 8)"),
        (b"{'name':'x'}", "byte 1"),
        (b'{"name":"\xff"}', "not UTF-8"),
        (b'{"name":"\\ud800"}', "half of a character"),
        (b"\xef\xbb\xbf{}", "byte 0"),
        (b'{"name":"x","more":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_tells_where_the_json_breaks(body: bytes, words: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        decode_json(body, DECODER)
    assert words in caught.value.detail


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name":"a\\u0000b"}', "name"),
        (b'{"name":"a","words":["b","\\u0000"]}', "words.1"),
        (b'{"name":"a","more":{"x":[{"y":"\\\\\\u0000"}]}}', "more.x.0.y"),
    ],
)
def test_refuses_nul_and_says_where(body: bytes, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        decode_json(body, DECODER)
    assert caught.value.field == field


def test_takes_the_words_for_nul_when_the_backslash_is_escaped() -> None:
    assert decode_json(b'{"name":"\\\\u0000"}', DECODER).name == "\\u0000"


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_problem(body: bytes) -> None:
    with suppress(Problem):
        decode_json(body, DECODER)


def test_reads_a_query_with_lists_and_numbers() -> None:
    found = query("accountId=1&accountId=2&limit=7&q=caf%C3%A9+au+lait&tags=a")
    assert found == Filter(["1", "2"], 7, "café au lait", ["a"])


def test_searches_for_the_word_null() -> None:
    assert query("q=null").text == "null"


def test_takes_the_defaults_when_the_query_is_empty() -> None:
    assert query("") == Filter()


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("limit=1&limit=2", "limit", "more than once"),
        ("limit=many", "limit", "must be a whole number, not text"),
        ("limit=0", "limit", "at least 1"),
        ("limit=", "limit", "must be a whole number"),
        ("lmit=3", "lmit", "no parameter lmit"),
        ("q=a%00b", "q", "NUL"),
        ("tags=null&most=null", "most", "cannot be null"),
    ],
)
def test_refuses_a_parameter_precisely(text: str, field: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        query(text)
    assert caught.value.field == field
    assert words in caught.value.detail


def test_hints_at_the_near_parameter() -> None:
    with pytest.raises(InvalidRequest) as caught:
        query("acountId=3")
    assert caught.value.fix == "Did you mean accountId?"


@pytest.mark.parametrize("text", ["q=%ff", "q=\xe9", "&".join(["q=1"] * 101)])
def test_refuses_a_query_that_cannot_be_read(text: str) -> None:
    with pytest.raises(MalformedQuery):
        query(text)


def test_drops_empty_fields_of_a_form_when_told_to() -> None:
    assert query("limit=&q=&accountId=", drop_empty=True) == Filter()


@pytest.mark.parametrize("number", [1, 415, 2**63 - 1])
def test_reads_an_identifier(number: int) -> None:
    assert identifier(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "01", "1e3", " 1", "1 ", "٣", str(2**63), "9" * 30, "x", "1/2"]
)
def test_turns_what_is_no_identifier_into_the_one_that_nothing_has(text: str) -> None:
    assert identifier(text) == 0
