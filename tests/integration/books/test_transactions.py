"""Creating, changing, deleting, restoring and undoing transactions through the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from pfh.core.balance import BalanceTooLarge, TotalTooLarge
from pfh.features.ledger.api import (
    EntrySnapshot,
    PostingSnapshot,
    TransactionInput,
    post_entries,
    post_transaction,
)
from pfh.persistence.event_store import Origin
from pfh.ports.actor import NotAllowed
from pfh.ports.database import Connection
from tests.integration.books.book import Book, Json


async def balance(book: Book, account: Json) -> str:
    found: str = (await book.ann.get(f"/api/accounts/{account['id']}"))["balance"]
    return found


async def test_answers_the_transaction_when_created(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    made = await book.ann.spend(
        account,
        "12.5",
        categoryId=food["id"],
        payee="Bakery",
        notes="two\nlines",
        tags=["Trip", "trip"],
        status="pending",
    )
    assert made["amount"] == "12.50"
    assert made["categoryName"] == "Food"
    assert made["payee"] == made["description"] == "Bakery"
    assert made["tags"] == ["Trip"]
    assert made["status"] == "pending"
    assert made["householdSeq"] > account["householdSeq"]
    read = await book.ann.get(f"/api/transactions/{made['id']}")
    assert {**read, "householdSeq": made["householdSeq"]} == made
    assert await balance(book, account) == "-12.50"


async def test_stores_the_answer_once_when_the_key_repeats(book: Book) -> None:
    account = await book.ann.account()
    body = book.ann.expense(account)
    first = await book.ann.send("POST", "/api/transactions", body, key="k1")
    again = await book.ann.send("POST", "/api/transactions", body, key="k1")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert await balance(book, account) == "-10.00"
    other = await book.ann.send(
        "POST", "/api/transactions", book.ann.expense(account, "11.00"), key="k1"
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await book.ann.send("DELETE", f"/api/transactions/{first.json()['id']}", key="k1")
    assert elsewhere.json()["code"] == "idempotency_key_reused"


async def test_changes_only_what_is_given_when_patched(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    made = await book.ann.spend(account, categoryId=food["id"], notes="kept", tags=["a"])
    path = f"/api/transactions/{made['id']}"
    changed = await book.ann.patch(path, {"amount": "7.25", "version": 1})
    assert (changed["amount"], changed["notes"], changed["tags"]) == ("7.25", "kept", ["a"])
    assert (changed["version"], changed["categoryId"]) == (2, food["id"])
    assert await balance(book, account) == "-7.25"
    await book.ann.refused(
        "PATCH", path, {"amount": "8.00", "version": 1}, status=409, code="version_conflict"
    )


async def test_the_description_goes_along_when_it_only_repeats_the_payee(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account, "10", payee="Bakrey")
    changed = await book.ann.patch(f"/api/transactions/{made['id']}", {"payee": "Bakery"})
    assert (changed["payee"], changed["description"]) == ("Bakery", "Bakery")
    told = await book.ann.spend(account, "10", payee="Bakery", description="rolls")
    changed = await book.ann.patch(f"/api/transactions/{told['id']}", {"payee": "Baker"})
    assert (changed["payee"], changed["description"]) == ("Baker", "rolls")


async def test_keeps_the_memo_of_the_only_part_when_something_else_is_patched(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    part = {"categoryId": food["id"], "amount": "10", "memo": "for Ben"}
    made = await book.ann.spend(account, "10", splits=[part])
    for change, amount in (({"payee": "Bakery"}, "10.00"), ({"amount": "12.00"}, "12.00")):
        changed = await book.ann.patch(f"/api/transactions/{made['id']}", change)
        assert [(one["amount"], one["memo"]) for one in changed["splits"]] == [(amount, "for Ben")]


async def test_replaces_splits_when_a_category_is_given(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    travel = await book.ann.category_called("Travel")
    made = await book.ann.spend(
        account,
        "80.00",
        splits=[
            {"amount": "65.50", "categoryId": food["id"]},
            {"amount": "14.50", "categoryId": travel["id"], "memo": "bus"},
        ],
    )
    assert [one["amount"] for one in made["splits"]] == ["65.50", "14.50"]
    assert made["categoryId"] is None
    path = f"/api/transactions/{made['id']}"
    await book.ann.refused("PATCH", path, {"amount": "81.00"}, status=422, code="splits_unequal")
    single = await book.ann.patch(path, {"categoryId": travel["id"]})
    assert [one["categoryName"] for one in single["splits"]] == ["Travel"]
    turned = await book.ann.patch(path, {"transactionType": "income"})
    assert turned["transactionType"] == "income"
    assert await balance(book, account) == "80.00"


async def test_restores_the_same_transaction_when_it_was_deleted(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account, payee="Bakery", tags=["a", "b"])
    path = f"/api/transactions/{made['id']}"
    gone = await book.ann.delete(path)
    assert gone["id"] == made["id"]
    assert await balance(book, account) == "0.00"
    await book.ann.refused("GET", path, status=404, code="transaction_not_found")
    await book.ann.refused("DELETE", path, status=404, code="transaction_not_found")
    trash = await book.ann.get("/api/transactions/trash")
    assert [one["id"] for one in trash["items"]] == [made["id"]]
    back = await book.ann.post(f"{path}/restore", status=200)
    assert (back["tags"], back["payee"], back["version"]) == (["a", "b"], "Bakery", 2)
    assert await balance(book, account) == "-10.00"
    await book.ann.refused("POST", f"{path}/restore", status=404, code="transaction_not_found")
    assert (await book.ann.get("/api/transactions/trash"))["items"] == []


async def test_redoes_when_undone_twice(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account)
    path = f"/api/transactions/{made['id']}"
    await book.ann.patch(path, {"amount": "99.00"})
    undone = await book.ann.post(f"{path}/undo", status=200)
    assert undone["transaction"]["amount"] == "10.00"
    assert await balance(book, account) == "-10.00"
    redone = await book.ann.post(f"{path}/undo", status=200)
    assert redone["transaction"]["amount"] == "99.00"
    await book.ann.delete(path)
    assert (await book.ann.post(f"{path}/undo", status=200))["transaction"]["amount"] == "99.00"
    gone = await book.ann.post(f"{path}/undo", status=200)
    assert gone["transaction"] is None
    assert await balance(book, account) == "0.00"


async def test_tells_what_happened_when_history_is_read(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account)
    path = f"/api/transactions/{made['id']}"
    await book.ann.patch(path, {"amount": "11.00"})
    await book.ann.delete(path)
    items = (await book.ann.get(f"{path}/history"))["items"]
    assert [one["event"] for one in items] == ["EntryDeleted", "EntryChanged", "EntryPosted"]
    assert items[1]["before"]["amount"] == "10.00"
    assert items[1]["after"]["amount"] == "11.00"
    assert items[0]["after"] is None
    assert items[0]["actorId"] == str(book.ann.actor.user_id)
    await book.bob.refused("GET", f"{path}/history", status=404, code="transaction_not_found")


async def test_passes_through_exchange_when_currencies_differ(book: Book) -> None:
    euros = await book.ann.account("Euros")
    dollars = await book.ann.account("Dollars", currency="USD")
    body = {
        "amount": "100.00",
        "transactionType": "transfer",
        "transactionDate": "2026-11-02",
        "accountId": euros["id"],
        "transferAccountId": dollars["id"],
    }
    await book.ann.refused(
        "POST", "/api/transactions", body, status=422, code="transfer_amount_missing"
    )
    made = await book.ann.post("/api/transactions", {**body, "transferAmount": "108.50"})
    assert (made["transferAmount"], made["transferCurrency"]) == ("108.50", "USD")
    assert await balance(book, dollars) == "108.50"
    path = f"/api/transactions/{made['id']}"
    changed = await book.ann.patch(path, {"transferAmount": "110.00"})
    assert (changed["amount"], changed["transferAmount"]) == ("100.00", "110.00")
    assert await balance(book, dollars) == "110.00"
    expense = await book.ann.patch(path, {"transactionType": "expense"})
    assert expense["categoryName"] == "Uncategorised expense"
    assert await balance(book, dollars) == "0.00"


async def test_a_body_of_the_wrong_shape_is_told_whole(book: Book) -> None:
    bank = await book.ann.account("Bank")
    body = {
        "transactionType": "expense",
        "amount": True,
        "accountId": bank["id"],
        "splits": [{"categoryId": "1", "amount": "1"}, {"categoryId": 2, "amount": "1"}],
        "note": "lunch",
    }
    problem = await book.ann.refused(
        "POST", "/api/transactions", body, status=422, code="invalid_request"
    )
    assert problem["field"] == "amount"
    assert problem["detail"] == problem["errors"][0]["detail"]
    assert problem["fix"] == problem["errors"][0]["fix"]
    assert [one["field"] for one in problem["errors"]] == [
        *("amount", "splits.1.categoryId", "note", "transactionDate"),
    ]
    assert await book.count("entries") == 0


async def test_is_refused_when_the_account_is_closed(book: Book) -> None:
    account = await book.ann.account()
    other = await book.ann.account("Savings")
    made = await book.ann.spend(account)
    path = f"/api/transactions/{made['id']}"
    await book.ann.delete(path)
    await book.ann.post(f"/api/accounts/{account['id']}/close", status=200)
    await book.ann.refused(
        "POST", "/api/transactions", book.ann.expense(account), status=409, code="account_closed"
    )
    await book.ann.refused("POST", f"{path}/restore", status=409, code="account_closed")
    transfer = {
        **book.ann.expense(other),
        "transactionType": "transfer",
        "transferAccountId": account["id"],
    }
    problem = await book.ann.refused(
        "POST", "/api/transactions", transfer, status=409, code="account_closed"
    )
    assert problem["field"] == "transferAccountId"


async def test_of_a_closed_account_stays_as_it_is(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account)
    back = {**book.ann.expense(account), "transactionType": "income"}
    await book.ann.post("/api/transactions", back)
    await book.ann.post(f"/api/accounts/{account['id']}/close", status=200)
    path = f"/api/transactions/{made['id']}"
    await book.ann.refused("DELETE", path, status=409, code="account_closed")
    await book.ann.refused("POST", f"{path}/undo", status=409, code="account_closed")
    other = await book.ann.account("Savings")
    moved = {"accountId": other["id"]}
    await book.ann.refused("PATCH", path, moved, status=409, code="account_closed")
    await book.ann.post(f"/api/accounts/{account['id']}/reopen", status=200)
    await book.ann.delete(path)


async def test_is_refused_when_the_account_was_removed(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account)
    await book.ann.delete(f"/api/transactions/{made['id']}")
    await book.ann.delete(f"/api/accounts/{account['id']}")
    assert (await book.ann.get("/api/transactions/trash"))["items"][0]["accountName"] == ""
    await book.ann.refused(
        "POST",
        f"/api/transactions/{made['id']}/restore",
        status=409,
        code="transaction_not_restorable",
    )


async def test_comes_back_without_the_tag_when_it_was_removed(book: Book) -> None:
    account = await book.ann.account()
    made = await book.ann.spend(account, tags=["gone", "kept"])
    await book.ann.delete(f"/api/transactions/{made['id']}")
    tags = (await book.ann.get("/api/tags"))["items"]
    gone = next(one for one in tags if one["name"] == "gone")
    await book.ann.delete(f"/api/tags/{gone['id']}")
    back = await book.ann.post(f"/api/transactions/{made['id']}/restore", status=200)
    assert back["tags"] == ["kept"]


async def test_is_refused_when_a_viewer_asks(book: Book) -> None:
    account = await book.ann.account()
    viewer = replace(book.ann.actor, household_role="viewer")
    stated = TransactionInput(
        amount="1.00",  # type: ignore[arg-type]  # The core reads text, too.
        transaction_type="expense",
        transaction_date="2026-11-02",
        account_id=account["id"],
    )
    before = await book.event_types(book.ann)
    with pytest.raises(NotAllowed):
        await post_transaction(book.services, viewer, stated)
    assert await book.event_types(book.ann) == before


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"amount": "0"}, 422, "amount_zero", "amount"),
        ({"amount": "-1"}, 422, "amount_negative", "amount"),
        ({"amount": "NaN"}, 422, "amount_not_finite", "amount"),
        ({"amount": "Infinity"}, 422, "amount_not_finite", "amount"),
        ({"amount": "0.001"}, 422, "amount_too_precise", "amount"),
        ({"amount": "10000000000000"}, 422, "amount_too_large", "amount"),
        ({"amount": "1e400"}, 422, "amount_too_large", "amount"),
        ({"amount": [1]}, 422, "invalid_request", "amount"),
        ({"transactionDate": "0000-01-01"}, 422, "date_out_of_range", "transactionDate"),
        ({"transactionDate": "9999-12-31"}, 422, "date_out_of_range", "transactionDate"),
        ({"transactionDate": "2026-02-30"}, 422, "date_invalid", "transactionDate"),
        ({"accountId": "17"}, 404, "account_not_found", "accountId"),
        ({"accountId": "x"}, 404, "account_not_found", "accountId"),
        ({"categoryId": "17"}, 404, "category_not_found", "categoryId"),
        ({"description": "x" * 501}, 422, "text_too_long", "description"),
        ({"description": "a\x07b"}, 422, "text_not_printable", "description"),
        ({"notes": "x" * 2001}, 422, "text_too_long", "notes"),
        ({"payee": "x" * 201}, 422, "text_too_long", "payee"),
        ({"tags": ["x" * 51]}, 422, "text_too_long", "tags.0"),
        ({"tags": [f"t{n}" for n in range(51)]}, 422, "tags_invalid", "tags"),
        ({"splits": [], "transactionType": "transfer"}, 422, "transfer_account_missing", None),
        ({"transferAmount": "1"}, 422, "field_not_allowed", "transferAmount"),
        ({"colour": "red"}, 422, "invalid_request", "colour"),
    ],
)
async def test_changes_nothing_when_the_input_is_bad(
    book: Book, change: Json, status: int, code: str, field: str | None
) -> None:
    account = await book.ann.account()
    before = await book.event_types(book.ann)
    body = {**book.ann.expense(account), **change}
    problem = await book.ann.refused("POST", "/api/transactions", body, status=status, code=code)
    if field is not None:
        assert field in {problem.get("field"), *(e["field"] for e in problem.get("errors", ()))}
    assert await book.event_types(book.ann) == before
    assert await book.count("tags") == 0


async def test_is_refused_when_a_category_stands_for_an_account(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    await book.ann.refused(
        "POST",
        "/api/transactions",
        book.ann.expense(food),
        status=422,
        code="account_wrong_kind",
    )
    await book.ann.refused(
        "POST",
        "/api/transactions",
        book.ann.expense(account, categoryId=account["id"]),
        status=422,
        code="account_wrong_kind",
    )


async def test_keeps_an_opening_balance_when_it_is_changed_like_a_transaction(book: Book) -> None:
    await book.ann.account(openingBalance="5.00", openingDate="2026-01-01")
    (opening,) = (await book.ann.get("/api/transactions?transactionType=opening"))["items"]
    assert (opening["amount"], opening["splits"]) == ("5.00", [])
    path = f"/api/transactions/{opening['id']}"
    for method, where, body in (
        ("PATCH", path, {"amount": "6.00"}),
        ("DELETE", path, None),
        ("POST", f"{path}/undo", None),
    ):
        await book.ann.refused(method, where, body, status=409, code="transaction_not_editable")


async def test_goes_to_the_target_when_the_category_was_merged(book: Book) -> None:
    account = await book.ann.account()
    old, new = await book.ann.category("Old"), await book.ann.category("New")
    before = await book.ann.spend(account, categoryId=old["id"])
    await book.ann.post(f"/api/categories/{old['id']}/merge", {"intoId": new["id"]}, status=200)
    after = await book.ann.spend(account, categoryId=old["id"])
    assert after["categoryId"] == new["id"]
    read = await book.ann.get(f"/api/transactions/{before['id']}")
    assert (read["categoryId"], read["categoryName"]) == (new["id"], "New")
    found = await book.ann.get(f"/api/transactions?categoryId={new['id']}")
    assert {one["id"] for one in found["items"]} == {before["id"], after["id"]}
    assert found["totals"]["byCurrency"][0]["expenses"] == "20.00"


async def test_is_refused_when_a_balance_would_become_too_large(book: Book) -> None:
    account = await book.ann.account()
    food = await book.ann.category_called("Food")
    most = 10**15 - 1
    entries = [
        EntrySnapshot(
            entry_id=book.services.identifiers.next(),
            date="2026-11-02",
            transaction_type="expense",
            postings=(
                PostingSnapshot(int(account["id"]), "asset", -most, "EUR"),
                PostingSnapshot(int(food["id"]), "expense", most, "EUR"),
            ),
        )
        for _ in range(1_001)
    ]

    async def unit(connection: Connection) -> int:
        return await post_entries(
            connection,
            book.ann.actor.household_id,
            Origin(None, "test", book.services.clock.now()),
            entries,
            book.services.identifiers,
        )

    with pytest.raises(BalanceTooLarge):
        await book.services.database.write(unit)
    assert await book.count("entries") == 0


async def test_refuses_what_goes_back_and_forth_until_no_sum_could_count_it(book: Book) -> None:
    one, other = [await book.ann.account(name=name) for name in ("One", "Other")]
    most = 10**15 - 1

    def there_and_back(number: int) -> EntrySnapshot:
        amount = most if number % 2 else -most
        return EntrySnapshot(
            entry_id=book.services.identifiers.next(),
            date=f"20{10 + number % 10}-11-02",
            transaction_type="transfer",
            postings=(
                PostingSnapshot(int(one["id"]), "asset", amount, "EUR"),
                PostingSnapshot(int(other["id"]), "asset", -amount, "EUR"),
            ),
        )

    def posting(entries: list[EntrySnapshot]) -> Callable[[Connection], Awaitable[int]]:
        async def unit(connection: Connection) -> int:
            return await post_entries(
                connection,
                book.ann.actor.household_id,
                Origin(None, "test", book.services.clock.now()),
                entries,
                book.services.identifiers,
            )

        return unit

    await book.services.database.write(posting([there_and_back(n) for n in range(1_000)]))
    with pytest.raises(TotalTooLarge, match="transfer in EUR"):
        await book.services.database.write(posting([there_and_back(n) for n in range(1_000)]))
    body = {
        "transactionType": "transfer",
        "accountId": one["id"],
        "transferAccountId": other["id"],
        "transactionDate": "2026-11-02",
        "amount": "9999999999999.99",
    }
    answer = await book.ann.send("POST", "/api/transactions", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "total_too_large")
    assert answer.json()["field"] == "amount"
    assert "decimal separator" in answer.json()["fix"]
    assert await book.count("entries") == 1_000
    # What is there can still be read and summed.
    found = await book.ann.get("/api/transactions?limit=1")
    assert found["totals"]["transactionCount"] == 1_000
