"""Every identifier of another household is as one that does not exist, on every route."""

from __future__ import annotations

from tests.integration.books.book import Book


async def test_is_not_found_when_it_belongs_to_another_household(book: Book) -> None:
    account, other = await book.bob.account("Bob"), await book.ann.account("Ann")
    category = await book.bob.category_called("Food")
    spent = await book.bob.spend(account, payee="Shop", tags=["t"])
    deleted = await book.bob.spend(account)
    await book.bob.delete(f"/api/transactions/{deleted['id']}")
    tag = (await book.bob.get("/api/tags"))["items"][0]
    own = await book.ann.spend(other)
    before = await book.event_types(book.bob)
    routes: list[tuple[str, str, object]] = [
        ("GET", f"/api/accounts/{account['id']}", None),
        ("PATCH", f"/api/accounts/{account['id']}", {"name": "x"}),
        ("DELETE", f"/api/accounts/{account['id']}", None),
        ("POST", f"/api/accounts/{account['id']}/close", None),
        ("POST", f"/api/accounts/{account['id']}/reopen", None),
        ("GET", f"/api/categories/{category['id']}", None),
        ("PATCH", f"/api/categories/{category['id']}", {"name": "x"}),
        ("DELETE", f"/api/categories/{category['id']}", None),
        ("POST", f"/api/categories/{category['id']}/merge", {"intoId": category["id"]}),
        ("POST", f"/api/categories/{category['id']}/unmerge", None),
        ("PATCH", f"/api/payees/{spent['payeeId']}", {"name": "x"}),
        ("POST", f"/api/payees/{spent['payeeId']}/merge", {"intoId": spent["payeeId"]}),
        ("POST", f"/api/payees/{spent['payeeId']}/unmerge", None),
        ("PATCH", f"/api/tags/{tag['id']}", {"name": "x"}),
        ("DELETE", f"/api/tags/{tag['id']}", None),
        ("GET", f"/api/transactions/{spent['id']}", None),
        ("GET", f"/api/transactions/{spent['id']}/history", None),
        ("PATCH", f"/api/transactions/{spent['id']}", {"amount": "1.00"}),
        ("DELETE", f"/api/transactions/{spent['id']}", None),
        ("POST", f"/api/transactions/{spent['id']}/undo", None),
        ("POST", f"/api/transactions/{deleted['id']}/restore", None),
        ("POST", f"/api/transactions/{deleted['id']}/undo", None),
        ("POST", "/api/transactions", book.ann.expense(account)),
        ("POST", "/api/transactions", book.ann.expense(other, categoryId=category["id"])),
        ("PATCH", f"/api/transactions/{own['id']}", {"accountId": account["id"]}),
        ("PATCH", f"/api/transactions/{own['id']}", {"categoryId": category["id"]}),
        ("GET", f"/api/transactions?accountId={account['id']}", None),
        ("GET", f"/api/transactions?categoryId={category['id']}", None),
        ("GET", f"/api/transactions?payeeId={spent['payeeId']}", None),
    ]
    for method, path, body in routes:
        answer = await book.ann.send(method, path, body)
        assert answer.status_code == 404, f"{method} {path}: {answer.text}"
    assert await book.event_types(book.bob) == before
    assert (await book.ann.get("/api/transactions?tag=t"))["items"] == []


async def test_is_not_found_when_it_cannot_be_an_identifier(book: Book) -> None:
    for path in ("accounts", "categories", "transactions"):
        for text in ("0", "-1", "1e3", "abc", "99999999999999999999", "%00", "٣"):
            answer = await book.ann.send("GET", f"/api/{path}/{text}")
            assert answer.status_code == 404, f"{path}/{text}: {answer.text}"
