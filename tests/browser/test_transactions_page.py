"""The list of transactions: adding by keyboard, editing in place, splitting, moving, undoing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import bank_files
from tests.browser.conftest import PHONE, Newcomer
from tests.browser.visitor import Visitor
from tests.waiting import wait_until

HTML = '<b>x</b><img src=x onerror="alert(1)">\'"&amp;'


@pytest.fixture
def booked(ada: Visitor) -> Visitor:
    """Return a person with two accounts in euros and one in dollars, at the list."""
    ada.add_account("Everyday", openingBalance="500.00", openingDate="2026-10-31")
    ada.add_account("Savings", accountType="savings")
    ada.add_account("Dollars", currency="USD")
    ada.go("/transactions")
    return ada


def quick_add(page: Page) -> Locator:
    """Return the form above the list."""
    return page.locator("form[data-inline]")


def add(page: Page, payee: str, amount: str, **choices: str) -> None:
    """Add one transaction with the form above the list."""
    form = quick_add(page)
    form.get_by_label("Payee").fill(payee)
    form.get_by_label("Amount").fill(amount)
    for label, choice in choices.items():
        form.get_by_label(label, exact=True).select_option(label=choice)
    form.get_by_role("button", name="Save").click()
    page.locator(".toast", has_text=f"Added: {payee}").last.wait_for()


def rows(page: Page) -> Locator:
    """Return the rows of the list."""
    return page.locator("#transaction-list tr[data-row]")


def test_the_keyboard_alone_adds_one_after_another(booked: Visitor) -> None:
    page = booked.page
    page.keyboard.press("n")
    for payee, amount in (("Corner Bakery", "4,80"), ("Market", "1.234,50")):
        booked.has_focus("payee", by="name")
        page.keyboard.type(payee)
        page.keyboard.press("Tab")
        page.keyboard.type(amount)
        page.keyboard.press("Enter")
        page.locator(".toast", has_text=f"Added: {payee}").wait_for()
        expect(rows(page).filter(has_text=payee)).to_be_visible()
        booked.has_focus("payee", by="name")
    expect(rows(page).filter(has_text="Market")).to_contain_text("−€1,234.50")
    expect(rows(page).filter(has_text="Corner Bakery")).to_contain_text("−€4.80")


def test_a_payee_brings_the_category_of_last_time(booked: Visitor) -> None:
    page = booked.page
    add(page, "Corner Bakery", "4.80", Category="Groceries")
    form = quick_add(page)
    form.get_by_label("Payee").press_sequentially("corner bakery", delay=20)
    expect(form.locator("select[name=categoryId] option:checked")).to_contain_text("Groceries")


def test_the_first_transaction_of_all_brings_the_filters(ada: Visitor) -> None:
    ada.add_account("Everyday")
    page = ada.go("/transactions")
    page.get_by_role("heading", name="No transactions yet").wait_for()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    add(page, "Corner Bakery", "4.80")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_an_added_transaction_can_be_taken_back_at_once(booked: Visitor) -> None:
    page = booked.page
    add(page, "Mistake", "10.00")
    booked.toast("Added: Mistake").get_by_role("button", name="Undo").click()
    booked.toast("Taken back.")
    expect(rows(page).filter(has_text="Mistake")).to_have_count(0)


def test_a_deleted_row_waits_in_the_trash_and_comes_back(booked: Visitor) -> None:
    page = booked.page
    for payee in ("Bakery", "Butcher"):
        add(page, payee, "5.00")
    rows(page).filter(has_text="Bakery").hover()
    page.get_by_role("button", name="Delete Bakery").click()
    booked.toast("Deleted: Bakery").get_by_role("button", name="Undo").click()
    booked.toast("Put back as it was.")
    expect(rows(page).filter(has_text="Bakery")).to_be_visible()

    rows(page).filter(has_text="Butcher").hover()
    page.get_by_role("button", name="Delete Butcher").click()
    booked.toast("Deleted: Butcher")
    page = booked.go("/transactions/trash")
    assert booked.violations() == []
    page.get_by_role("button", name="Put back Butcher").click()
    booked.toast("Put back as it was.")
    expect(page.locator("#trash tr", has_text="Butcher")).to_have_count(0)
    page = booked.go("/transactions")
    expect(rows(page).filter(has_text="Butcher")).to_be_visible()


def test_a_split_must_add_up_and_is_shown_with_its_parts(booked: Visitor) -> None:
    page = booked.page
    add(page, "Department Store", "50.00")
    page.get_by_role("button", name="Department Store", exact=True).click()
    form = page.locator("tr form[data-transaction]")
    form.get_by_role("button", name="Split").click()
    for part, (category, amount) in enumerate((("Groceries", "30"), ("Clothes", "15")), start=1):
        form.get_by_label(f"Category of part {part}").select_option(label=category_label(category))
        form.get_by_label(f"Amount of part {part}").fill(amount)
    form.get_by_text("€5.00 left to assign.").wait_for()
    form.get_by_role("button", name="Save").click()
    form.locator(".notice, .field-error").first.wait_for()
    assert form.get_by_label("Amount of part 2").input_value() == "15.00"

    form.get_by_label("Amount of part 2").fill("20")
    form.get_by_text("All of it is assigned.").wait_for()
    form.get_by_role("button", name="Save").click()
    booked.toast("Changed: Department Store")
    expect(rows(page).filter(has_text="Department Store")).to_contain_text("2 categories")
    page.get_by_role("button", name="Department Store", exact=True).click()
    assert form.get_by_label("Amount of part 2").input_value() == "20.00"


def category_label(name: str) -> str:
    """Return a category as the list of choice writes it: one step below its parent."""
    return f"\u2003{name}"


def test_money_moves_between_accounts_also_of_two_currencies(booked: Visitor) -> None:
    page = booked.page
    form = quick_add(page)
    form.get_by_text("Moved").click()
    form.get_by_label("Amount").fill("40.00")
    form.get_by_label("Account", exact=True).select_option(label="Everyday · EUR")
    form.get_by_label("To account").select_option(label="Savings · EUR")
    form.get_by_role("button", name="Save").click()
    expect(rows(page).filter(has_text="To Savings")).to_contain_text("€40.00")

    page.get_by_role("button", name="Add transaction").first.click()
    dialog = page.locator("#dialog form[data-transaction]")
    dialog.get_by_text("Moved").click()
    dialog.get_by_label("Amount", exact=True).fill("100")
    dialog.get_by_label("Account", exact=True).select_option(label="Everyday · EUR")
    dialog.get_by_label("To account").select_option(label="Dollars · USD")
    dialog.get_by_label("Amount that arrives").fill("108.50")
    dialog.get_by_role("button", name="Save").click()
    expect(rows(page).filter(has_text="To Dollars")).to_contain_text("€100.00")
    page = booked.go("/accounts")
    expect(page.locator("li", has_text="Dollars")).to_contain_text("$108.50")
    expect(page.locator("li", has_text="Everyday")).to_contain_text("€360.00")


def test_a_wrong_amount_is_said_at_its_field_and_kept(booked: Visitor) -> None:
    page = booked.page
    form = quick_add(page)
    form.get_by_label("Payee").fill("Nobody")
    form.get_by_label("Amount").fill("twelve")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".field-error")).to_contain_text("Write a number like 12.34.")
    assert form.get_by_label("Amount").input_value() == "twelve"
    assert form.get_by_label("Payee").input_value() == "Nobody"
    booked.has_focus("amount", by="name")


def test_a_long_list_comes_in_pages_and_stays_light(ada: Visitor) -> None:
    ada.bring_in("year.ofx", bank_files.ofx(bank_files.many(400)))
    page = ada.go("/transactions")
    expect(page.locator("#totals")).to_contain_text("400 transactions")
    assert rows(page).count() == 30
    seen: set[str] = set()

    def has_seen_all() -> bool:
        seen.update(page.locator("tr[data-row]").evaluate_all("all => all.map(one => one.id)"))
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(60)
        return len(seen) >= 400

    wait_until(has_seen_all, what="the last row")
    assert len(seen) == 400
    assert page.locator("*").count() <= 5_000


def test_filters_narrow_the_list_stay_in_the_address_and_can_be_removed(ada: Visitor) -> None:
    ada.bring_in("year.ofx", bank_files.ofx(bank_files.many(60)))
    page = ada.go("/transactions")
    page.get_by_label("Search").press_sequentially("shop 7")
    expect(page.locator("#totals")).to_contain_text("5 transactions")
    assert page.url.endswith("/transactions?q=shop+7")
    page.reload()
    expect(page.locator("#totals")).to_contain_text("5 transactions")
    page.get_by_label("Remove the filter “shop 7”").click()
    expect(page.locator("#totals")).to_contain_text("60 transactions")

    page = ada.go("/transactions?q=nothing+like+this")
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.locator("#totals")).to_contain_text("60 transactions")


def test_a_wrong_filter_is_said_and_left_out(ada: Visitor) -> None:
    ada.bring_in("small.ofx", bank_files.ofx())
    page = ada.go("/transactions?minAmount=abc&accountId=5&from=2026-02-31")
    expect(rows(page)).to_have_count(4)
    expect(page.locator(".toast")).to_be_visible()


def test_ticked_rows_get_a_category_together_and_back(ada: Visitor) -> None:
    ada.bring_in("small.ofx", bank_files.ofx())
    page = ada.go("/transactions")
    for name in ("Fresh & Co Supermarket", "Corner Bakery"):
        rows(page).filter(has_text=name).get_by_role("checkbox").check()
    bar = page.locator("#bulk-bar")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_label("New category").focus()
    bar.get_by_label("New category").select_option(label=category_label("Groceries"))
    bar.get_by_role("button", name="Set category").click()
    ada.toast("Changed 2 transactions.")
    expect(rows(page).filter(has_text="Groceries")).to_have_count(2)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    ada.toast("Took back 2 transactions.")
    expect(rows(page).filter(has_text="Groceries")).to_have_count(0)


def test_html_in_every_field_is_shown_as_text(booked: Visitor) -> None:
    page = booked.page
    booked.add_account(HTML)
    page = booked.go("/transactions")
    page.get_by_role("button", name="Add transaction").first.click()
    dialog = page.locator("#dialog form[data-transaction]")
    dialog.get_by_label("Payee").fill(HTML)
    dialog.get_by_label("Amount", exact=True).fill("1")
    dialog.get_by_label("Account", exact=True).select_option(label=f"{HTML} · EUR")
    dialog.get_by_label("Tags").fill("<i>tag</i>")
    dialog.get_by_label("Notes").fill(HTML)
    dialog.get_by_role("button", name="Save").click()
    expect(rows(page).filter(has_text=HTML)).to_be_visible()
    for path in ("/dashboard", "/accounts", "/transactions?q=%3Cb%3Ex%3C%2Fb%3E"):
        page = booked.go(path)
        expect(page.get_by_text(HTML).filter(visible=True).first).to_be_visible()
        assert page.locator("main img[src=x], main b").count() == 0


def test_a_phone_adds_through_the_dialog(newcomer: Newcomer) -> None:
    ada = newcomer(**PHONE)
    ada.sign_up()
    ada.add_account("Cash", accountType="cash")
    page = ada.go("/dashboard")
    page.get_by_role("button", name="Add transaction").last.click()
    dialog = page.locator("#dialog form[data-transaction]")
    dialog.get_by_label("Payee").fill("Corner Bakery")
    dialog.get_by_label("Amount", exact=True).fill("4.80")
    dialog.get_by_role("button", name="Save").click()
    ada.toast("Added: Corner Bakery")
    expect(page.locator("[aria-labelledby=latest-title]")).to_contain_text("Corner Bakery")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_was_wrong_is_forgotten_when_the_next_try_is_booked(booked: Visitor) -> None:
    page = booked.page
    form = quick_add(page)
    form.get_by_label("Payee").fill("Bakery")
    form.get_by_label("Amount").fill("0")
    form.get_by_role("button", name="Save").click()
    form.locator(".field-error").wait_for()
    add(page, "Bakery", "4.80")
    expect(form.locator(".field-error")).to_have_count(0)
    expect(form.get_by_label("Amount")).not_to_have_attribute("aria-invalid", "true")


def test_what_is_half_typed_stays_when_another_form_books(booked: Visitor) -> None:
    page = booked.page
    quick_add(page).get_by_label("Payee").fill("Half typed")
    page.locator(".rail [data-quick-add-open]").click()
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("Payee").fill("Market")
    dialog.get_by_label("Amount", exact=True).fill("7")
    dialog.get_by_role("button", name="Save").click()
    page.locator(".toast", has_text="Added: Market").wait_for()
    expect(quick_add(page).get_by_label("Payee")).to_have_value("Half typed")


def test_parts_are_in_the_currency_of_the_account_and_keep_their_memos(booked: Visitor) -> None:
    page = booked.page
    page.locator(".rail [data-quick-add-open]").click()
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("Payee").fill("Mall")
    dialog.get_by_label("Account", exact=True).select_option(label="Dollars · USD")
    dialog.get_by_label("Amount", exact=True).fill("30")
    dialog.get_by_role("button", name="Split").click()
    lines = dialog.locator("[data-split-row]")
    expect(lines.locator("[data-currency-sign]")).to_have_text(["$", "$"])
    expect(dialog.locator("[data-split-rest]")).to_contain_text("$30.00")
    # A line that goes leaves no number behind that the next one would take, too.
    lines.first.locator("[data-split-remove]").click()
    dialog.get_by_role("button", name="Split").click()
    names = lines.locator("select").evaluate_all("all => all.map((one) => one.name)")
    assert len(set(names)) == len(names) == 2
    for index, amount in enumerate(("10", "20")):
        lines.nth(index).locator("select").select_option(index=index + 1)
        lines.nth(index).get_by_label("Amount").fill(amount)
        memo = lines.nth(index).locator("[name$='.memo']")
        memo.evaluate("(field, text) => { field.value = text }", f"memo {index}")
    dialog.get_by_role("button", name="Save").click()
    page.locator(".toast", has_text="Added: Mall").wait_for()

    rows(page).filter(has_text="Mall").locator("[data-row-edit]").click()
    edited = page.locator("tr form")
    edited.get_by_label("Notes").fill("seen")
    edited.get_by_role("button", name="Save").click()
    row = rows(page).filter(has_text="seen")
    row.locator("[data-row-edit]").click()
    memos = page.locator("tr form [data-split-lines] [name$='.memo']")
    expect(memos.first).to_have_value("memo 0")
    expect(memos.last).to_have_value("memo 1")


def test_what_arrives_in_another_currency_is_shown(booked: Visitor) -> None:
    page = booked.page
    page.locator(".rail [data-quick-add-open]").click()
    dialog = page.locator("#dialog[open]")
    dialog.get_by_text("Moved").click()
    dialog.get_by_label("Account", exact=True).select_option(label="Everyday · EUR")
    dialog.get_by_label("To account").select_option(label="Dollars · USD")
    dialog.get_by_label("Amount", exact=True).fill("100")
    dialog.get_by_label("Amount that arrives").fill("108.33")
    dialog.get_by_role("button", name="Save").click()
    row = rows(page).filter(has_text="To Dollars")
    expect(row).to_contain_text("€100.00")
    expect(row).to_contain_text("$108.33 arrived")


def test_a_phone_chooses_an_account_among_the_filters_which_then_make_room(
    newcomer: Newcomer,
) -> None:
    ada = newcomer(**PHONE)
    ada.sign_up()
    ada.add_account("Everyday", openingBalance="500.00", openingDate="2026-10-31")
    ada.add_account("Savings", accountType="savings")
    page = ada.page
    ada.go("/transactions")
    account = page.locator("#filters select[name=accountId]")
    expect(account).to_be_hidden()
    page.locator("#filters label:has([data-reveal])").click()
    account.focus()
    account.select_option(label="Savings · EUR")
    expect(page.locator("#transaction-list")).to_contain_text("Savings")
    page.reload()
    expect(page.locator("#more-filters")).to_be_hidden()
    ada.go("/transactions?from=2026-11-01")
    expect(page.locator("#more-filters")).to_be_visible()


def test_payees_can_be_read_on_a_small_desk(booked: Visitor) -> None:
    page = booked.page
    add(page, "Corner Bakery", "4.80")
    page.set_viewport_size({"width": 1024, "height": 768})
    payee = rows(page).filter(has_text="Corner Bakery").locator("[data-row-edit]")
    assert payee.evaluate("one => one.scrollWidth <= one.clientWidth")
    # Nothing of the filters lies upon something else.
    places = page.locator("#filters label:visible").evaluate_all(
        "all => all.map((one) => [...one.children].reduce("
        "(at, child) => Math.max(at, child.getBoundingClientRect().right), 0)"
        " - one.getBoundingClientRect().right)"
    )
    assert max(places) <= 1
