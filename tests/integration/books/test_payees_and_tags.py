"""Payees and tags through the API."""

from __future__ import annotations

from pfh.features.ledger.suggest_payees import suggest_payees
from tests.integration.books.book import Book


async def test_suggests_the_last_category_when_listed(book: Book) -> None:
    account = await book.ann.account()
    food, travel = await book.ann.category_called("Food"), await book.ann.category_called("Travel")
    day = {"payee": "Market", "transactionDate": "2026-11-03"}
    await book.ann.spend(account, **day, categoryId=travel["id"])
    await book.ann.spend(account, payee="MARKET", categoryId=food["id"])
    await book.ann.spend(
        account,
        "2.00",
        payee="Kiosk",
        splits=[
            {"amount": "1.00", "categoryId": food["id"]},
            {"amount": "1.00", "categoryId": travel["id"]},
        ],
    )
    items = (await book.ann.get("/api/payees"))["items"]
    assert [(one["name"], one["suggestedCategoryId"]) for one in items] == [
        ("Kiosk", None),
        ("Market", travel["id"]),
    ]
    assert items[1]["suggestedType"] == "expense"
    assert items[1]["suggestedAccountId"] == account["id"]
    await book.ann.post(f"/api/categories/{travel['id']}/merge", {"intoId": food["id"]}, status=200)
    (market,) = (await book.ann.get("/api/payees?q=mark"))["items"]
    assert market["suggestedCategoryId"] == food["id"]
    assert (await book.bob.get("/api/payees"))["items"] == []


async def test_suggests_what_starts_with_the_words_first_when_somebody_types(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    await book.ann.spend(account, payee="Fish Market", categoryId=food["id"])
    await book.ann.spend(account, payee="Market Hall")
    gone = await book.ann.spend(account, payee="Market 2")
    kept = await book.ann.spend(account, payee="Harbour")
    path = f"/api/payees/{gone['payeeId']}/merge"
    await book.ann.post(path, {"intoId": kept["payeeId"]}, status=200)
    found = await suggest_payees(book.services, book.ann.actor, " MARKET")
    assert [one.name for one in found] == ["Market Hall", "Fish Market"]
    assert (found[1].category_id, found[1].account_id) == (food["id"], account["id"])
    for typed in ("", "  ", "%", "_", "nobody"):
        assert await suggest_payees(book.services, book.ann.actor, typed) == []
    assert await suggest_payees(book.services, book.bob.actor, "market") == []


async def test_gives_each_payee_once_when_paged(book: Book) -> None:
    account = await book.ann.account()
    names = ["Äpfel", "apple_1", "Apple%2", "Éclair", "zoo", "日本"]
    for name in names:
        await book.ann.spend(account, payee=name)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await book.ann.get(f"/api/payees?limit=2{cursor}")
        seen += [one["name"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert sorted(seen) == sorted(names)
    assert [one["name"] for one in (await book.ann.get("/api/payees?q=%25"))["items"]] == [
        "Apple%2"
    ]
    for cursor in ("x", "AA.1.2", "_w.1", "AA.x"):
        await book.ann.refused(
            "GET", f"/api/payees?cursor={cursor}", status=422, code="cursor_invalid"
        )


async def test_stands_for_another_payee_until_taken_back(book: Book) -> None:
    account = await book.ann.account()
    ids = {}
    for name in ("One", "Two", "Three"):
        ids[name] = (await book.ann.spend(account, payee=name))["payeeId"]
    await book.ann.post(f"/api/payees/{ids['One']}/merge", {"intoId": ids["Two"]}, status=200)
    await book.ann.post(f"/api/payees/{ids['Two']}/merge", {"intoId": ids["Three"]}, status=200)
    assert (await book.ann.spend(account, payee="one"))["payeeId"] == ids["Three"]
    assert [one["name"] for one in (await book.ann.get("/api/payees"))["items"]] == ["Three"]
    found = await book.ann.get(f"/api/transactions?payeeId={ids['Three']}")
    assert found["totals"]["transactionCount"] == 4
    back = await book.ann.post(f"/api/payees/{ids['Two']}/unmerge", status=200)
    assert back["mergedIntoId"] is None
    found = await book.ann.get(f"/api/transactions?payeeId={ids['Two']}")
    assert found["totals"]["transactionCount"] == 2
    for path, body in (
        (f"{ids['Two']}/unmerge", None),
        (f"{ids['Two']}/merge", {"intoId": ids["Two"]}),
        (f"{ids['Three']}/merge", {"intoId": ids["One"]}),
        (f"{ids['One']}/merge", {"intoId": ids["Three"]}),
    ):
        await book.ann.refused(
            "POST", f"/api/payees/{path}", body, status=409, code="merge_not_possible"
        )
    events = await book.event_types(book.ann)
    assert [one for one in events if one.startswith("Payee")] == [
        "PayeeMerged",
        "PayeeMerged",
        "PayeeUnmerged",
    ]


async def test_refuses_a_name_when_another_payee_has_it(book: Book) -> None:
    account = await book.ann.account()
    one = (await book.ann.spend(account, payee="One"))["payeeId"]
    await book.ann.spend(account, payee="Two")
    path = f"/api/payees/{one}"
    await book.ann.refused("PATCH", path, {"name": "TWO"}, status=409, code="name_taken")
    await book.ann.refused("PATCH", path, {"name": " "}, status=422, code="name_missing")
    await book.ann.refused("PATCH", path, {"name": "x" * 201}, status=422, code="text_too_long")
    assert (await book.ann.patch(path, {"name": "ONE"}))["name"] == "ONE"


async def test_is_on_every_transaction_when_a_tag_is_renamed(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account, tags=["trip", "work"])
    tags = (await book.ann.get("/api/tags"))["items"]
    assert [(one["name"], one["transactionCount"]) for one in tags] == [("trip", 1), ("work", 1)]
    path = f"/api/tags/{tags[0]['id']}"
    assert (await book.ann.patch(path, {"name": "Holiday"}))["name"] == "Holiday"
    read = await book.ann.get(f"/api/transactions/{made['id']}")
    assert read["tags"] == ["Holiday", "work"]
    await book.ann.refused("PATCH", path, {"name": "WORK"}, status=409, code="name_taken")
    await book.ann.refused("PATCH", path, {"name": ""}, status=422, code="name_missing")


async def test_is_on_no_transaction_when_a_tag_is_removed(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account, tags=["trip"])
    ((tag),) = (await book.ann.get("/api/tags"))["items"]
    path = f"/api/tags/{tag['id']}"
    await book.bob.refused("DELETE", path, status=404, code="tag_not_found")
    assert (await book.ann.delete(path))["transactionCount"] == 1
    assert (await book.ann.get(f"/api/transactions/{made['id']}"))["tags"] == []
    await book.ann.refused("DELETE", path, status=404, code="tag_not_found")
    ((payload,),) = await book.hub.rows("SELECT payload FROM events WHERE type = 'TagRemoved'")
    assert f'"entryIds":[{made["id"]}]' in payload
    undone = await book.ann.post(f"/api/transactions/{made['id']}/undo", status=200)
    assert undone["transaction"] is None
