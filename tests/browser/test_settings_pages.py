"""Accounts, categories and settings: the dialogs, what they refuse, and what they take back."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import bank_files
from tests.browser.conftest import Newcomer
from tests.browser.visitor import PASSWORD, Visitor


def dialog(page: Page) -> Locator:
    """Return the open dialog."""
    found = page.locator("#dialog[open]")
    found.wait_for()
    return found


def test_the_first_account_is_added_from_the_welcome(ada: Visitor) -> None:
    page = ada.page
    page.get_by_role("link", name="Add an account by hand").click()
    page.wait_for_url("**/accounts?add=1")
    shown = dialog(page)
    shown.get_by_label("Name").fill("Everyday")
    shown.get_by_label("Balance at the start").fill("1.250,00")
    shown.get_by_role("button", name="Save").click()
    ada.toast("Added: Everyday")
    row = page.locator("#account-list li", has_text="Everyday")
    expect(row).to_contain_text("€1,250.00")

    row.get_by_role("button", name="Change Everyday").click()
    shown = dialog(page)
    shown.get_by_label("Name").fill("Joint account")
    shown.get_by_label("Balance at the start").fill("1300")
    shown.get_by_role("button", name="Save").click()
    ada.toast("Changed: Joint account")
    expect(page.locator("#account-list li", has_text="Joint account")).to_contain_text("€1,300.00")


def test_a_balance_keeps_its_decimals_when_its_currency_has_more_than_two(ada: Visitor) -> None:
    page = ada.go("/accounts?add=1")
    shown = dialog(page)
    for name, code, typed, sum_shown in (
        ("Dinars", "KWD", "123456.789", "KWD 123,456.789"),
        ("Cold wallet", "BTC", "0.12345678", "0.12345678"),
        ("Yen", "JPY", "1,234", "¥1,234"),
    ):
        shown.get_by_label("Name").fill(name)
        # Typed before the currency is chosen, it is still what was typed.
        shown.get_by_label("Balance at the start").fill(typed)
        shown.get_by_label("Currency").select_option(code)
        shown.get_by_role("button", name="Save").click()
        ada.toast(f"Added: {name}")
        expect(page.locator("#account-list li", has_text=name)).to_contain_text(sum_shown)
        page.get_by_role("button", name="Add account").click()
        shown = dialog(page)


def test_pages_stand_when_balances_together_exceed_the_largest_amount(ada: Visitor) -> None:
    page = ada.go("/accounts?add=1")
    for name in ("One", "Two"):
        shown = dialog(page)
        shown.get_by_label("Name").fill(name)
        shown.get_by_label("Balance at the start").fill("9999999999999.99")
        shown.get_by_role("button", name="Save").click()
        ada.toast(f"Added: {name}")
        expect(page.locator("#account-list li", has_text=name)).to_be_visible()
        page.get_by_role("button", name="Add account").click()
    for path in ("/accounts", "/dashboard"):
        expect(ada.go(path).locator("main")).to_contain_text("€19,999,999,999,999.98")


def test_an_account_is_closed_and_opened_again(ada: Visitor) -> None:
    ada.add_account("Everyday", openingBalance="10.00", openingDate="2026-10-31")
    ada.add_account("Old savings", accountType="savings")
    page = ada.go("/accounts")
    page.get_by_role("button", name="Change Old savings").click()
    dialog(page).get_by_role("button", name="Close account").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Close account").click()
    toast = ada.toast("The account is closed.")
    expect(page.get_by_text("1 closed account")).to_be_visible()
    toast.get_by_role("button", name="Undo").click()
    ada.toast("The account is open again.")
    expect(page.get_by_text("1 closed account")).to_have_count(0)

    # Money on it keeps it open, and the page says why.
    page.get_by_role("button", name="Change Everyday").click()
    dialog(page).get_by_role("button", name="Close account").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Close account").click()
    expect(page.locator(".toast").last).to_contain_text("10.00")
    ada.wrong[:] = [words for words in ada.wrong if "409" not in words]


def test_two_accounts_cannot_have_one_name(ada: Visitor) -> None:
    ada.add_account("Everyday")
    page = ada.go("/accounts")
    page.get_by_role("button", name="Add account").click()
    shown = dialog(page)
    shown.get_by_label("Name").fill("everyday")
    shown.get_by_role("button", name="Save").click()
    expect(shown.locator(".field-error, .notice").first).to_be_visible()
    assert shown.get_by_label("Name").input_value() == "everyday"


def test_categories_are_added_moved_merged_and_taken_apart(ada: Visitor) -> None:
    ada.bring_in("small.csv", bank_files.csv(header="Date,Payee,Amount"))
    page = ada.go("/categories")
    page.get_by_role("button", name="Add category").click()
    shown = dialog(page)
    shown.get_by_label("Name").fill("Cake")
    shown.get_by_label("Below").select_option(label="Food")
    shown.get_by_role("button", name="Save").click()
    ada.toast("Added: Cake")

    page.get_by_role("button", name="Rename or move Cake").click()
    shown = dialog(page)
    shown.get_by_label("Name").fill("Pastry")
    shown.get_by_role("button", name="Save").click()
    ada.toast("Changed: Pastry")

    page.get_by_role("button", name="Merge Pastry into another").click()
    shown = dialog(page)
    shown.get_by_label("Into").select_option(label="\u2003Groceries")
    shown.get_by_role("button", name="Merge").click()
    toast = ada.toast("Merged: Pastry")
    expect(page.get_by_role("link", name="Pastry")).to_have_count(0)
    toast.get_by_role("button", name="Undo").click()
    ada.toast("It stands on its own again.")
    expect(page.get_by_role("link", name="Pastry")).to_be_visible()


def test_profile_household_and_rates_are_saved_in_place(ada: Visitor) -> None:
    ada.add_account("Dollars", currency="USD")
    page = ada.go("/settings")
    page.get_by_label("Last name").fill("King")
    page.get_by_role("button", name="Save profile").click()
    ada.toast("Your profile is saved.")

    page.locator("#household-name").fill("Kings")
    page.get_by_role("button", name="Save household").click()
    ada.toast("The household is saved.")

    expect(page.get_by_text("No rate yet for USD.")).to_be_visible()
    page.get_by_label("Rate", exact=True).fill("0,92")
    page.get_by_role("button", name="Add rate").click()
    ada.toast("The rate is saved.")
    expect(page.locator("#rates table")).to_contain_text("0.92 EUR")
    page.get_by_role("button", name="Remove the rate of USD").click()
    ada.toast("The rate is removed.")
    expect(page.get_by_text("No rate yet for USD.")).to_be_visible()

    page = ada.go("/dashboard")
    expect(page.get_by_role("link", name="Kings").first).to_be_visible()
    expect(page.get_by_text("Ada King").first).to_be_visible()


def test_a_new_password_signs_every_other_device_out(ada: Visitor, newcomer: Newcomer) -> None:
    other = newcomer()
    other.email = ada.email
    other.sign_in()
    page = ada.go("/settings")
    expect(page.locator("#sessions li")).to_have_count(2)
    page.locator("#password-current").fill("not the password")
    page.locator("#password-new").fill("another long sentence")
    page.locator("#password-confirm").fill("another long sentence")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#password .field-error")).to_be_visible()

    page.locator("#password-current").fill(PASSWORD)
    page.locator("#password-new").fill("another long sentence")
    page.locator("#password-confirm").fill("another long sentence")
    page.get_by_role("button", name="Change password").click()
    ada.toast("Your password is changed.")
    other.go("/dashboard")
    assert "/signin" in other.page.url
    page = ada.go("/settings")
    expect(page.locator("#sessions li")).to_have_count(1)


def test_an_account_is_closed_by_its_password_and_cannot_be_entered_again(ada: Visitor) -> None:
    ada.bring_in("small.csv", bank_files.csv(header="Date,Payee,Amount"))
    page = ada.go("/settings")
    section = page.locator("#close")
    with page.expect_download() as download:
        section.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".csv")

    def close(password: str) -> None:
        section.get_by_label("Current password").fill(password)
        section.get_by_role("button", name="Close account").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Close my account").click()

    close("not the password")
    expect(section.locator(".field-error")).to_be_visible()
    assert section.get_by_label("Current password").input_value() == ""
    ada.wrong[:] = [words for words in ada.wrong if "422" not in words]
    close(PASSWORD)
    page.wait_for_url("**/signin")
    ada.toast("Your account is closed.")
    ada.go("/dashboard")
    assert "/signin" in page.url
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".notice, .field-error").first).to_be_visible()
    ada.wrong[:] = [words for words in ada.wrong if "401" not in words]


def test_another_device_can_be_signed_out(ada: Visitor, newcomer: Newcomer) -> None:
    other = newcomer()
    other.email = ada.email
    other.sign_in()
    page = ada.go("/settings")
    page.get_by_role("button", name="Sign out Chrome on Linux").click()
    ada.toast("That device is signed out.")
    expect(page.locator("#sessions li")).to_have_count(1)
    other.go("/transactions")
    assert "/signin" in other.page.url


def test_a_page_that_is_not_there_says_so_and_leads_back(ada: Visitor) -> None:
    page = ada.go("/nothing-here")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert ada.violations() == []
    page.get_by_role("link", name="Go to the dashboard").click()
    page.wait_for_url("**/dashboard")
    ada.wrong[:] = [words for words in ada.wrong if "status of 404" not in words]


def test_a_new_name_is_shown_beside_the_page_at_once(ada: Visitor) -> None:
    page = ada.go("/settings")
    household = page.locator("#household")
    household.get_by_label("Name").fill("The <b>Larks</b>")
    household.get_by_role("button", name="Save household").click()
    ada.toast("The household is saved.")
    expect(page.locator(".rail [data-shown-household]")).to_have_text("The <b>Larks</b>")
    profile = page.locator("#profile")
    profile.get_by_label("First name").fill("Augusta")
    profile.get_by_role("button", name="Save profile").click()
    ada.toast("Your profile is saved.")
    expect(page.locator(".rail [data-shown-name]")).to_contain_text("Augusta")
    # The page itself shows them once.
    expect(page.locator("#main")).not_to_contain_text("Larks")


def test_a_long_account_name_leaves_the_deeds_of_its_rows_in_reach(ada: Visitor) -> None:
    ada.add_account("Z" * 100, openingBalance="500.00", openingDate="2026-10-31")
    page = ada.go("/transactions")
    form = page.locator("form[data-inline]")
    form.get_by_label("Payee").fill("Bakery")
    form.get_by_label("Amount").fill("4.80")
    form.get_by_role("button", name="Save").click()
    ada.toast("Added: Bakery")
    ada.go("/dashboard")
    latest = page.locator("[aria-labelledby=latest-title]")
    latest.get_by_role("link", name="Bakery").click()
    page.wait_for_url("**/transactions?from=*")
    row = page.locator("tr[data-row]", has_text="Bakery")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    ada.toast("Deleted: Bakery")
    ada.go("/transactions/trash")
    page.get_by_role("button", name="Put back Bakery").click()
    ada.toast("Put back as it was.")


def test_charts_are_tables_without_a_script(ada: Visitor, browser: Browser) -> None:
    ada.add_account("Everyday", openingBalance="500.00", openingDate="2026-10-31")
    state = ada.page.context.storage_state()
    plain = browser.new_context(java_script_enabled=False, storage_state=state)
    page = plain.new_page()
    page.goto(ada.page.url)
    expect(page.locator("#net-worth-chart table")).to_contain_text("€500.00")
    expect(page.locator("#net-worth-chart [data-chart-canvas]")).to_be_hidden()
    plain.close()


def test_a_dialog_is_left_by_its_backdrop_and_by_nothing_like_it(ada: Visitor) -> None:
    ada.add_account("Everyday")
    page = ada.go("/accounts")
    page.get_by_role("button", name="Change Everyday").click()
    shown = dialog(page)
    # A text that is marked until outside of the dialog.
    box = shown.get_by_label("Name").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(5, 5, steps=4)
    page.mouse.up()
    expect(shown).to_be_visible()
    # A double click upon what opens a question.
    shown.get_by_role("button", name="Close account").dblclick(force=True)
    question = page.locator("#confirm[open]")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Cancel").click()
    page.mouse.click(5, 5)
    expect(page.locator("#dialog[open]")).to_have_count(0)
