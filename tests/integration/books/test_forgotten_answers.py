"""Stored answers of idempotency keys: told as such on every route, and kept for a week."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/accounts", {"name": "Checking", "accountType": "checking"}),
        ("POST", "/api/categories", {"name": "Boat", "kind": "expense"}),
        ("PATCH", "/api/household", {"name": "The Smiths"}),
        (
            "PUT",
            "/api/rates",
            {"commodity": "USD", "quote": "EUR", "date": "2026-11-02", "rate": "0.9"},
        ),
    ],
)
async def test_says_so_when_the_answer_was_stored(
    book: Book, method: str, path: str, body: dict[str, str]
) -> None:
    first = await book.ann.send(method, path, body, key="once")
    again = await book.ann.send(method, path, body, key="once")
    assert first.status_code in {200, 201}
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
