"""Every page of the real hub, in both widths and both colours: accessible, calm, within bounds."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, StorageState

from tests.browser import bank_files
from tests.browser.conftest import DESK, PHONE
from tests.browser.running_hub import RunningHub
from tests.browser.visitor import LAYOUT_SHIFT_MAX, Visitor

ELEMENTS_MAX = 5_000
REPEAT_BYTES_MAX = 30_000
SCREENS = {"desk": DESK, "phone": PHONE}
PAGES = (
    *("/dashboard", "/dashboard?period=2026-10", "/transactions", "/transactions?q=nothing-at-all"),
    *("/transactions/trash", "/accounts", "/categories", "/import", "/settings"),
)


@pytest.fixture(scope="module")
def household(browser: Browser, hub: RunningHub) -> tuple[StorageState, str]:
    """Return the session of a person with a year of transactions, and the path of a preview."""
    ada = Visitor(browser.new_context(**DESK), hub.address)
    ada.sign_up()
    ada.add_account("Dollars", currency="USD", openingBalance="10", openingDate="2026-01-01")
    ada.bring_in("year.ofx", bank_files.ofx((*bank_files.ROWS, *bank_files.many(200))))
    ada.upload("later.csv", bank_files.csv(bank_files.many(30)))
    state, preview = ada.context.storage_state(), ada.page.url.removeprefix(hub.address)
    ada.context.close()
    return state, preview


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_pages_are_accessible_calm_and_fit_the_screen(
    browser: Browser,
    hub: RunningHub,
    household: tuple[StorageState, str],
    screen: str,
    colours: Literal["light", "dark"],
) -> None:
    state, preview = household
    context = browser.new_context(**SCREENS[screen], storage_state=state, color_scheme=colours)
    visitor = Visitor(context, hub.address)
    wrong: list[str] = []
    for path in (*PAGES, preview):
        page = visitor.go(path)
        page.wait_for_load_state("networkidle")
        wrong += [f"{path}: {words}" for words in visitor.violations()]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SCREENS[screen]["viewport"]["width"]:
            wrong.append(f"{path}: {width} px wide")
        if visitor.shift() > LAYOUT_SHIFT_MAX:
            wrong.append(f"{path}: moves by {visitor.shift()}")
        if page.locator("*").count() > ELEMENTS_MAX:
            wrong.append(f"{path}: {page.locator('*').count()} elements")
    wrong += visitor.wrong
    context.close()
    assert wrong == []


# Page, and the button whose dialog or form in place is looked at.
OPENED = (
    ("/dashboard", "#more-menu, [hx-get='/transactions/new']"),
    ("/transactions", "tr[data-row] [data-row-edit]"),
    ("/accounts", "[hx-get='/accounts/new']"),
    ("/accounts", "[hx-get$='/edit']"),
    ("/categories", "[hx-get='/categories/new']"),
    ("/categories", "[hx-get$='/merge']"),
)


@pytest.mark.parametrize("screen", SCREENS)
def test_dialogs_and_forms_in_place_are_accessible(
    browser: Browser, hub: RunningHub, household: tuple[StorageState, str], screen: str
) -> None:
    # Colours are judged when a dialog stands still, so it does at once.
    context = browser.new_context(
        **SCREENS[screen], storage_state=household[0], reduced_motion="reduce"
    )
    visitor = Visitor(context, hub.address)
    wrong: list[str] = []
    for path, button in OPENED:
        page = visitor.go(path)
        page.locator(button).filter(visible=True).first.click()
        page.locator("#dialog[open] form, tr form[data-transaction]").first.wait_for()
        wrong += [f"{path} {button}: {words}" for words in visitor.violations()]
    wrong += visitor.wrong
    context.close()
    assert wrong == []


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_of_strangers_are_accessible(browser: Browser, hub: RunningHub, screen: str) -> None:
    context = browser.new_context(**SCREENS[screen])
    visitor = Visitor(context, hub.address)
    wrong: list[str] = []
    for path in ("/signin", "/signup"):
        visitor.go(path)
        wrong += [f"{path}: {words}" for words in visitor.violations()]
    wrong += visitor.wrong
    context.close()
    assert wrong == []


def test_a_repeated_visit_transfers_little(
    browser: Browser, hub: RunningHub, household: tuple[StorageState, str]
) -> None:
    context = browser.new_context(**DESK, storage_state=household[0])
    visitor = Visitor(context, hub.address)
    sizes: dict[str, float] = {}
    for path in ("/dashboard", "/transactions"):
        visitor.go(path).wait_for_load_state("networkidle")
        session = context.new_cdp_session(visitor.page)
        session.send("Network.enable")
        received: list[float] = []
        session.on(
            "Network.loadingFinished", lambda e, got=received: got.append(e["encodedDataLength"])
        )
        visitor.go(path).wait_for_load_state("networkidle")
        sizes[path] = sum(received)
    context.close()
    assert max(sizes.values()) <= REPEAT_BYTES_MAX, sizes
    assert min(sizes.values()) > 0
