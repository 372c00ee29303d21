"""Refresh tokens travel as text, and one follows from the other only with the key."""

from __future__ import annotations

import pytest

from pfh.features.identity.errors import RefreshTokenInvalid
from pfh.features.identity.keys import token_keys
from pfh.features.identity.refresh_tokens import (
    from_text,
    hash_of,
    new_refresh_token,
    successor_of,
    to_text,
)

KEYS = token_keys(b"a key of the tests, 32 bytes or more")


def test_text_of_a_token_reads_back() -> None:
    token = new_refresh_token()
    assert len(to_text(token)) == 43
    assert from_text(to_text(token)) == token
    assert new_refresh_token() != token


def test_successor_is_the_same_each_time_and_needs_the_key() -> None:
    token = bytes(range(32))
    assert successor_of(token, KEYS) == successor_of(token, KEYS)
    assert successor_of(token, KEYS) != successor_of(token, token_keys(bytes(32)))
    assert successor_of(token, KEYS) not in {token, hash_of(token)}


@pytest.mark.parametrize(
    "text", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "+", "é" * 43, "A" * 42 + "\n"]
)
def test_reading_refuses_when_the_text_is_no_token(text: str) -> None:
    with pytest.raises(RefreshTokenInvalid):
        from_text(text)
