"""Nothing private is left of a prompt, and what the question needs is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfh.adapters.language_model.redaction import redacted


@pytest.mark.parametrize(
    "private",
    [
        "ann@example.org",
        "ann.o+pay@mail.example.co.uk",
        "jörg@exämple.org",
        "ann (at) example.org",
        "DE89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "GB82-WEST-1234-5698-7654-32",
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111.1111.1111.1111",
        "3782-822463-10005",
        "123.456.789-09",
        "+49 30 1234567",
        "(030) 123 45 67 89",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Bearer abc.def-123",
        "sk-proj-abcdefghijklmnop",
        "SG.abcdefghijkl.mnopqrstuvwx",
        "password: swordfish",
        "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg",
    ],
)
def test_takes_out_what_is_private(private: str) -> None:
    shown = redacted(f"Please look at {private} for me")
    assert "[masked]" in shown
    for part in private.replace("(at)", "@").split("@")[0].split():
        if len(part) > 3 and part not in {"password:", "Bearer"}:
            assert part not in shown
    assert shown.startswith("Please look at ")
    assert shown.endswith(" for me")


@pytest.mark.parametrize(
    "harmless",
    [
        "Groceries at REWE on 2026-11-23 for 12.50 EUR",
        "Spent 1,234.56 in 3 shops",
        "Which category fits 'Stadtwerke Energie'?",
    ],
)
def test_keeps_what_the_question_needs(harmless: str) -> None:
    assert redacted(harmless) == harmless


@given(st.text(max_size=60), st.from_regex(r"\A[0-9]{12,19}\Z"), st.text(max_size=60))
def test_leaves_no_account_number_whatever_is_around_it(
    before: str, digits: str, after: str
) -> None:
    assert digits not in redacted(f"{before} {digits} {after}")


@given(
    st.text(max_size=40),
    st.from_regex(r"\A[a-z0-9._+-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,6}\Z"),
    st.text(max_size=40),
)
def test_leaves_no_address_whatever_is_around_it(before: str, address: str, after: str) -> None:
    assert address not in redacted(f"{before} {address} {after}")
