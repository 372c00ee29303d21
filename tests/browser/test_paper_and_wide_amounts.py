"""Pages on paper, and amounts of fifteen digits or eight decimals on both screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.running_hub import RunningHub
from tests.browser.visitor import Visitor

BALANCES = {
    "EUR": "1234567890123.45",
    "BTC": "12.12345678",
    "KWD": "123456.789",
    "JPY": "123456789012345",
}
# A4 without its margins, in pixels of CSS.
PAPER: dict[str, Any] = {"viewport": {"width": 688, "height": 1000}}
# Of everything that shows words: what leaves the page, and what is paler than 4.5 to 1 on white.
_UNREADABLE = """
    () => [...document.querySelectorAll("#main *")].filter((one) => {
      const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const box = one.getBoundingClientRect();
      if (!words || box.width < 2 || one.closest("svg")) return false;
      const paint = document.createElement("canvas").getContext("2d");
      paint.fillStyle = getComputedStyle(one).color;
      paint.fillRect(0, 0, 1, 1);
      const [red, green, blue] = [...paint.getImageData(0, 0, 1, 1).data].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      return 1.05 / (light + 0.05) < 4.5 || box.right > innerWidth + 1 || box.left < -1;
    }).map((one) => one.outerHTML.slice(0, 200))
"""
# Of each amount: how far its right edge is from that of its cell's content, and from the left one.
_EDGES = """
    (cells) => cells.map((cell) => {
      const style = getComputedStyle(cell);
      const box = cell.getBoundingClientRect();
      const money = cell.querySelector(".money").getBoundingClientRect();
      return [box.right - parseFloat(style.paddingRight) - money.right, money.left - box.left];
    })
"""


@pytest.fixture(scope="module")
def rich(browser: Browser, hub: RunningHub) -> StorageState:
    """Return the session of a person with fortunes in four currencies, one of them spent."""
    ada = Visitor(browser.new_context(**DESK), hub.address)
    ada.sign_up()
    for currency, balance in BALANCES.items():
        ada.add_account(
            f"All of my {currency}",
            currency=currency,
            openingBalance=balance,
            openingDate="2026-10-31",
        )
    form = ada.go("/transactions").locator("form[data-inline]")
    form.get_by_label("Payee").fill("Island")
    form.get_by_label("Amount").fill(BALANCES["EUR"])
    option = form.locator("#inline-account option", has_text="EUR")
    form.get_by_label("Account", exact=True).select_option(option.get_attribute("value"))
    form.get_by_role("button", name="Save").click()
    ada.toast("Added: Island")
    state = ada.context.storage_state()
    ada.context.close()
    return state


@pytest.fixture
def opened(browser: Browser, hub: RunningHub, rich: StorageState) -> Iterator[Any]:
    """Return what opens a page; a page that goes to paper moves, which nobody measures here."""
    contexts = []

    def go(path: str, **options: Any) -> Page:  # noqa: ANN401 -- Playwright's own options
        context = browser.new_context(**options, locale="en-IE", storage_state=rich)
        contexts.append(context)
        page = Visitor(context, hub.address).go(path)
        page.wait_for_load_state("networkidle")
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", ["/dashboard", "/transactions", "/accounts", "/categories"])
def test_paper_shows_all_words_in_dark_ink_and_nothing_to_press(opened: Any, path: str) -> None:  # noqa: ANN401 -- a function of Playwright's options
    page = opened(path, **PAPER, color_scheme="dark")
    page.locator("[data-theme-choice=dark]").first.dispatch_event("click")
    page.emulate_media(media="print")
    for pressed in page.locator(".btn, .rail, .top-bar, .bottom-bar, .toasts, .checkbox").all():
        expect(pressed).to_be_hidden()
    assert page.evaluate(_UNREADABLE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PAPER["viewport"]["width"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_paper_has_every_column_of_the_transactions(opened: Any) -> None:  # noqa: ANN401 -- as above
    page = opened("/transactions", **PAPER)
    page.emulate_media(media="print")
    row = page.locator("tr[data-row]", has_text="KWD").first
    for words in ("31 Oct 2026", "Opening balance", "All of my KWD", "123,456.789"):
        expect(row.get_by_text(words).locator("visible=true").first).to_be_visible()


@pytest.mark.parametrize("width", [1440, 1100])
def test_wide_amounts_stay_right_aligned_within_their_column(opened: Any, width: int) -> None:  # noqa: ANN401 -- as above
    page = opened("/transactions", viewport={"width": width, "height": 900})
    edges = page.eval_on_selector_all("tr[data-row] td.number", _EDGES)
    assert len(edges) == len(BALANCES) + 1
    for from_right, from_left in edges:
        assert abs(from_right) <= 1
        assert from_left >= 0


@pytest.mark.parametrize("path", ["/dashboard", "/transactions", "/accounts"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_fortune_fits_the_screen(opened: Any, screen: dict[str, Any], path: str) -> None:  # noqa: ANN401 -- as above
    page = opened(path, **screen)
    width = screen["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    beyond = page.eval_on_selector_all(
        "#main :is(.money, .figure, .delta)",
        "(all) => all.filter((one) => one.getBoundingClientRect().right > one.closest('.card')"
        ".getBoundingClientRect().right).map((one) => one.textContent)",
    )
    assert beyond == []
