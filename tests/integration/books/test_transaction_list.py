"""Listing transactions: every filter, paging without gap or repeat, totals that equal a recount."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from tests.integration.books.book import Book, Json


async def fill(book: Book) -> dict[str, Json]:
    """Write 24 expenses of 8 days, an income, a transfer and an exchange; return what they name."""
    named = {
        "bank": await book.ann.account("Bank"),
        "card": await book.ann.account("Card", accountType="credit_card"),
        "dollars": await book.ann.account("Dollars", currency="USD"),
    }
    for name in ("Food", "Groceries", "Travel", "Salary"):
        named[name.casefold()] = await book.ann.category_called(name)
    for day, place in product(range(1, 9), range(3)):
        await book.ann.spend(
            named[("bank", "card", "dollars")[place]],
            f"{day}.{place}0",
            transactionDate=f"2026-10-{day:02}",
            categoryId=named[("food", "groceries", "travel")[place]]["id"],
            description=f"Thing 100% number_{day}",
            payee=("Bakery", "Market", "Railway")[place],
            tags=["even"] if day % 2 == 0 else [],
            status="pending" if day == 8 else "cleared",
        )
    moved = {"transactionDate": "2026-11-01", "transactionType": "transfer"}
    bank = named["bank"]
    await book.ann.spend(
        bank, "500", **{**moved, "transactionType": "income"}, categoryId=named["salary"]["id"]
    )
    await book.ann.spend(bank, "20", **moved, transferAccountId=named["card"]["id"])
    await book.ann.spend(
        bank, "30", **moved, transferAccountId=named["dollars"]["id"], transferAmount="33"
    )
    return named


async def ids(book: Book, query: str) -> list[str]:
    return [one["id"] for one in (await book.ann.get(f"/api/transactions?{query}"))["items"]]


async def test_matches_a_filter_by_hand_when_narrowed(book: Book) -> None:
    named = await fill(book)
    everything = (await book.ann.get("/api/transactions?limit=200"))["items"]
    assert len(everything) == 27
    bank, groceries = named["bank"]["id"], named["groceries"]["id"]
    payees = {one["name"]: one["id"] for one in (await book.ann.get("/api/payees"))["items"]}
    below_food = {named["food"]["id"], groceries}
    cases = {
        "from=2026-10-03&to=2026-10-05": lambda t: (
            "2026-10-03" <= t["transactionDate"] <= "2026-10-05"
        ),
        f"accountId={bank}": lambda t: bank in {t["accountId"], t["transferAccountId"]},
        f"accountId={named['dollars']['id']}": lambda t: (
            "USD" in {t["currency"], t["transferCurrency"]}
        ),
        f"categoryId={named['food']['id']}": lambda t: t["categoryId"] in below_food,
        f"categoryId={groceries}": lambda t: t["categoryId"] == groceries,
        f"categoryId={groceries}&accountId={bank}": lambda _: False,
        f"payeeId={payees['Market']}": lambda t: t["payee"] == "Market",
        "tag=EVEN": lambda t: t["tags"] == ["even"],
        "minAmount=4&maxAmount=5.15": lambda t: (
            Decimal(4) <= Decimal(t["amount"]) <= Decimal("5.15")
        ),
        "minAmount=100": lambda t: Decimal(t["amount"]) >= 100,
        "q=100%25": lambda t: "100%" in t["description"],
        "q=number_3": lambda t: t["description"].endswith("number_3"),
        "q=numberX3": lambda _: False,
        "q=bak+THING": lambda t: t["payee"] == "Bakery",
        "transactionType=transfer": lambda t: t["transactionType"] == "transfer",
        "status=pending": lambda t: t["status"] == "pending",
        "status=pending&tag=even&q=railway": lambda t: (
            t["status"] == "pending" and t["payee"] == "Railway"
        ),
    }
    for query, matches in cases.items():
        found = await book.ann.get(f"/api/transactions?limit=200&{query}")
        expected = [one["id"] for one in everything if matches(one)]  # type: ignore[no-untyped-call]
        assert [one["id"] for one in found["items"]] == expected, query
        assert found["totals"]["transactionCount"] == len(expected), query


async def test_gives_each_row_once_when_paged(book: Book) -> None:
    named = await fill(book)
    for query in ("", f"&accountId={named['bank']['id']}", f"&categoryId={named['food']['id']}"):
        whole = await ids(book, f"limit=200{query}")
        for limit in (1, 4, 7):
            seen: list[str] = []
            cursor = ""
            while True:
                page = await book.ann.get(f"/api/transactions?limit={limit}{query}{cursor}")
                assert (page["totals"] is None) == bool(cursor)
                seen += [one["id"] for one in page["items"]]
                if page["nextCursor"] is None:
                    break
                cursor = f"&cursor={page['nextCursor']}"
            assert seen == whole


async def test_totals_equal_a_recount_when_filtered(book: Book) -> None:
    named = await fill(book)
    for query in (
        "",
        "from=2026-10-02&to=2026-11-01",
        "from=2026-10-01&to=2026-10-31",
        f"accountId={named['bank']['id']}",
        "status=cleared",
    ):
        found = await book.ann.get(f"/api/transactions?limit=200&{query}")
        sums: dict[str, dict[str, Decimal]] = {}
        for one in found["items"]:
            of_code = sums.setdefault(one["currency"], {})
            kind = one["transactionType"]
            of_code[kind] = of_code.get(kind, Decimal(0)) + Decimal(one["amount"])
        shown = {one["currency"]: one for one in found["totals"]["byCurrency"]}
        assert shown.keys() == sums.keys(), query
        for code, kinds in sums.items():
            assert Decimal(shown[code]["income"]) == kinds.get("income", 0), query
            assert Decimal(shown[code]["expenses"]) == kinds.get("expense", 0), query
            assert Decimal(shown[code]["transfers"]) == kinds.get("transfer", 0), query


async def test_finds_the_present_name_when_a_payee_was_renamed_or_merged(book: Book) -> None:
    account = await book.ann.account()
    first = await book.ann.spend(account, payee="AMZN Mktp")
    second = await book.ann.spend(account, payee="Amazon")
    amzn = first["payeeId"]
    await book.ann.patch(f"/api/payees/{amzn}", {"name": "Mail order"})
    assert await ids(book, "q=mail+order") == [first["id"]]
    await book.ann.post(f"/api/payees/{amzn}/merge", {"intoId": second["payeeId"]}, status=200)
    assert await ids(book, "q=amazon") == [second["id"], first["id"]]
    assert await ids(book, f"payeeId={second['payeeId']}") == [second["id"], first["id"]]
    read = await book.ann.get(f"/api/transactions/{first['id']}")
    assert (read["payee"], read["payeeId"]) == ("Amazon", second["payeeId"])


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("from=2026-02-30", "date_invalid", "from"),
        ("to=9999-12-31", "date_out_of_range", "to"),
        ("minAmount=x", "filter_invalid", "minAmount"),
        ("maxAmount=-1", "filter_invalid", "maxAmount"),
        ("minAmount=1e999999", "filter_invalid", "minAmount"),
        ("cursor=abc", "cursor_invalid", "cursor"),
        ("cursor=2026-13-01.5", "cursor_invalid", "cursor"),
        ("limit=0", "invalid_request", "limit"),
        ("limit=201", "invalid_request", "limit"),
        ("limit=ten", "invalid_request", "limit"),
        ("status=done", "invalid_request", "status"),
        ("transactionType=gift", "invalid_request", "transactionType"),
        ("q=" + "x" * 201, "filter_invalid", "q"),
        ("colour=red", "invalid_request", "colour"),
        ("from=2026-01-01&from=2026-01-02", "invalid_request", "from"),
    ],
)
async def test_names_the_field_when_a_filter_is_wrong(
    book: Book, query: str, code: str, field: str
) -> None:
    problem = await book.ann.refused("GET", f"/api/transactions?{query}", status=422, code=code)
    assert problem["field"] == field


async def test_refuses_what_is_not_there_when_filtered(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    for query, code in (
        (f"accountId={food['id']}", "account_not_found"),
        (f"categoryId={account['id']}", "category_not_found"),
        ("accountId=99999999999999999999", "account_not_found"),
    ):
        await book.ann.refused("GET", f"/api/transactions?{query}", status=404, code=code)
    await book.bob.refused(
        "GET", f"/api/transactions?accountId={account['id']}", status=404, code="account_not_found"
    )


async def test_trash_gives_each_row_once_when_paged(book: Book) -> None:
    account = await book.ann.account()
    made = [await book.ann.spend(account, f"{n}.00") for n in range(1, 6)]
    for one in made:
        await book.ann.delete(f"/api/transactions/{one['id']}")
    seen: list[str] = []
    cursor = ""
    while True:
        page = await book.ann.get(f"/api/transactions/trash?limit=2{cursor}")
        seen += [one["id"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert sorted(seen) == sorted(one["id"] for one in made)
    assert (await book.bob.get("/api/transactions/trash"))["items"] == []
    await book.ann.refused(
        "GET", "/api/transactions/trash?cursor=x", status=422, code="cursor_invalid"
    )
