"""Finding accounts and categories inside a unit of work, as imports do."""

from __future__ import annotations

import pytest

from pfh.features.accounts.api import (
    AccountClosed,
    AccountNotFound,
    AccountWrongKind,
    category_by_path,
    open_real_account,
)
from pfh.persistence.event_store import Origin
from pfh.ports.database import Connection
from tests.integration.books.book import Book


async def find(book: Book, *path: str, kind: str = "expense", create: bool = False) -> str | None:
    async def unit(connection: Connection) -> int | None:
        return await category_by_path(
            connection,
            book.ann.actor.household_id,
            Origin(None, "import", book.services.clock.now()),
            path,
            kind,
            book.services.identifiers,
            create=create,
        )

    found = await book.services.database.write(unit)
    return None if found is None else str(found)


async def test_finds_a_category_when_the_words_fit(book: Book) -> None:
    groceries = (await book.ann.category_called("Groceries"))["id"]
    salary = (await book.ann.category_called("Salary"))["id"]
    assert await find(book, "food", " GROCERIES ") == groceries
    assert await find(book, "groceries") == groceries
    assert await find(book, "Groceries", kind="income") == groceries
    assert await find(book, "Food", "Groceries", kind="income") == groceries
    assert await find(book, "salary", kind="income") == salary
    for path in (("Travel", "Groceries"), ("Unheard of",), ("",), (), ("\x07",)):
        assert await find(book, *path) is None


async def test_finds_nothing_when_a_word_is_ambiguous(book: Book) -> None:
    travel = await book.ann.category_called("Travel")
    await book.ann.category("Groceries", parentId=travel["id"])
    assert await find(book, "Groceries") is None
    top = await book.ann.category("Groceries")
    assert await find(book, "Groceries") == top["id"]


async def test_finds_what_it_became_when_merged(book: Book) -> None:
    food, travel = await book.ann.category_called("Food"), await book.ann.category_called("Travel")
    restaurants = await book.ann.category_called("Restaurants")
    await book.ann.post(f"/api/categories/{food['id']}/merge", {"intoId": travel["id"]}, status=200)
    assert await find(book, "Food") == travel["id"]
    assert await find(book, "Food", "Restaurants") == restaurants["id"]
    assert await find(book, "Food", create=True) == travel["id"]


async def test_makes_the_missing_levels_when_asked(book: Book) -> None:
    food = await book.ann.category_called("Food")
    made = await find(book, "FOOD", "Market\nhall", "x" * 150, create=True)
    assert await find(book, "Food", "Market hall", "x" * 99 + "…") == made
    read = await book.ann.get(f"/api/categories/{made}")
    assert read["path"] == ["Food", "Market hall", "x" * 99 + "…"]
    assert read["kind"] == "expense"
    assert (await book.event_types(book.ann))[-2:] == ["CategoryCreated", "CategoryCreated"]
    assert await find(book, "Food", create=True) == food["id"]
    tax = await find(book, "Refunds", kind="income", create=True)
    assert (await book.ann.get(f"/api/categories/{tax}"))["kind"] == "income"


async def test_says_why_when_an_account_cannot_take_entries(book: Book) -> None:
    account, foreign = await book.ann.account(), await book.bob.account()
    food = await book.ann.category_called("Food")

    async def check(account_id: str) -> str:
        async def unit(connection: Connection) -> str:
            household_id = book.ann.actor.household_id
            return (await open_real_account(connection, household_id, int(account_id))).name

        return await book.services.database.read(unit)

    assert await check(account["id"]) == "Checking"
    with pytest.raises(AccountNotFound):
        await check(foreign["id"])
    with pytest.raises(AccountWrongKind):
        await check(food["id"])
    await book.ann.post(f"/api/accounts/{account['id']}/close", status=200)
    with pytest.raises(AccountClosed):
        await check(account["id"])
