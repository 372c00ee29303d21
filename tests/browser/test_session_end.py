"""A session that ends while a page is open, and an answer that is lost: nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import PHONE, Newcomer
from tests.browser.visitor import PASSWORD, Visitor

# Chromium and htmx tell of what is refused or cut on purpose here as of failed loads.
_MEANT = ("status of 401", "Error Code 401", "ERR_FAILED", "htmx:afterRequest", "htmx:sendError")


@pytest.fixture
def reader(ada: Visitor) -> Iterator[Visitor]:
    """Return a person with an account, at the list of transactions."""
    ada.add_account("Everyday", openingBalance="500.00", openingDate="2026-10-31")
    ada.go("/transactions")
    yield ada
    forgive(ada)


def forgive(visitor: Visitor) -> None:
    """Leave out of what went wrong the refusals that a test is about."""
    visitor.wrong[:] = [
        words for words in visitor.wrong if not any(meant in words for meant in _MEANT)
    ]


def fill_in(page: Page) -> Locator:
    """Type a transaction into the form above the list, and return the form."""
    form = page.locator("form[data-inline]")
    with page.expect_response("**/transactions/payees?**"):
        form.get_by_label("Payee").fill("Corner Bakery")
    form.get_by_label("Amount").fill("55.55")
    return form


def sign_in_elsewhere(visitor: Visitor) -> None:
    """Follow the message into another tab, sign in there, and close it."""
    with visitor.context.expect_page() as opened:
        visitor.toast("Your session has ended.").get_by_role("link", name="Sign in").click()
    other, address = opened.value, visitor.page.url
    other.get_by_label("Email").fill(visitor.email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url(address)
    other.close()


def booked_rows(page: Page) -> Locator:
    """Return the rows of the transaction that `fill_in` types."""
    return page.locator("#transaction-list tr[data-row]", has_text="Corner Bakery")


def test_what_was_typed_is_booked_once_after_signing_in_in_another_tab(reader: Visitor) -> None:
    page = reader.page
    form = fill_in(page)
    reader.context.clear_cookies()
    form.get_by_role("button", name="Save").click()
    reader.toast("What you typed is still here")
    expect(form.get_by_label("Payee")).to_have_value("Corner Bakery")
    expect(form.get_by_label("Amount")).to_have_value("55.55")
    assert reader.violations() == []
    sign_in_elsewhere(reader)
    form.get_by_role("button", name="Save").click()
    reader.toast("Added: Corner Bakery")
    expect(page.locator(".toast", has_text="Your session has ended")).to_have_count(0)
    expect(booked_rows(page)).to_have_count(1)


def test_a_dialog_shows_the_message_itself_and_keeps_its_values(newcomer: Newcomer) -> None:
    ada = newcomer(**PHONE)
    ada.sign_up()
    page = ada.go("/accounts")
    page.get_by_role("button", name="Add an account").click()
    form = page.locator("#account-form")
    form.get_by_label("Name").fill("Rainy days")
    form.get_by_label("Balance at the start").fill("1234.50")
    ada.context.clear_cookies()
    form.get_by_role("button", name="Save").click()
    sign_in_elsewhere(ada)
    expect(form.get_by_label("Name")).to_have_value("Rainy days")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#account-list")).to_contain_text("Rainy days")
    expect(page.locator("dialog[open]")).to_have_count(0)
    forgive(ada)


def test_what_a_page_asks_by_itself_does_not_take_it_away(reader: Visitor) -> None:
    page = reader.page
    reader.context.clear_cookies()
    form = page.locator("form[data-inline]")
    with page.expect_response("**/transactions/payees?**") as answer:
        form.get_by_label("Payee").press_sequentially("Cor")
    assert answer.value.status == 401
    reader.toast("Your session has ended.")
    assert page.url.endswith("/transactions")
    expect(form.get_by_label("Payee")).to_have_value("Cor")
    # With something typed, a button that fetches does not lead away either.
    page.locator("[data-quick-add-open]").click()
    expect(page.locator(".toast", has_text="Your session has ended")).to_have_count(1)
    expect(form.get_by_label("Payee")).to_have_value("Cor")


def test_whoever_only_looks_is_led_to_the_sign_in_and_back(reader: Visitor) -> None:
    page = reader.go("/transactions?q=bakery")
    reader.context.clear_cookies()
    page.locator("[data-quick-add-open]").click()
    page.wait_for_url("**/signin?next=**")
    page.get_by_label("Email").fill(reader.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/transactions?q=bakery")


def test_a_transaction_whose_answer_was_lost_is_booked_once(reader: Visitor) -> None:
    page = reader.page
    form = fill_in(page)

    def lose(route: Route) -> None:
        assert route.fetch().ok
        route.abort()

    page.route("**/transactions", lose, times=1)
    form.get_by_role("button", name="Save").click()
    reader.toast("The hub did not answer.")
    form.get_by_role("button", name="Save").click()
    reader.toast("Added: Corner Bakery")
    expect(booked_rows(page)).to_have_count(1)
    # The next one is another, even when it says the same.
    form.get_by_label("Payee").fill("Corner Bakery")
    form.get_by_label("Amount").fill("55.55")
    form.get_by_role("button", name="Save").click()
    expect(booked_rows(page)).to_have_count(2)
