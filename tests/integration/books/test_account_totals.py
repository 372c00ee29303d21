"""Totals of an account come from kept sums, equal a count, and are doubted when they may be old."""

from __future__ import annotations

import pytest

from pfh.features.ledger.account_totals import (
    BATCH_ACCOUNTS,
    kept_sums,
    recount_account_totals,
)
from pfh.ports.database import Connection
from tests.integration.books.book import Book, Json
from tests.integration.books.test_transaction_list import fill

ALL = ("0000-00", "9999-99")
DATES = ("", "&from=2026-10-01&to=2026-10-31", "&from=2026-11-01", "&from=2026-10-03&to=2026-11-01")


async def totals(book: Book) -> list[Json]:
    """Return what lists of each account and of several ranges of dates sum to."""
    accounts = (await book.ann.get("/api/accounts"))["items"]
    return [
        (await book.ann.get(f"/api/transactions?accountId={account['id']}{dates}"))["totals"]
        for account in accounts
        for dates in DATES
    ]


async def are_kept(book: Book, account: Json) -> bool:
    async def unit(connection: Connection) -> bool:
        return await kept_sums(connection, int(account["id"]), ALL) is not None

    return await book.services.database.read(unit)


async def forge(book: Book, sql: str) -> None:
    async def unit(connection: Connection) -> int:
        return await connection.execute(sql)

    await book.services.database.write(unit)


async def test_kept_sums_equal_a_count_after_every_kind_of_change(book: Book) -> None:
    named = await fill(book)
    items = (await book.ann.get("/api/transactions?transactionType=expense&limit=200"))["items"]
    for item, change in zip(
        items[:4],
        (
            {"amount": "77.70"},
            {"transactionDate": "2025-01-31"},
            {"transactionType": "transfer", "transferAccountId": named["card"]["id"]},
            {"description": "the same"},
        ),
        strict=True,
    ):
        await book.ann.patch(f"/api/transactions/{item['id']}", change)
    await book.ann.delete(f"/api/transactions/{items[5]['id']}")
    await book.ann.delete(f"/api/transactions/{items[6]['id']}")
    await book.ann.post(f"/api/transactions/{items[6]['id']}/restore", status=200)
    kept = await totals(book)
    assert sum(one["transactionCount"] for one in kept) > 60
    assert all([await are_kept(book, named[name]) for name in ("bank", "card", "dollars")])

    await forge(book, "DELETE FROM account_totals")
    assert not await are_kept(book, named["bank"])
    assert await totals(book) == kept
    assert await recount_account_totals(book.services) == 3
    assert await are_kept(book, named["bank"])
    assert await totals(book) == kept
    assert await recount_account_totals(book.services) == 0


@pytest.mark.parametrize(
    "sets", ["posting_count = posting_count - 1", "balance_minor = balance_minor + 1"]
)
async def test_sums_that_disagree_with_the_balance_are_not_told(book: Book, sets: str) -> None:
    named = await fill(book)
    right = await totals(book)
    bank = named["bank"]["id"]
    await forge(
        book,
        f"UPDATE account_totals SET {sets}, amount_minor = 1"
        f" WHERE account_id = {bank} AND month = '2026-10'",
    )
    assert await totals(book) == right
    assert await recount_account_totals(book.services) == 1
    assert await are_kept(book, named["bank"])
    assert await totals(book) == right


async def test_an_account_whose_balance_is_wrong_is_counted_once_and_stays_doubted(
    book: Book,
) -> None:
    named = await fill(book)
    bank = f"account_id = {named['bank']['id']}"
    await forge(book, f"UPDATE balances SET amount_minor = amount_minor + 1 WHERE {bank}")
    assert BATCH_ACCOUNTS > 1
    assert await recount_account_totals(book.services) == 1
    assert not await are_kept(book, named["bank"])
    await forge(book, f"UPDATE balances SET amount_minor = amount_minor - 1 WHERE {bank}")
    assert await are_kept(book, named["bank"])
