"""What a new person does first: sign up, bring a bank file in, look, correct, take back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import bank_files
from tests.browser.conftest import Newcomer
from tests.browser.visitor import Visitor

GERMAN = (
    "Buchungstag;Empfänger;Betrag\r\n02.11.2026;Arbeit;3.000,00\r\n03.11.2026;Miete;-1.038,92\r\n"
).encode("cp1252")
# The column that was called the text is the payee by now, which stands first.
BREAD_OF_THE_BAKERY = re.compile("Bread.*Bakery", re.DOTALL)
_ROOT = Path(__file__).resolve().parents[2]
_REAL_FILES = Path(
    os.environ.get("PFH_TEST_BANK_FILES", _ROOT.parent / "shared" / "fixtures" / "bank-files")
)
# File, rows that a person sees as new in an empty book.
REAL = (
    ("ofx1-sgml/annacruz-ofx__bradesco.ofx", 6),
    ("ofx2-xml/csingley-ofxtools__stmtrs_euro.ofx", 2),
    ("qfx/actualbudget-actual__html-vals.qfx", 2),
)


def figure(page: Page, name: str) -> str:
    """Return the figure of the month card on the dashboard."""
    line = page.locator("[aria-labelledby=month-title] a", has_text=name)
    return line.locator(".figure").inner_text()


def test_a_bank_file_is_dropped_onto_the_page(ada: Visitor) -> None:
    page = ada.drop("november.ofx", bank_files.ofx())
    expect(page.get_by_role("heading", name="november.ofx")).to_be_visible()
    expect(page.get_by_role("button", name="Import 4 transactions")).to_be_visible()
    ada.commit()
    assert figure(ada.go("/dashboard"), "Spent") == bank_files.SPENT


def test_a_bank_file_becomes_a_true_dashboard_and_can_be_taken_back(newcomer: Newcomer) -> None:
    ada = newcomer()
    page = ada.sign_up()
    page.get_by_role("link", name="Import a bank file").click()
    page.wait_for_url("**/import")

    ada.upload("november.ofx", bank_files.ofx())
    expect(page.get_by_text("Fresh & Co Supermarket")).to_be_visible()
    expect(page.get_by_role("button", name="Import 4 transactions")).to_be_visible()
    ada.commit()
    page.get_by_role("link", name="See the dashboard").click()
    page.wait_for_url("**/dashboard")
    assert figure(page, "Received") == bank_files.RECEIVED
    assert figure(page, "Spent") == bank_files.SPENT
    assert figure(page, "Kept") == bank_files.KEPT

    ada.go("/transactions")
    page.get_by_role("button", name="Corner Bakery", exact=True).click()
    form = page.locator("tr form[data-transaction]")
    form.get_by_label("Amount", exact=True).fill("104.80")
    form.get_by_role("button", name="Save").click()
    toast = ada.toast("Changed: Corner Bakery")
    ada.go("/dashboard")
    assert figure(page, "Spent") == "€1,138.92"

    ada.go("/transactions")
    page.get_by_role("button", name="Corner Bakery", exact=True).click()
    form.get_by_role("button", name="Undo last change").click()
    toast = ada.toast("Taken back.")
    expect(page.get_by_text("−€4.80")).to_be_visible()
    expect(toast.get_by_role("button", name="Undo: Taken back.")).to_be_visible()
    ada.go("/dashboard")
    assert figure(page, "Spent") == bank_files.SPENT

    ada.upload("november-again.ofx", bank_files.ofx())
    expect(page.get_by_role("link", name="Nothing new: choose another file")).to_be_visible()
    expect(page.locator("tr[data-outcome=duplicate]")).to_have_count(4)

    ada.go("/import")
    page.get_by_role("link", name="november.ofx", exact=True).click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take it back").click()
    page.get_by_role("heading", name="Taken back").wait_for()
    page = ada.go("/transactions")
    page.get_by_role("heading", name="No transactions yet").wait_for()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("statement.qfx", bank_files.qfx()),
        ("statement.csv", bank_files.csv()),
        ("umsaetze.csv", GERMAN),
    ],
)
def test_every_format_gives_the_same_figures(ada: Visitor, name: str, content: bytes) -> None:
    ada.bring_in(name, content)
    page = ada.go("/dashboard")
    assert figure(page, "Received") == bank_files.RECEIVED
    assert figure(page, "Spent") == bank_files.SPENT


@pytest.mark.parametrize(("name", "rows"), REAL)
def test_files_of_real_banks_come_in_and_are_known_afterwards(
    ada: Visitor, name: str, rows: int
) -> None:
    file = _REAL_FILES / name
    if not file.exists():
        pytest.skip("the real bank files are not here")
    page = ada.upload(file.name, file.read_bytes())
    expect(page.locator("tr[data-outcome=new]")).to_have_count(rows)
    ada.commit()
    page = ada.upload(file.name, file.read_bytes())
    expect(page.locator("tr[data-outcome=duplicate]")).to_have_count(rows)


def test_a_corrected_column_is_seen_at_once_and_remembered(ada: Visitor) -> None:
    table = b"When,What,Detail,Sum\n2026-11-03,Bakery,Bread,-4.80\n2026-11-04,Market,Fruit,-9.10\n"
    page = ada.upload("odd.csv", table)
    page.locator("#mapping summary").click()
    page.get_by_label("Payee").select_option(label="Detail")
    expect(page.locator("tr[data-outcome=new]").first).to_contain_text(BREAD_OF_THE_BAKERY)
    expect(page.get_by_label("Payee")).to_be_visible()
    ada.commit()

    later = b"When,What,Detail,Sum\n2026-11-09,Bakery,Cake,-7.20\n"
    page = ada.upload("later.csv", later)
    expect(page.get_by_text("as you confirmed them before")).to_be_visible()
    preview = page.locator("tr[data-outcome=new]")
    expect(preview).to_contain_text("Cake")


def test_nothing_is_booked_while_a_corrected_column_is_under_way(ada: Visitor) -> None:
    table = b"When,What,Detail,Sum\n2026-11-03,Bakery,Bread,-4.80\n"
    page = ada.upload("odd.csv", table)
    held: list[Route] = []
    page.route("**/settings", lambda route: held.append(route))  # noqa: PLW0108 -- it marks what it is given
    page.locator("#mapping summary").click()
    page.get_by_label("Payee").select_option(label="Detail")
    book = page.get_by_role("button", name="Import ")
    expect(book).to_be_disabled()
    assert len(held) == 1
    held[0].continue_()
    expect(book).to_be_enabled()
    expect(page.locator("tr[data-outcome=new]")).to_contain_text(BREAD_OF_THE_BAKERY)
    ada.commit()
    row = ada.go("/transactions").locator("#transaction-list tr[data-row]")
    expect(row).to_contain_text(BREAD_OF_THE_BAKERY)


def test_an_import_is_followed_to_its_end_when_an_answer_was_lost(ada: Visitor) -> None:
    lines = [
        f"2026-{1 + n % 12:02}-{1 + n % 28:02},Shop {n % 90},{n % 97 + 1}.50" for n in range(40_000)
    ]
    page = ada.upload("year.csv", "\n".join(["Date,Payee,Amount", *lines]).encode())
    page.route("**/import/*/body", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Import ").click()
    page.locator("#import-silent").wait_for()
    page.get_by_role("link", name="See the dashboard").wait_for()
    expect(page.locator("#import-silent")).to_be_hidden()
    # The console told of the answer that was taken from the page.
    ada.wrong.clear()


def test_a_file_that_is_none_is_refused_with_the_reason(ada: Visitor) -> None:
    page = ada.go("/import")
    page.set_input_files(
        "#import-file",
        {"name": "photo.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(900)},
    )
    page.get_by_role("heading", name="This file could not be read").wait_for()
    ada.go("/transactions").get_by_role("heading", name="No transactions yet").wait_for()


def test_sign_out_ends_the_session_on_the_server(newcomer: Newcomer) -> None:
    ada = newcomer()
    page = ada.sign_up()
    kept = ada.context.cookies()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/signin")
    ada.context.add_cookies(kept)  # type: ignore[arg-type]
    page = ada.go("/transactions")
    assert "/signin?next=/transactions" in page.url
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/transactions")


def test_a_return_after_lunch_needs_no_password(ada: Visitor) -> None:
    kept = [one for one in ada.context.cookies() if one.get("name") != "pfh_access"]
    ada.context.clear_cookies()
    ada.context.add_cookies(kept)  # type: ignore[arg-type]
    page = ada.go("/accounts")
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    assert "pfh_access" in {one.get("name") for one in ada.context.cookies()}


def test_a_wrong_form_comes_back_with_what_was_typed(newcomer: Newcomer) -> None:
    ada = newcomer()
    page = ada.go("/signup")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Lovelace")
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("The same password again").fill("other")
    page.get_by_label("I accept").check()
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("it needs at least 8")).to_be_visible()
    assert page.get_by_label("First name").input_value() == "Ada"
    assert page.get_by_label("Password", exact=True).input_value() == ""
    assert ada.violations() == []
