"""What people may do to payees, tags, accounts and categories leaves books that can be proven.

Every test here ends with `Book.check`, which proves both households from scratch.
"""

from __future__ import annotations

from tests.integration.books.book import Book


async def test_stays_proven_when_payees_were_merged(book: Book) -> None:
    account = await book.ann.account()
    await book.ann.spend(account, payee="Bakery")
    await book.ann.spend(account, payee="Baker")
    bakery, baker = sorted(
        (await book.ann.get("/api/payees"))["items"], key=lambda one: one["name"], reverse=True
    )
    await book.ann.post(f"/api/payees/{baker['id']}/merge", {"intoId": bakery["id"]}, status=200)


async def test_stays_proven_when_a_used_tag_was_removed(book: Book) -> None:
    account = await book.ann.account()
    await book.ann.spend(account, tags=["holiday", "kept"])
    holiday = (await book.ann.get("/api/tags"))["items"][0]
    await book.ann.delete(f"/api/tags/{holiday['id']}")


async def test_shows_a_dashboard_when_what_moved_is_gone(book: Book) -> None:
    account, category = await book.ann.account(), await book.ann.category("Boat")
    spent = await book.ann.spend(account, categoryId=category["id"])
    await book.ann.get(f"/api/dashboard?period=2026-11&householdSeq={spent['householdSeq']}")
    # Projected before it goes, so that the read model has met both.
    await book.check()
    await book.ann.delete(f"/api/transactions/{spent['id']}")
    await book.ann.delete(f"/api/categories/{category['id']}")
    await book.ann.delete(f"/api/accounts/{account['id']}")
    await book.check()
    found = await book.ann.get("/api/dashboard?period=2026-11")
    assert (found["netWorth"], found["accounts"]) == ("0.00", [])


async def test_counts_on_the_right_side_when_restored_to_another_class(book: Book) -> None:
    account = await book.ann.account()
    spent = await book.ann.spend(account)
    await book.ann.delete(f"/api/transactions/{spent['id']}")
    await book.ann.patch(f"/api/accounts/{account['id']}", {"accountType": "credit_card"})
    await book.ann.post(f"/api/transactions/{spent['id']}/restore", status=200)


async def test_tells_the_household_s_own_spelling_when_a_payee_is_written_otherwise(
    book: Book,
) -> None:
    account = await book.ann.account()
    first = await book.ann.spend(account, payee="Bakery")
    assert (await book.ann.spend(account, payee="BAKERY"))["payee"] == "Bakery"
    other = await book.ann.spend(account, payee="Baker")
    path = f"/api/payees/{other['payeeId']}"
    await book.ann.post(f"{path}/merge", {"intoId": first["payeeId"]}, status=200)
    again = await book.ann.spend(account, payee="baker")
    assert (again["payee"], again["payeeId"]) == ("Bakery", first["payeeId"])
    await book.ann.post(f"{path}/unmerge", status=200)
