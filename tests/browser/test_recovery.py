"""Forgotten passwords and proven addresses, by the letters that lie in the hub's folder."""

from __future__ import annotations

import re
import time
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import Newcomer
from tests.browser.running_hub import RunningHub
from tests.browser.visitor import Visitor

NEW = "eleven green umbrellas"
_LINK = re.compile(r"(https?://\S+#[\w-]{43})")
_SECONDS_MAX = 60.0


def link_in_letter(hub: RunningHub, to: str, path: str) -> str:
    """Wait for the letter to an address and return its link, as a path of this hub."""
    deadline = time.monotonic() + _SECONDS_MAX
    while time.monotonic() < deadline:
        for file in (hub.data_dir / "mail").glob("*.eml"):
            mail = message_from_bytes(file.read_bytes(), policy=default)
            plain = mail.get_body(("plain",))
            found = _LINK.search(plain.get_content()) if plain is not None else None
            if mail["To"] == to and found is not None and path in found[1]:
                parts = urlsplit(found[1])
                return f"{parts.path}#{parts.fragment}"
        time.sleep(0.05)
    raise AssertionError(f"no letter with {path} came to {to}")


def test_a_forgotten_password_is_chosen_anew_with_the_link_of_a_letter(
    newcomer: Newcomer, hub: RunningHub
) -> None:
    ada: Visitor = newcomer()
    ada.sign_up()
    stranger = newcomer()
    page = stranger.go("/signin")
    page.get_by_role("link", name="Forgot your password?").click()
    assert stranger.violations() == []
    page.get_by_label("Email").fill(ada.email)
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_role("status").first).to_contain_text("a letter with a link is on its way")
    assert stranger.violations() == []

    page = stranger.go(link_in_letter(hub, ada.email, "/reset-password"))
    expect(page.get_by_label("New password")).to_be_visible()
    expect(page.get_by_label("Code from the letter")).to_have_value(re.compile(r"[\w-]{43}"))
    assert urlsplit(page.url).fragment == ""
    assert stranger.violations() == []
    page.get_by_label("New password").fill("short")
    page.get_by_label("The same password again").fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".field-error").first).to_be_visible()
    assert stranger.violations() == []
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same password again").fill(NEW)
    page.get_by_role("button", name="Change password").click()
    page.wait_for_url("**/signin")
    stranger.toast("Your password is changed.")
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")

    # The device that was signed in before is not any more.
    ada.go("/dashboard")
    ada.page.wait_for_url("**/signin**")


def test_an_address_is_proven_with_one_click_and_a_used_link_says_so(
    newcomer: Newcomer, hub: RunningHub
) -> None:
    ada = newcomer()
    ada.sign_up()
    link = link_in_letter(hub, ada.email, "/verify-email")
    page = ada.go(link)
    assert ada.violations() == []
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    assert ada.violations() == []
    page.goto("about:blank")
    page = ada.go(link)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".field-error, .notice").first).to_contain_text("used already")
