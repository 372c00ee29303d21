"""Reading what a browser's form sends, and amounts as people type them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pfh.features.web.api import Form, MalformedForm, query_values, read_form, typed_decimal

FORM = b"application/x-www-form-urlencoded"


@dataclass
class Incoming:
    """A request with a body."""

    content: bytes
    query: bytes = b""

    @property
    def scope(self) -> dict[str, Any]:
        return {"headers": [(b"content-type", FORM)], "query_string": self.query}

    async def body(self) -> bytes:
        return self.content


async def test_keeps_the_order_and_every_value_when_a_name_repeats() -> None:
    form = await read_form(Incoming(b"ids=1&name=%C3%84+b&ids=2&empty="))
    assert form.all("ids") == ["1", "2"]
    assert form.text("name") == "Ä b"
    assert form.maybe("empty") is None
    assert form.values == {"ids": "2", "name": "Ä b", "empty": ""}


async def test_is_empty_when_there_is_no_body() -> None:
    assert await read_form(Incoming(b"")) == Form(())


@pytest.mark.parametrize("body", [b"a=%FF", b"\xff=1", b"&".join([b"a=1"] * 2_001)])
async def test_refuses_a_body_when_no_browser_would_send_it(body: bytes) -> None:
    with pytest.raises(MalformedForm):
        await read_form(Incoming(body))


def test_forgets_passwords_when_a_form_is_shown_again() -> None:
    form = Form((("email", "ada@example.org"), ("password", " secret ")))
    assert form.secret("password") == " secret "
    assert form.kept("password") == {"email": "ada@example.org", "password": ""}


def test_leaves_out_empty_parameters_and_nul_when_an_address_is_odd() -> None:
    assert query_values(Incoming(b"", b"q=a%00b&from=&to=2026")) == {"q": "ab", "to": "2026"}
    assert query_values(Incoming(b"", b"&".join([b"a=1"] * 3_000))) == {}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12.34", "12.34"),
        ("12,34", "12.34"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1 234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1'234.50", "1234.50"),
        ("\u22125", "-5"),
        ("1,234,567", "1,234,567"),
        ("twelve", "twelve"),
    ],
)
def test_reads_an_amount_as_it_is_meant(typed: str, read: str) -> None:
    assert typed_decimal(typed) == read
