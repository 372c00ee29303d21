"""A person at the hub in a browser, and what may never happen on any page that they see."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.waiting import PATIENCE_SECONDS, wait_until

# Playwright itself gives up after five seconds, for which a busy machine may stand still.
expect.set_options(timeout=PATIENCE_SECONDS * 1_000)
PASSWORD = "correct horse battery staple"
LAYOUT_SHIFT_MAX = 0.02
_NUMBERS = itertools.count(1)
# Chromium tells of refused forms (422) as of failed loads, and of a form's focus when it has moved.
# htmx tells of a request that a newer one replaced as of an error; of one that failed it says more.
_HARMLESS = (
    *("status of 422", "Autofocus processing was blocked"),
    *("htmx:afterRequest, ", "htmx:sendAbort, "),
)
_WATCH_SHIFTS = """
    window.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!entry.hadRecentInput) window.layoutShift += entry.value;
      }
    }).observe({type: "layout-shift", buffered: true});
"""


class Visitor:
    """One browser context with one page; `wrong` collects what must not happen."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.wrong: list[str] = []
        context.add_init_script(_WATCH_SHIFTS)
        context.on("request", self._note_request)
        self.page = context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script error: {error}"))
        self.email = f"ada{next(_NUMBERS)}.{id(self)}@example.org"

    def _note_request(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host and host != urlsplit(self.address).netloc:
            self.wrong.append(f"request to another host: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(
            words in message.text for words in _HARMLESS
        ):
            self.wrong.append(f"console {message.type} at {self.page.url}: {message.text}")

    def has_focus(self, wanted: str, *, by: str = "id") -> None:
        """Wait until an element has the focus: the page's script gives it after a change."""
        wait_until(
            lambda: self.page.evaluate(f"document.activeElement.{by}") == wanted,
            what=f"the focus on {wanted}",
        )

    def go(self, path: str) -> Page:
        """Open one of the hub's pages."""
        self.page.goto(self.address + path)
        return self.page

    def sign_up(self, first_name: str = "Ada") -> Page:
        """Fill in the sign-up form and arrive at the dashboard."""
        page = self.go("/signup")
        page.get_by_label("First name").fill(first_name)
        page.get_by_label("Last name").fill("Lovelace")
        page.get_by_label("Email").fill(self.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same password again").fill(PASSWORD)
        page.get_by_label("I accept").check()
        page.get_by_role("button", name="Create account").click()
        page.wait_for_url("**/dashboard")
        return page

    def sign_in(self) -> Page:
        """Fill in the sign-in form."""
        page = self.go("/signin")
        page.get_by_label("Email").fill(self.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/dashboard")
        return page

    def upload(self, name: str, content: bytes) -> Page:
        """Give a file to the import page and wait for its preview."""
        page = self.go("/import")
        page.set_input_files(
            "#import-file",
            {"name": name, "mimeType": "application/octet-stream", "buffer": content},
        )
        page.wait_for_url("**/import/*")
        page.get_by_role("heading", name="Preview").wait_for()
        return page

    def drop(self, name: str, content: bytes) -> Page:
        """Drag a file onto the import page, let go of it there, and wait for its preview."""
        page = self.go("/import")
        transfer = page.evaluate_handle(
            """([name, base64]) => {
              const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
              const transfer = new DataTransfer();
              transfer.items.add(new File([bytes], name));
              return transfer;
            }""",
            [name, b64encode(content).decode()],
        )
        zone = page.locator("[data-drop-zone]")
        for event in ("dragenter", "dragover"):
            zone.dispatch_event(event, {"dataTransfer": transfer})
            expect(zone).to_have_attribute("data-over", "")
        zone.dispatch_event("drop", {"dataTransfer": transfer})
        page.wait_for_url("**/import/*")
        page.get_by_role("heading", name="Preview").wait_for()
        return page

    def commit(self) -> Page:
        """Book the previewed rows."""
        self.page.get_by_role("button", name="Import ").click()
        self.page.get_by_role("link", name="See the dashboard").wait_for()
        return self.page

    def bring_in(self, name: str, content: bytes) -> Page:
        """Upload and book a file."""
        self.upload(name, content)
        return self.commit()

    def post(self, path: str, fields: Mapping[str, str]) -> int:
        """Send a form as the page's script would, and return the status."""
        answer = self.context.request.post(
            self.address + path, form=dict(fields), headers={"HX-Request": "true"}
        )
        return answer.status

    def add_account(self, name: str, **fields: str) -> None:
        """Open an account without its dialog."""
        values = {"accountType": "checking", "currency": "EUR", **fields, "name": name}
        assert self.post("/accounts", values) == 204

    def shift(self) -> float:
        """Return how far the page moved by itself while it was drawn."""
        return float(self.page.evaluate("window.layoutShift"))

    def violations(self) -> Sequence[str]:
        """Return what axe finds on the page."""
        found: Any = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]

    def toast(self, text: str) -> Locator:
        """Return the message with a text, which must come."""
        found = self.page.locator(".toast", has_text=text).last
        found.wait_for()
        return found
