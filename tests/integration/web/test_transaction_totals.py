"""The totals of the list of transactions: with its rows where they are kept, else after them."""

from __future__ import annotations

import html
import re

import httpx

from tests.integration.web.conftest import OpenWeb
from tests.integration.web.test_pages import BROWSER, HTMX, sign_up, things_of

AWAITED = "Adding up…"
SHOWN = "2 transactions"


async def two_bakeries(client: httpx.AsyncClient) -> dict[str, str]:
    """Book twice 4.80 at a bakery and return the headers of their owner."""
    ann = await sign_up(client, "ann@example.org")
    known = await things_of(client, {**HTMX, **ann})
    fields = {
        "transactionType": "expense",
        "amount": "4.80",
        "payee": "Bakery",
        "accountId": known["account_id"],
        "transactionDate": "2026-11-04",
    }
    assert (await client.post("/transactions", data=fields, headers=HTMX | ann)).status_code == 204
    return ann


def asked_for(page: str) -> str:
    """Return where the totals of a page come from."""
    found = re.search(r'id="totals" hx-get="([^"]+)" hx-trigger="load, ', page)
    assert found is not None
    return html.unescape(found[1])


async def test_rows_do_not_wait_for_totals_that_look_at_every_entry(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await two_bakeries(client)
        for query in (
            *("q=bakery", "minAmount=4", "transactionType=expense&q=bak", "status=cleared"),
            # The wrong part of a filter is left out of both.
            "q=bakery&from=2026",
        ):
            page = (await client.get(f"/transactions?{query}", headers=BROWSER | ann)).text
            part = (await client.get(f"/transactions/rows?{query}", headers=HTMX | ann)).text
            for text in (page, part):
                assert text.count("data-row>") == 2, query
                assert AWAITED in text, query
                assert SHOWN not in text, query
                figures = (await client.get(asked_for(text), headers=HTMX | ann)).text
                assert SHOWN in figures, query
                assert "€9.60" in figures, query
                assert "data-row>" not in figures, query


async def test_totals_that_are_kept_or_near_come_with_the_rows(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await two_bakeries(client)
        accounts = (await client.get("/accounts", headers=BROWSER | ann)).text
        account = re.search(r"/accounts/(\d+)/edit", accounts)
        assert account is not None
        for query in ("", "from=2026-11-02", f"accountId={account[1]}"):
            page = (await client.get(f"/transactions?{query}", headers=BROWSER | ann)).text
            assert SHOWN in page, query
            assert AWAITED not in page, query


async def test_without_a_script_a_link_shows_the_totals(open_web: OpenWeb) -> None:
    async with open_web() as client:
        ann = await two_bakeries(client)
        page = (await client.get("/transactions?q=bakery", headers=BROWSER | ann)).text
        link = re.search(r'<noscript><a [^>]*href="([^"]+)">Show totals</a></noscript>', page)
        assert link is not None
        page = (await client.get(html.unescape(link[1]), headers=BROWSER | ann)).text
        assert SHOWN in page
        assert page.count("data-row>") == 2
        assert AWAITED not in page
        answer = await client.get("/transactions/totals?q=bakery", headers=BROWSER | ann)
        assert (answer.status_code, answer.headers["location"]) == (303, "/transactions")
