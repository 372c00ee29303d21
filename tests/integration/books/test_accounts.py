"""Accounts through the API: opening, tree, totals, changing, closing, removing."""

from __future__ import annotations

import pytest

from tests.integration.books.book import Book, Json


async def test_answers_the_account_when_opened(book: Book) -> None:
    card = await book.ann.account(
        "  Visa ", accountType="credit_card", openingBalance="-350", openingDate="2026-01-31"
    )
    assert (card["name"], card["currency"], card["balance"]) == ("Visa", "EUR", "-350.00")
    assert (card["accountClass"], card["openingDate"]) == ("liability", "2026-01-31")
    assert (card["openingBalance"], card["transactionCount"]) == ("-350.00", 1)
    events = await book.event_types(book.ann)
    assert events[-2:] == ["AccountOpened", "EntryPosted"]
    assert card["householdSeq"] == len(events)
    read = await book.ann.get(f"/api/accounts/{card['id']}")
    assert {**read, "householdSeq": card["householdSeq"]} == card


async def test_writes_no_opening_when_the_balance_is_zero(book: Book) -> None:
    account = await book.ann.account(openingBalance=0, openingDate="2026-01-31")
    assert (account["openingBalance"], account["openingDate"]) == ("0.00", None)
    assert await book.count("entries") == 0


async def test_opens_once_when_the_key_repeats(book: Book) -> None:
    body = {"name": "Cash", "accountType": "cash"}
    first = await book.ann.send("POST", "/api/accounts", body, key="open")
    again = await book.ann.send("POST", "/api/accounts", body, key="open")
    assert first.content == again.content
    assert len((await book.ann.get("/api/accounts"))["items"]) == 1


async def test_totals_are_net_worth_when_listed(book: Book) -> None:
    await book.ann.account("Bank", openingBalance="1000.00")
    await book.ann.account("Card", accountType="credit_card", openingBalance="-350.00")
    await book.ann.account("Dollars", currency="USD", openingBalance="200.00")
    totals = (await book.ann.get("/api/accounts"))["totals"]
    assert totals == {
        "currency": "EUR",
        "assets": "1000.00",
        "liabilities": "-350.00",
        "netWorth": "650.00",
        "missingRates": ["USD"],
    }
    await book.ann.put(
        "/api/rates", {"commodity": "USD", "quote": "EUR", "date": "2026-11-01", "rate": "0.9"}
    )
    totals = (await book.ann.get("/api/accounts"))["totals"]
    assert (totals["assets"], totals["netWorth"]) == ("1180.00", "830.00")
    assert totals["missingRates"] == []


async def test_sums_what_is_below_when_it_is_a_tree(book: Book) -> None:
    top = await book.ann.account("Bank", openingBalance="100.00")
    child = await book.ann.account("Pot", parentId=top["id"], openingBalance="20.00")
    await book.ann.account("Yen", parentId=child["id"], currency="JPY", openingBalance="1000")
    items = (await book.ann.get("/api/accounts"))["items"]
    assert [(one["name"], one["depth"]) for one in items] == [("Bank", 0), ("Pot", 1), ("Yen", 2)]
    assert items[0]["treeBalance"] is None
    await book.ann.put(
        "/api/rates", {"commodity": "EUR", "quote": "JPY", "date": "2026-11-01", "rate": 160}
    )
    items = (await book.ann.get("/api/accounts"))["items"]
    assert [one["treeBalance"] for one in items] == ["126.25", "26.25", "1000"]


async def test_moves_the_books_when_the_opening_balance_changes(book: Book) -> None:
    account = await book.ann.account(openingBalance="100.00", openingDate="2026-01-01")
    path = f"/api/accounts/{account['id']}"
    changed = await book.ann.patch(path, {"openingBalance": "80.00"})
    assert (changed["balance"], changed["openingDate"]) == ("80.00", "2026-01-01")
    changed = await book.ann.patch(path, {"openingDate": "2026-02-01"})
    assert (changed["balance"], changed["openingDate"]) == ("80.00", "2026-02-01")
    changed = await book.ann.patch(path, {"openingBalance": "0"})
    assert (changed["balance"], changed["openingDate"]) == ("0.00", None)
    assert await book.count("entries") == 0
    changed = await book.ann.patch(path, {"openingBalance": "5", "openingDate": "2025-01-01"})
    assert (changed["balance"], changed["openingDate"]) == ("5.00", "2025-01-01")
    events = await book.event_types(book.ann)
    assert events[-5:] == [
        "EntryPosted",
        "EntryChanged",
        "EntryChanged",
        "EntryDeleted",
        "EntryPosted",
    ]


async def test_changes_only_what_is_given_when_patched(book: Book) -> None:
    top = await book.ann.account("Top")
    account = await book.ann.account("Old", externalId="DE123")
    path = f"/api/accounts/{account['id']}"
    changed = await book.ann.patch(
        path, {"name": "New", "parentId": top["id"], "order": 7, "version": 1}
    )
    assert (changed["name"], changed["parentId"], changed["order"]) == ("New", top["id"], 7)
    assert (changed["externalId"], changed["version"]) == ("DE123", 2)
    await book.ann.refused("PATCH", path, {"version": 1}, status=409, code="version_conflict")
    back = await book.ann.patch(path, {"parentId": None, "externalId": None})
    assert (back["parentId"], back["externalId"]) == (None, None)
    before = await book.event_types(book.ann)
    same = await book.ann.patch(path, {"name": "New"})
    assert same["version"] == back["version"]
    assert await book.event_types(book.ann) == before


async def test_keeps_the_class_when_entries_stand_on_it(book: Book) -> None:
    account = await book.ann.account()
    path = f"/api/accounts/{account['id']}"
    changed = await book.ann.patch(path, {"accountType": "loan"})
    assert changed["accountClass"] == "liability"
    await book.ann.spend(account)
    assert (await book.ann.patch(path, {"accountType": "mortgage"}))["accountType"] == "mortgage"
    await book.ann.refused(
        "PATCH", path, {"accountType": "savings"}, status=409, code="account_type_fixed"
    )


async def test_refuses_a_parent_when_it_does_not_fit(book: Book) -> None:
    top = await book.ann.account("Top")
    child = await book.ann.account("Child", parentId=top["id"])
    loan = await book.ann.account("Loan", accountType="loan")
    food = await book.ann.category_called("Food")
    foreign = await book.bob.account("Bob")
    for parent, status, code in (
        (child, 409, "account_tree_cycle"),
        (top, 409, "account_tree_cycle"),
        (loan, 422, "parent_of_other_class"),
        (food, 422, "parent_of_other_class"),
        (foreign, 422, "parent_not_found"),
    ):
        await book.ann.refused(
            "PATCH",
            f"/api/accounts/{top['id']}",
            {"parentId": parent["id"]},
            status=status,
            code=code,
        )


async def test_closes_when_nothing_is_left(book: Book) -> None:
    account = await book.ann.account(openingBalance="10.00")
    path = f"/api/accounts/{account['id']}"
    problem = await book.ann.refused("POST", f"{path}/close", status=409, code="balance_not_zero")
    assert "10.00 EUR" in problem["detail"]
    await book.ann.spend(account, "10.00")
    assert (await book.ann.post(f"{path}/close", status=200))["isClosed"]
    assert (await book.ann.post(f"{path}/close", status=200))["isClosed"]
    await book.ann.refused(
        "PATCH", path, {"openingBalance": "1"}, status=409, code="account_closed"
    )
    await book.ann.refused(
        "POST",
        "/api/accounts",
        {"name": "Below", "accountType": "cash", "parentId": account["id"]},
        status=409,
        code="account_closed",
    )
    assert not (await book.ann.post(f"{path}/reopen", status=200))["isClosed"]
    events = await book.event_types(book.ann)
    assert events[-2:] == ["AccountClosed", "AccountReopened"]


async def test_is_removed_only_when_unused(book: Book) -> None:
    account = await book.ann.account()
    child = await book.ann.account("Child", parentId=account["id"])
    path = f"/api/accounts/{account['id']}"
    await book.ann.refused("DELETE", path, status=409, code="account_in_use")
    await book.ann.delete(f"/api/accounts/{child['id']}")
    made = await book.ann.spend(account)
    problem = await book.ann.refused("DELETE", path, status=409, code="account_in_use")
    assert "lose it" in problem["fix"]
    await book.ann.delete(f"/api/transactions/{made['id']}")
    assert (await book.ann.delete(path))["id"] == account["id"]
    await book.ann.refused("GET", path, status=404, code="account_not_found")
    assert (await book.event_types(book.ann))[-1] == "AccountRemoved"


async def test_refuses_a_name_when_a_sibling_has_it(book: Book) -> None:
    await book.ann.account("Coffee  Shops")
    card = await book.ann.account("Card", accountType="credit_card")
    problem = await book.ann.refused(
        "POST",
        "/api/accounts",
        {"name": "COFFEE shops", "accountType": "loan"},
        status=409,
        code="name_taken",
    )
    assert problem["field"] == "name"
    await book.ann.refused(
        "PATCH",
        f"/api/accounts/{card['id']}",
        {"name": "coffee shops"},
        status=409,
        code="name_taken",
    )
    await book.ann.account("Coffee Shops", accountType="credit_card", parentId=card["id"])
    await book.bob.account("Coffee Shops")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "  "}, 422, "name_missing"),
        ({"name": "x" * 101}, 422, "text_too_long"),
        ({"name": "a\nb"}, 422, "text_not_printable"),
        ({"name": 5}, 422, "invalid_request"),
        ({"accountType": "piggy"}, 422, "invalid_request"),
        ({"currency": "eur"}, 422, "currency_unknown"),
        ({"currency": "XXX"}, 422, "currency_unknown"),
        ({"currency": "XXX", "openingBalance": "5"}, 422, "currency_unknown"),
        ({"openingBalance": "0.005"}, 422, "amount_too_precise"),
        ({"openingBalance": "1e15"}, 422, "amount_too_large"),
        ({"openingBalance": "NaN"}, 422, "amount_not_finite"),
        ({"openingBalance": "5", "openingDate": "2026-02-30"}, 422, "date_invalid"),
        ({"openingDate": "1800-01-01"}, 422, "date_out_of_range"),
        ({"parentId": "17"}, 422, "parent_not_found"),
        ({"externalId": "x" * 101}, 422, "text_too_long"),
        ({"colour": "red"}, 422, "invalid_request"),
    ],
)
async def test_opens_nothing_when_the_input_is_bad(
    book: Book, change: Json, status: int, code: str
) -> None:
    before = await book.event_types(book.ann)
    body = {"name": "Bank", "accountType": "checking", **change}
    await book.ann.refused("POST", "/api/accounts", body, status=status, code=code)
    assert await book.event_types(book.ann) == before
