"""Every page by keyboard alone: reached in order, seen, named, never a trap, never a lost place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser import bank_files
from tests.browser.conftest import DESK, PHONE
from tests.browser.keyboard_walk import open_and_leave, prepare, walk
from tests.browser.running_hub import RunningHub
from tests.browser.visitor import PASSWORD, Visitor
from tests.waiting import wait_until

STRANGERS = ("/signin", "/signup", "/forgot-password")
PAGES = (
    *("/dashboard", "/transactions?q=shop", "/transactions/trash", "/accounts", "/categories"),
    *("/import", "/settings", "/admin/operations", "/admin/books", "/nothing-here"),
)
# Those whose order differs under the thumb.
ON_A_PHONE = ("/dashboard", "/transactions?q=shop", "/categories", "/settings", "/admin/operations")
# Page, what opens the dialog, and the dialog.
DIALOGS = (
    ("/dashboard", ".rail [data-quick-add-open]", "#dialog"),
    ("/dashboard", ".rail [data-open=shortcuts]", "#shortcuts"),
    ("/accounts", "[hx-get='/accounts/new']", "#dialog"),
    ("/accounts", "[hx-get$='/edit']", "#dialog"),
    ("/categories", "[hx-get='/categories/new']", "#dialog"),
    ("/categories", "[hx-get$='/merge']", "#dialog"),
    ("/admin/operations", "#act-backup-backup", "#confirm"),
)
EDITS = "[data-row-edit]"


class Household(NamedTuple):
    """A hub with one person, who administers it; their session, and the path of a preview."""

    address: str
    state: StorageState
    preview: str


@pytest.fixture(scope="module")
def household(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """Return a household with sixteen transactions and a file that waits to be booked."""
    folder: Path = tmp_path_factory.mktemp("keys")
    settings = {"PFH_BACKUP_DIR": str(folder / "backups"), "PFH_BACKUP_KEY": "k" * 24}
    hub = RunningHub(folder / "data", **settings)
    ada = Visitor(browser.new_context(**DESK), hub.address)
    ada.sign_up()
    ada.bring_in("year.ofx", bank_files.ofx((*bank_files.ROWS, *bank_files.many(12))))
    ada.upload("later.csv", bank_files.csv(bank_files.many(20)))
    preview = ada.page.url.removeprefix(hub.address)
    state = ada.context.storage_state()
    ada.context.close()
    yield Household(hub.address, state, preview)
    hub.stop()


@pytest.fixture
def desk(browser: Browser, household: Household) -> Iterator[Page]:
    """Return a page at a desk, signed in."""
    context = browser.new_context(
        **DESK, storage_state=household.state, reduced_motion="reduce", base_url=household.address
    )
    page = context.new_page()
    prepare(page)
    yield page
    context.close()


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_tab_leads_through_every_page(browser: Browser, household: Household, screen: str) -> None:
    options = {**(DESK if screen == "desk" else PHONE), "base_url": household.address}
    wrong: list[str] = []
    for state, paths in (
        (None, STRANGERS),
        (household.state, (*(PAGES if screen == "desk" else ON_A_PHONE), household.preview)),
    ):
        context = browser.new_context(**options, storage_state=state, reduced_motion="reduce")
        # News would take parts away that the walk has come by already.
        context.route("**/operations/parts*", lambda route: route.fulfill(status=204))
        page = context.new_page()
        prepare(page)
        for path in paths:
            page.goto(path)
            wrong += [f"{path}: {words}" for words in walk(page)]
        context.close()
    assert wrong == []


def test_dialogs_keep_the_focus_and_give_it_back(desk: Page) -> None:
    wrong: list[str] = []
    for path, opener, dialog in DIALOGS:
        desk.goto(path)
        found = desk.locator(opener).filter(visible=True).first
        wrong += [f"{path}: {words}" for words in open_and_leave(desk, found, dialog)]
    assert wrong == []


def focused(page: Page) -> str:
    """Return the row and the kind of control that have the focus."""
    return str(
        page.evaluate(
            "(one => `${one.closest('[data-row]')?.id} ${one.dataset.rowEdit ?? one.id}`)"
            "(document.activeElement)"
        )
    )


def row_ids(page: Page) -> list[str]:
    """Return the rows of the list in their order."""
    found: list[str] = page.locator("tr[data-row]").evaluate_all("all => all.map(one => one.id)")
    return found


def focus_is_on_row(page: Page, row_id: str) -> None:
    """Wait until the name of a row has the focus."""
    wait_until(lambda: focused(page) == f"{row_id} ", what=f"the focus on {row_id}")


def test_a_row_keeps_the_focus_through_edit_cancel_save_delete_and_undo(desk: Page) -> None:
    desk.goto("/transactions")
    first, second, *_ = row_ids(desk)
    desk.keyboard.press("j")
    focus_is_on_row(desk, first)
    form = desk.locator("tr form[data-transaction]")
    for leave in ("Escape", "Enter"):
        desk.keyboard.press("Enter")
        form.wait_for()
        wait_until(lambda: focused(desk).endswith("-payee"), what="the focus in the form")
        desk.keyboard.press(leave)
        form.wait_for(state="detached")
        focus_is_on_row(desk, first)

    # Down to the button at the end of the row, which shows itself when it is come by.
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.locator(f"#{first}")).to_have_count(0)
    focus_is_on_row(desk, second)

    undo = desk.locator("#toasts [data-undo]").last
    undo.focus()
    desk.keyboard.press("Enter")
    focus_is_on_row(desk, first)


def test_what_opened_a_dialog_has_the_focus_after_it_was_saved(desk: Page) -> None:
    desk.goto("/accounts")
    opener = desk.locator("[hx-get$='/edit']").first
    address = opener.get_attribute("hx-get")
    opener.focus()
    desk.keyboard.press("Enter")
    dialog = desk.locator("#dialog[open]")
    dialog.locator("[name=name]").fill("Everyday")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Everyday").first.wait_for()
    wait_until(
        lambda: desk.evaluate("document.activeElement.getAttribute('hx-get')") == address,
        what="the focus on the button of the account",
    )


def test_signing_in_takes_the_keyboard_alone(browser: Browser, household: Household) -> None:
    context = browser.new_context(**DESK, base_url=household.address)
    page = context.new_page()
    page.goto("/signin")
    page.keyboard.type("nobody@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".notice").wait_for()
    # What was wrong is said, and the next try begins where it can be mended.
    wait_until(
        lambda: page.evaluate("document.activeElement.name") in {"email", "password"},
        what="the focus in the form",
    )
    context.close()
