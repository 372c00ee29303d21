"""The length of a body, as the header tells it."""

from __future__ import annotations

import pytest
from litestar.exceptions import ClientException
from litestar.testing import RequestFactory

from pfh.entry.web.hub_request import HubRequest


def _request(*headers: tuple[bytes, bytes]) -> HubRequest:
    scope = RequestFactory().post("/").scope
    scope["headers"] = [(b"host", b"hub"), *headers]
    return HubRequest(scope)


def test_length_is_that_of_the_header_and_none_without() -> None:
    assert _request((b"content-length", b"42")).content_length == 42
    assert _request((b"content-length", b"0")).content_length == 0
    assert _request((b"content-type", b"text/plain")).content_length is None


@pytest.mark.parametrize("length", [b"", b"-1x", b"1 2", "²".encode()])
def test_length_that_is_none_is_refused_in_the_words_of_the_framework(length: bytes) -> None:
    with pytest.raises(ClientException, match="Invalid content-length"):
        _ = _request((b"content-length", length)).content_length
