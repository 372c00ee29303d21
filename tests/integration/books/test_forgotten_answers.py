"""Stored answers of idempotency keys are kept for a week."""

from __future__ import annotations

from pfh.persistence.forget_answers import KEPT_DAYS, forget_answers
from tests.integration.books.book import Book

_DAY_SECONDS = 86_400


async def test_forgets_an_answer_when_a_week_is_over(book: Book) -> None:
    body = {"name": "Checking", "accountType": "checking"}
    first = await book.ann.send("POST", "/api/accounts", body, key="old")
    book.hub.clock.advance(60)
    await book.ann.send("POST", "/api/accounts", {**body, "name": "Savings"}, key="new")
    book.hub.clock.advance(KEPT_DAYS * _DAY_SECONDS - 30)
    assert await forget_answers(book.services) == 1
    assert await forget_answers(book.services) == 0
    assert await book.count("idempotency_keys") == 1
    assert first.status_code == 201
    # The books know nothing of the clock: both accounts stand.
    book.hub.clock.advance(-KEPT_DAYS * _DAY_SECONDS - 30)
    assert len((await book.ann.get("/api/accounts"))["items"]) == 2
