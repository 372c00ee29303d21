"""The notice to confirm an address comes where a letter can; pages answer without a code."""

from __future__ import annotations

import pytest

from tests.integration.web.conftest import OpenWeb
from tests.integration.web.test_pages import BROWSER, sign_up

SMTP = {"SMTP_HOST": "127.0.0.1", "SMTP_TLS": "off", "MAIL_FROM": "hub@example.org"}
NOTICE = "please confirm that the address is yours"


@pytest.mark.parametrize(("environment", "is_shown"), [(SMTP, True), ({}, False)])
async def test_asks_to_confirm_an_address_only_with_a_mail_server(
    open_web: OpenWeb, environment: dict[str, str], *, is_shown: bool
) -> None:
    async with open_web(**environment) as client:
        headers = {**BROWSER, **await sign_up(client, "ann@example.org")}
        page = await client.get("/dashboard", headers=headers)
        assert (page.status_code, NOTICE in page.text) == (200, is_shown)
        again = await client.post("/verify-email/request", headers=headers)
        assert (again.status_code, again.headers["location"]) == (303, "/dashboard")


async def test_says_the_same_to_those_who_exist_and_those_who_do_not(open_web: OpenWeb) -> None:
    async with open_web() as client:
        await sign_up(client, "ann@example.org")
        answers = [
            await client.post("/forgot-password", data={"email": email}, headers=BROWSER)
            for email in ("ann@example.org", "nobody@example.org", "nonsense")
        ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/reset-password", "/verify-email"])
@pytest.mark.parametrize("code", ["", "A" * 43, "<script>", "x" * 5_000])
async def test_a_code_of_nothing_opens_nothing(open_web: OpenWeb, path: str, code: str) -> None:
    fields = {"code": code, "newPassword": "eleven green", "confirmPassword": "eleven green"}
    async with open_web() as client:
        answer = await client.post(path, data=fields, headers=BROWSER)
    assert answer.status_code == 422
    assert "This link was used already" in answer.text
    assert "<script>" not in answer.text.partition("<form")[2]
    assert "eleven green" not in answer.text
