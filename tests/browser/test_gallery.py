"""Every template, in Chromium: accessible, within its policy, and no wider than the screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.gallery import Gallery
from tests.browser.samples import PAGES
from tests.servers.found import Server

VIEWS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
# The reader of the API's description is not ours; fragments are seen in the pages that hold them.
WHOLE = [
    name
    for name, (template, _) in PAGES.items()
    if template.endswith(
        ("page.html", "/one.html", "/books.html", "/trash.html", "/runbook.html", "error.html")
    )
    or template.startswith(("identity/", "dashboard/"))
]
ELEMENTS_MAX = 5_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a running gallery."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gallery)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(chromium_server: Server) -> Iterator[Browser]:
    """Return a running Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium_server.address, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@pytest.fixture(params=VIEWS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Return an empty page of a desk and of a phone."""
    context = browser.new_context(**VIEWS[request.param])
    yield context.new_page()
    context.close()


def _said_of(page: Page) -> list[str]:
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def _violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.slow
def test_every_page_is_accessible_within_its_policy_and_its_screen(
    page: Page, address: str
) -> None:
    said = _said_of(page)
    wrong: list[str] = []
    for name in WHOLE:
        said.clear()
        page.goto(f"{address}/{name}", wait_until="networkidle")
        wrong += [f"{name}: {words}" for words in (*_violations(page), *said)]
        width, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        elements = page.locator("*").count()
        if width > screen:
            wrong.append(f"{name}: {width} px wide on a screen of {screen} px")
        if elements > ELEMENTS_MAX:
            wrong.append(f"{name}: {elements} elements")
    assert not wrong, "\n".join(wrong)


def test_charts_are_drawn_and_can_be_read_as_tables(page: Page, address: str) -> None:
    page.goto(f"{address}/dashboard")
    chart = page.locator("#net-worth-chart")
    chart.locator("svg path").nth(5).wait_for(state="attached")
    chart.get_by_role("button", name="as a table").click()
    assert chart.get_by_role("cell", name="€84,370.05").is_visible()
    assert _violations(page) == []


def test_a_transaction_is_edited_in_place_with_its_parts(page: Page, address: str) -> None:
    page.goto(f"{address}/transactions")
    page.locator("[data-row-edit]").nth(3).click()
    form = page.locator("tr form[data-transaction]")
    form.get_by_text("4.12 left to assign.").wait_for()
    expect(form.get_by_label("Payee")).to_be_focused()
    form.get_by_label("Amount of part 2").fill("34,12")
    form.get_by_text("All of it is assigned.").wait_for()
    form.get_by_label("Moved").check(force=True)
    assert form.get_by_label("To account").is_visible()
    assert form.get_by_label("Amount of part 2").is_hidden()
    assert _violations(page) == []


def test_a_payee_brings_its_category_back(page: Page, address: str) -> None:
    page.goto(f"{address}/transactions")
    page.evaluate("document.querySelector('[hx-get=\"/transactions/new\"]').click()")
    form = page.locator("#dialog form[data-transaction]")
    form.get_by_label("Payee").press_sequentially("analytical engines ltd")
    expect(form.get_by_role("radio", name="Received")).to_be_checked()
    assert form.get_by_label("Category", exact=True).input_value() == "200"


def test_help_opens_by_key_and_closes_by_escape(page: Page, address: str) -> None:
    page.goto(f"{address}/dashboard")
    page.locator("#net-worth-chart [data-chart-canvas] svg").wait_for()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    assert dialog.is_visible()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()


def test_the_chosen_colours_hold_on_the_next_page(page: Page, address: str) -> None:
    page.goto(f"{address}/dashboard")
    page.locator("#net-worth-chart [data-chart-canvas] svg").wait_for()
    page.keyboard.press("t")
    chosen = page.evaluate("document.documentElement.dataset.theme")
    page.goto(f"{address}/accounts")
    assert chosen == "light"
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
