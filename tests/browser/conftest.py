"""The hub, the browser and its visitors for the tests of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.running_hub import RunningHub
from tests.browser.visitor import LAYOUT_SHIFT_MAX, Visitor
from tests.servers.found import Server

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
Newcomer = Callable[..., Visitor]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """Return the hub of this worker."""
    running = RunningHub(tmp_path_factory.mktemp("hub"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser(chromium_server: Server) -> Iterator[Browser]:
    """Return a running Chromium; of a module, since it keeps the event loop of its process."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium_server.address, args=list(ARGUMENTS)
        )
        yield running
        running.close()


@pytest.fixture
def newcomer(browser: Browser, hub: RunningHub) -> Iterator[Newcomer]:
    """Return what makes visitors; none of them may see an error, another host or a moving page."""
    made: list[Visitor] = []

    def make(**options: Any) -> Visitor:  # noqa: ANN401 -- Playwright's own options
        context = browser.new_context(**{**DESK, "locale": "en-IE", **options})
        context.set_default_timeout(60_000)
        visitor = Visitor(context, hub.address)
        made.append(visitor)
        return visitor

    yield make
    wrong = [words for visitor in made for words in visitor.wrong]
    shifts = [visitor.shift() for visitor in made if visitor.page.url.startswith(hub.address)]
    for visitor in made:
        visitor.context.close()
    assert wrong == []
    assert max(shifts, default=0) <= LAYOUT_SHIFT_MAX


@pytest.fixture
def ada(newcomer: Newcomer) -> Visitor:
    """Return a person who has just signed up."""
    visitor = newcomer()
    visitor.sign_up()
    return visitor
