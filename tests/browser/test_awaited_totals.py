"""Totals that come after the rows: announced, of the rows that are shown, and offered if they fail.

The requests for them are held back and let go by hand, so that no test depends on speed.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser import bank_files
from tests.browser.conftest import DESK, PHONE, Newcomer
from tests.browser.running_hub import RunningHub
from tests.browser.visitor import Visitor
from tests.waiting import wait_until

TOTALS = "**/transactions/totals?*"


class Held:
    """The requests for totals of one page, each waiting for `let_go`."""

    def __init__(self, visitor: Visitor) -> None:
        self._waiting: list[Route] = []
        self._page = visitor.page
        self._page.route(TOTALS, self._hold)

    def _hold(self, route: Route) -> None:
        self._waiting.append(route)

    def wait_for(self, count: int) -> None:
        """Wait until so many were asked for."""

        def have_come() -> bool:
            # Playwright tells of requests while the page is asked for something.
            self._page.evaluate("1")
            return len(self._waiting) >= count

        wait_until(have_come, what=f"{count} requests for totals")

    def let_go(self) -> None:
        """Let every request on to the hub."""
        for route in self._waiting:
            route.continue_()
        self._waiting.clear()
        self._page.unroute(TOTALS)


@pytest.fixture
def shopper(newcomer: Newcomer) -> Visitor:
    """Return a person with sixty transactions, five of them of shop 7."""
    visitor = newcomer()
    visitor.sign_up()
    visitor.bring_in("year.ofx", bank_files.ofx(bank_files.many(60)))
    return visitor


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_rows_are_there_before_their_totals_and_do_not_move(
    newcomer: Newcomer, screen: dict[str, Any]
) -> None:
    visitor = newcomer(**screen)
    visitor.sign_up()
    visitor.bring_in("year.ofx", bank_files.ofx(bank_files.many(60)))
    held = Held(visitor)
    page = visitor.go("/transactions?q=shop")
    totals = page.locator("#totals")
    expect(totals).to_have_text("Adding up… received spent left", use_inner_text=True)
    assert page.locator("tr[data-row]").count() == 30
    assert totals.get_attribute("aria-live") == "polite"
    assert visitor.violations() == []
    held.wait_for(1)
    held.let_go()
    expect(totals).to_contain_text("60 transactions")
    expect(totals).not_to_contain_text("Adding up")
    # That nothing moved is what every visitor is held to.


def test_totals_are_those_of_the_rows_shown_when_the_filter_changes_meanwhile(
    shopper: Visitor,
) -> None:
    held = Held(shopper)
    page = shopper.go("/transactions?q=shop")
    held.wait_for(1)
    page.get_by_label("Search").fill("shop 7")
    expect(page.locator("tr[data-row]")).to_have_count(5)
    held.wait_for(2)
    held.let_go()
    expect(page.locator("#totals")).to_contain_text("5 transactions")
    page.get_by_label("Search").fill("")
    expect(page.locator("#totals")).to_contain_text("60 transactions")


def test_totals_are_counted_again_after_a_deed_and_after_going_back(shopper: Visitor) -> None:
    page = shopper.go("/transactions?q=shop+7")
    totals = page.locator("#totals")
    expect(totals).to_contain_text("5 transactions")
    page.locator("tr[data-row]").first.hover()
    page.get_by_role("button", name="Delete Shop 7").first.click()
    expect(totals).to_contain_text("4 transactions")
    shopper.toast("Deleted: Shop 7").get_by_role("button", name="Undo").click()
    expect(totals).to_contain_text("5 transactions")
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("heading", name="Trash", exact=True).wait_for()
    page.go_back()
    expect(totals).to_contain_text("5 transactions")


def test_totals_that_do_not_come_are_offered_by_a_link(shopper: Visitor) -> None:
    page = shopper.page
    page.route(TOTALS, lambda route: route.abort())
    shopper.go("/transactions?q=shop+7")
    link = page.locator("#totals").get_by_role("link", name="Show totals")
    link.click()
    expect(page.locator("#totals")).to_contain_text("5 transactions")
    assert any("ERR_FAILED" in words for words in shopper.wrong)
    shopper.wrong.clear()


def test_without_a_script_a_link_shows_the_totals(
    browser: Browser, hub: RunningHub, shopper: Visitor
) -> None:
    state = shopper.context.storage_state()
    context = browser.new_context(**DESK, storage_state=state, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{hub.address}/transactions?q=shop+7")
    expect(page.get_by_text("Adding up…")).to_be_hidden()
    page.get_by_role("link", name="Show totals").click()
    expect(page.locator("#totals")).to_contain_text("5 transactions")
    context.close()
