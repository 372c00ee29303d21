"""What people wrote and who they are never reaches the log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfh.observability.masking import MASK, clean, masked


@pytest.mark.parametrize(
    "private",
    [
        "ann@example.org",
        "ann.o%40k+tag@mail.example.co.uk",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "Bearer 0123456789abcdef",
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "529.982.247-25",
        "4111 1111 1111 1111",
        "4111111111111111",
        "12345678",
        "password=hunter2",
    ],
)
def test_cleans_what_looks_private(private: str) -> None:
    cleaned = clean(f"it failed for {private} again")
    assert MASK in cleaned
    assert private not in cleaned
    assert cleaned.startswith("it failed for ")


@pytest.mark.parametrize(
    "text", ["took 1234 ms", "2026-11-23", "2026-11-23T17:41:32.143+00:00", "position 55917", "a@b"]
)
def test_leaves_harmless_text(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "name", ["email", "password", "access_token", "payee", "description", "iban", "memo", "cookie"]
)
def test_masks_a_field_by_its_name(name: str) -> None:
    assert masked(name, "anything") == MASK


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attempt_count", 12_345_678),
        ("reason", "ECONNREFUSED"),
        ("reason", 'duplicate key value violates unique constraint "uq_users_email"'),
        ("user_id", "383313256917082112"),
        ("duration_ms", 12),
        ("correlation_id", "12345678901"),
    ],
)
def test_leaves_identifiers_and_figures(name: str, value: object) -> None:
    assert masked(name, value) == value


def test_masks_inside_of_lists_and_objects() -> None:
    value = {"reason": ["ann@example.org is away"], "token": "x", "count": 1, "Ann Oak": 2}
    shown = {"reason": [f"{MASK} is away"], "token": MASK, "count": 1, MASK: 2}
    assert masked("found", value) == shown


@given(st.emails(), st.text(alphabet="abc <>\"'\n", max_size=20))
def test_no_address_survives(address: str, around: str) -> None:
    local = address.partition("@")[0]
    if not all(char.isalnum() or char in "._+-%" for char in local):
        return
    assert address not in clean(f"{around} {address} {around}")
