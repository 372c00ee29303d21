"""No change to a token passes, whatever it changes."""

from __future__ import annotations

import random

import pytest

from pfh.features.identity.access_tokens import (
    AccessClaims,
    issue_access_token,
    read_access_token,
)
from pfh.features.identity.errors import AccessTokenInvalid
from pfh.features.identity.keys import token_keys

KEYS = token_keys(b"a key of the tests, 32 bytes or more")
CLAIMS = AccessClaims(1, 2, 3, 4, not_before=100, expires_at=1000)
NOW = 500_000_000


def test_reading_returns_what_was_issued() -> None:
    token = issue_access_token(KEYS, CLAIMS, token_id=5)
    assert read_access_token(KEYS, token, now=NOW) == CLAIMS


def test_reading_refuses_when_any_character_was_changed() -> None:
    token = issue_access_token(KEYS, CLAIMS, token_id=5)
    chance = random.Random(7)
    letters = f'{token}.-_=é{{}}[]"\x00 '
    for place in range(len(token)):
        other = chance.choice([letter for letter in letters if letter != token[place]])
        for changed in (
            token[:place] + other + token[place + 1 :],
            token[:place] + token[place + 1 :],
            token[:place] + other + token[place:],
        ):
            if changed != token:
                with pytest.raises(AccessTokenInvalid):
                    read_access_token(KEYS, changed, now=NOW)


def test_reading_refuses_when_the_token_is_of_another_installation() -> None:
    token = issue_access_token(KEYS, CLAIMS, token_id=5)
    with pytest.raises(AccessTokenInvalid):
        read_access_token(token_keys(bytes(32)), token, now=NOW)
    assert read_access_token(KEYS, token, now=NOW) == CLAIMS


def test_keys_differ_by_use_and_do_not_show_themselves() -> None:
    assert len({KEYS.access, KEYS.refresh, KEYS.log}) == 3
    assert repr(KEYS) == f"TokenKeys(key_id='{KEYS.key_id}')"
