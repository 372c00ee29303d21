"""The operations page in Chromium: repaired by keyboard, quiet while it asks, honest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, StorageState, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.running_hub import RunningHub
from tests.browser.visitor import LAYOUT_SHIFT_MAX, Visitor

PAGE = "/admin/operations"
RANGE = "198.51.100.0/24"
PARTS = "**/operations/parts*"
CHANGE = "document.body.dispatchEvent(new Event('operations-changed'))"
# Longer than the page waits until it asks again, on a machine that stands still for a while.
PATIENCE_MILLISECONDS = 60_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """Return a hub of its own, which has a place for backups and one person, its administrator."""
    folder: Path = tmp_path_factory.mktemp("kept")
    settings = {"PFH_BACKUP_DIR": str(folder / "backups"), "PFH_BACKUP_KEY": "k" * 24}
    running = RunningHub(folder / "data", **settings)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def session(browser: Browser, kept: RunningHub) -> StorageState:
    """Return the session of the administrator."""
    visitor = Visitor(browser.new_context(**DESK), kept.address)
    visitor.sign_up()
    state = visitor.context.storage_state()
    visitor.context.close()
    return state


@pytest.fixture
def ada(browser: Browser, kept: RunningHub, session: StorageState) -> Iterator[Visitor]:
    """Return the administrator at a desk."""
    context = browser.new_context(**DESK, storage_state=session)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield Visitor(context, kept.address)
    context.close()


def refuse(visitor: Visitor) -> None:
    path = f"{PAGE}/block?cidr={RANGE}&seconds=3600&reason=guesses"
    assert visitor.post(path, {}) == 204


def test_backup_is_made_by_keyboard_and_the_page_follows_it(ada: Visitor) -> None:
    page = ada.go("/dashboard")
    page.get_by_role("link", name="Operations").first.click()
    part = page.locator("#part-backup")
    expect(part).to_contain_text("never made")
    button = page.locator("#act-backup-backup")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog", name="Make a backup now?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    ada.has_focus("act-backup-backup")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    ada.toast("It has begun.")
    # Nobody reloads: the page asks by itself, and the focus stays where it was.
    expect(part).to_contain_text("Well")
    ada.has_focus("act-backup-backup")
    expect(page.locator("#part-jobs")).to_contain_text("Backup")
    assert ada.wrong == []
    assert ada.violations() == []


def test_range_is_let_in_and_the_undo_refuses_it_again(ada: Visitor) -> None:
    refuse(ada)
    page = ada.go(PAGE)
    part = page.locator("#part-blocks")
    part.get_by_role("button", name=f"Let in: {RANGE}").click()
    page.get_by_role("button", name="Let in", exact=True).click()
    toast = ada.toast(f"{RANGE} is let in.")
    expect(part).not_to_contain_text(RANGE)
    toast.get_by_role("button", name="Undo").click()
    ada.toast(f"{RANGE} is refused again.")
    expect(part).to_contain_text(RANGE)
    assert ada.wrong == []


def test_question_that_stands_open_is_not_taken_away(ada: Visitor) -> None:
    page = ada.go(PAGE)
    asked: list[str] = []
    page.locator("#act-read-models-read_models").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.evaluate(CHANGE)
    page.get_by_role("alertdialog").get_by_role("button", name="Rebuild").click()
    ada.toast("It has begun.")
    assert next(path for path in asked if path.startswith(PAGE)) == f"{PAGE}/jobs"
    assert ada.wrong == []


def test_question_is_not_taken_away_by_what_was_asked_before_it(ada: Visitor) -> None:
    page = ada.go(PAGE)
    held: list[Route] = []
    page.route(PARTS, lambda route: held.append(route), times=1)  # noqa: PLW0108 -- it marks what it is given
    with page.expect_request(PARTS):
        page.evaluate(CHANGE)
    page.locator("#act-read-models-read_models").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_be_visible()
    with page.expect_response(PARTS):
        held[0].continue_(url=held[0].request.url.partition("?")[0])
    question.get_by_role("button", name="Rebuild").click()
    ada.toast("It has begun.")
    assert ada.wrong == []


def test_page_says_so_when_the_hub_gives_no_answer(ada: Visitor) -> None:
    page = ada.go(PAGE)
    notice = page.locator("#poll-failed")
    expect(notice).to_be_hidden()
    page.route(PARTS, lambda route: route.abort())
    page.evaluate(CHANGE)
    expect(notice).to_be_visible()
    assert page.locator(".toast").count() == 0
    page.unroute(PARTS)
    page.evaluate(CHANGE)
    expect(notice).to_be_hidden()


def test_page_and_book_are_calm_and_fit_a_phone_in_the_dark(
    browser: Browser, kept: RunningHub, session: StorageState
) -> None:
    context = browser.new_context(**PHONE, storage_state=session, color_scheme="dark")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    ada = Visitor(context, kept.address)
    page = ada.go("/dashboard")
    page.get_by_role("button", name="More").click()
    page.get_by_label("More", exact=True).get_by_role("link", name="Operations").click()
    page.get_by_role("heading", name="Operations").wait_for()
    for path in (PAGE, "/admin/runbook#dead-letters"):
        page = ada.go(path)
        page.wait_for_load_state("networkidle")
        assert ada.violations() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        assert ada.shift() <= LAYOUT_SHIFT_MAX, path
    assert ada.wrong == []
    context.close()
