"""What pages say of figures: in words that are true whatever the figures are."""

from __future__ import annotations

import re

import httpx

from tests.integration.web.conftest import OpenWeb
from tests.integration.web.test_pages import BROWSER, HTMX, sign_up


async def open_account(client: httpx.AsyncClient, own: dict[str, str], **fields: str) -> str:
    """Open an account through the page and return its id."""
    form = {"accountType": "checking", "currency": "EUR", **fields}
    answer = await client.post("/accounts", data=form, headers=BROWSER | own)
    assert answer.status_code == 303
    page = await client.get("/accounts", headers=BROWSER | own)
    found = re.search(rf'accountId=(\d+)">\s*<span[^>]*>{fields["name"]}<', page.text)
    assert found is not None
    return found.group(1)


async def book(client: httpx.AsyncClient, own: dict[str, str], **fields: str) -> None:
    """Book a transaction through the page."""
    answer = await client.post("/transactions", data=fields, headers=BROWSER | own)
    assert answer.status_code == 303


async def test_a_month_that_lost_money_says_so(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        bank = await open_account(client, ann, name="Bank")
        day = "2026-11-03"
        await book(client, ann, transactionDate=day, accountId=bank, payee="Shop", amount="70.00")
        month = "/dashboard?period=2026-11"
        page = (await client.get(month, headers=BROWSER | ann)).text
        assert "1 transaction</a>" in page
        assert re.search(r"You spent <strong[^>]*>€70\.00</strong> more than", page)
        gift = {"transactionType": "income", "payee": "Gift", "amount": "100.00"}
        await book(client, ann, transactionDate=day, accountId=bank, **gift)
        page = (await client.get(month, headers=BROWSER | ann)).text
        assert re.search(r"You kept <strong[^>]*>30%</strong> of what", page)


async def test_balances_that_look_ahead_say_so(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        bank = await open_account(client, ann, name="Bank")
        words = "These balances hold what is entered up to"
        assert words not in (await client.get("/accounts", headers=BROWSER | ann)).text
        later = "2199-12-31"
        await book(client, ann, transactionDate=later, accountId=bank, payee="Far", amount="1.00")
        page = (await client.get("/accounts", headers=BROWSER | ann)).text
        assert f"{words} 31 Dec 2199" in page


async def test_totals_leave_out_a_currency_in_which_nothing_came_or_went(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await sign_up(client, "ann@example.org")
        bank = await open_account(client, ann, name="Bank")
        start = {"openingBalance": "5000", "openingDate": "2026-10-31"}
        await open_account(client, ann, name="Dollars", currency="USD", **start)
        day = "2026-11-03"
        await book(client, ann, transactionDate=day, accountId=bank, payee="Shop", amount="70.00")
        totals = "/transactions/totals"
        page = (await client.get(totals, headers=HTMX | ann)).text
        assert "€70.00" in page
        assert "$" not in page
        only = f"{totals}?transactionType=transfer"
        assert (await client.get(only, headers=HTMX | ann)).status_code == 200


async def test_the_first_wrong_field_has_the_focus_when_a_form_comes_back(
    open_web: OpenWeb,
) -> None:
    async with open_web() as client:
        fields = {"email": "ann@example.org", "firstName": "Ann", "password": "short"}
        fields |= {"confirmPassword": "short", "acceptTerms": "true"}
        answer = await client.post("/signup", data=fields, headers=BROWSER)
        assert answer.status_code == 422
        focused = re.findall(r'name="(\w+)"[^>]* autofocus', answer.text)
        assert focused == ["password"]
