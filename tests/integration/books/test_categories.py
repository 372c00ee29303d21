"""Categories through the API: tree, moving, merging and taking a merge back."""

from __future__ import annotations

import pytest

from tests.integration.books.book import Book, Json


async def tree(book: Book) -> dict[str, list[str]]:
    """Return path → nothing merged: the live categories by id."""
    items = (await book.ann.get("/api/categories"))["items"]
    return {one["id"]: one["path"] for one in items}


async def test_lists_a_tree_when_new(book: Book) -> None:
    found = await book.ann.get("/api/categories")
    groceries = next(one for one in found["items"] if one["name"] == "Groceries")
    assert (groceries["path"], groceries["depth"]) == (["Food", "Groceries"], 1)
    assert groceries["kind"] == "expense"
    systems = {one["name"] for one in found["items"] if one["isSystem"]}
    assert systems == {"Uncategorised income", "Uncategorised expense"}
    assert found["merged"] == []


async def test_stands_behind_its_siblings_when_added(book: Book) -> None:
    food = await book.ann.category_called("Food")
    made = await book.ann.category("Farm shop", parentId=food["id"])
    assert (made["path"], made["transactionCount"]) == (["Food", "Farm shop"], 0)
    items = (await book.ann.get("/api/categories"))["items"]
    below = [one["name"] for one in items if one["parentId"] == food["id"]]
    assert below == ["Groceries", "Restaurants", "Coffee and snacks", "Farm shop"]
    deep = made
    for level in range(5):
        deep = await book.ann.category(f"Level {level}", parentId=deep["id"])
    assert len(deep["path"]) == 7


async def test_refuses_a_place_when_it_does_not_fit(book: Book) -> None:
    food, salary = await book.ann.category_called("Food"), await book.ann.category_called("Salary")
    groceries = await book.ann.category_called("Groceries")
    account = await book.ann.account()
    for parent, status, code in (
        (salary, 422, "parent_of_other_class"),
        (account, 422, "parent_of_other_class"),
        (groceries, 409, "account_tree_cycle"),
        (food, 409, "account_tree_cycle"),
    ):
        await book.ann.refused(
            "PATCH",
            f"/api/categories/{food['id']}",
            {"parentId": parent["id"]},
            status=status,
            code=code,
        )
    await book.ann.refused(
        "POST",
        "/api/categories",
        {"name": "GROCERIES", "kind": "expense", "parentId": food["id"]},
        status=409,
        code="name_taken",
    )
    await book.ann.category("Groceries")


async def test_keeps_its_history_when_renamed_and_moved(book: Book) -> None:
    account = await book.ann.account()
    groceries = await book.ann.category_called("Groceries")
    spent = await book.ann.spend(account, categoryId=groceries["id"])
    path = f"/api/categories/{groceries['id']}"
    moved = await book.ann.patch(path, {"name": "Market", "parentId": None, "order": 3})
    assert (moved["path"], moved["order"], moved["version"]) == (["Market"], 3, 2)
    assert moved["transactionCount"] == 1
    read = await book.ann.get(f"/api/transactions/{spent['id']}")
    assert read["categoryName"] == "Market"
    await book.ann.refused("PATCH", path, {"version": 1}, status=409, code="version_conflict")


async def test_may_only_be_renamed_when_it_is_the_hubs_own(book: Book) -> None:
    own = await book.ann.category_called("Uncategorised expense")
    food = await book.ann.category_called("Food")
    path = f"/api/categories/{own['id']}"
    assert (await book.ann.patch(path, {"name": "To sort"}))["name"] == "To sort"
    for method, where, body in (
        ("PATCH", path, {"parentId": food["id"]}),
        ("DELETE", path, None),
        ("POST", f"{path}/merge", {"intoId": food["id"]}),
    ):
        await book.ann.refused(method, where, body, status=409, code="system_account_fixed")
    account = await book.ann.account()
    assert (await book.ann.spend(account))["categoryName"] == "To sort"


async def test_is_as_before_when_a_merge_is_taken_back(book: Book) -> None:
    account = await book.ann.account()
    food, travel = await book.ann.category_called("Food"), await book.ann.category_called("Travel")
    twin = await book.ann.category("Groceries", parentId=travel["id"])
    groceries = await book.ann.category_called("Groceries")
    spent = await book.ann.spend(account, categoryId=groceries["id"])
    before = await tree(book)
    await book.ann.post(f"/api/categories/{food['id']}/merge", {"intoId": travel["id"]}, status=200)
    merged = await tree(book)
    assert food["id"] not in merged
    assert groceries["id"] not in merged
    restaurants = next(path for path in merged.values() if path[-1] == "Restaurants")
    assert restaurants == ["Travel", "Restaurants"]
    read = await book.ann.get(f"/api/transactions/{spent['id']}")
    assert read["categoryId"] == twin["id"]
    items = (await book.ann.get("/api/categories"))["items"]
    assert next(one for one in items if one["id"] == twin["id"])["transactionCount"] == 1
    back = await book.ann.post(f"/api/categories/{food['id']}/unmerge", status=200)
    assert back["mergedIntoId"] is None
    assert await tree(book) == before
    events = await book.event_types(book.ann)
    assert events[-2:] == ["CategoryMerged", "CategoryUnmerged"]


async def test_goes_along_when_its_target_is_merged(book: Book) -> None:
    one, two, three = [await book.ann.category(name) for name in ("One", "Two", "Three")]
    child = await book.ann.category("Child", parentId=one["id"])
    before = await tree(book)
    await book.ann.post(f"/api/categories/{one['id']}/merge", {"intoId": two["id"]}, status=200)
    await book.ann.post(f"/api/categories/{two['id']}/merge", {"intoId": three["id"]}, status=200)
    merged = (await book.ann.get("/api/categories"))["merged"]
    assert {item["mergedIntoId"] for item in merged} == {three["id"]}
    assert (await tree(book))[child["id"]] == ["Three", "Child"]
    await book.ann.post(f"/api/categories/{one['id']}/unmerge", status=200)
    assert (await tree(book))[child["id"]] == ["One", "Child"]
    await book.ann.post(f"/api/categories/{two['id']}/unmerge", status=200)
    assert await tree(book) == before


async def test_takes_the_place_when_merged_into_its_parent(book: Book) -> None:
    top = await book.ann.category("Top")
    same = await book.ann.category("Same", parentId=top["id"])
    await book.ann.category("Same", parentId=same["id"])
    before = await tree(book)
    await book.ann.post(f"/api/categories/{same['id']}/merge", {"intoId": top["id"]}, status=200)
    assert ["Top", "Same"] in (await tree(book)).values()
    await book.ann.post(f"/api/categories/{same['id']}/unmerge", status=200)
    assert await tree(book) == before


async def test_stays_merged_when_its_name_was_taken_meanwhile(book: Book) -> None:
    one, two = await book.ann.category("One"), await book.ann.category("Two")
    path = f"/api/categories/{one['id']}"
    await book.ann.post(f"{path}/merge", {"intoId": two["id"]}, status=200)
    await book.ann.category("one")
    await book.ann.refused("POST", f"{path}/unmerge", status=409, code="name_taken")
    assert (await book.ann.get(path))["mergedIntoId"] == two["id"]


async def test_is_refused_when_a_merge_makes_no_sense(book: Book) -> None:
    food, salary = await book.ann.category_called("Food"), await book.ann.category_called("Salary")
    groceries = await book.ann.category_called("Groceries")
    path = f"/api/categories/{food['id']}"
    for target in (food, groceries, salary):
        await book.ann.refused(
            "POST",
            f"{path}/merge",
            {"intoId": target["id"]},
            status=409,
            code="merge_not_possible",
        )
    await book.ann.refused("POST", f"{path}/unmerge", status=409, code="merge_not_possible")
    foreign = await book.bob.category_called("Travel")
    await book.ann.refused(
        "POST", f"{path}/merge", {"intoId": foreign["id"]}, status=404, code="category_not_found"
    )


async def test_is_removed_only_when_unused(book: Book) -> None:
    account = await book.ann.account()
    top = await book.ann.category("Top")
    child = await book.ann.category("Child", parentId=top["id"])
    path = f"/api/categories/{child['id']}"
    await book.ann.refused(
        "DELETE", f"/api/categories/{top['id']}", status=409, code="account_in_use"
    )
    made = await book.ann.spend(account, categoryId=child["id"])
    await book.ann.refused("DELETE", path, status=409, code="account_in_use")
    await book.ann.delete(f"/api/transactions/{made['id']}")
    await book.ann.delete(path)
    await book.ann.delete(f"/api/categories/{top['id']}")
    assert (await book.event_types(book.ann))[-2:] == ["CategoryRemoved", "CategoryRemoved"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "name_missing"),
        ({"name": "x" * 101}, "text_too_long"),
        ({"kind": "equity"}, "invalid_request"),
        ({"parentId": "17"}, "parent_not_found"),
        ({"parentId": 17}, "invalid_request"),
    ],
)
async def test_adds_nothing_when_the_input_is_bad(book: Book, change: Json, code: str) -> None:
    before = await book.event_types(book.ann)
    body = {"name": "New", "kind": "expense", **change}
    await book.ann.refused("POST", "/api/categories", body, status=422, code=code)
    assert await book.event_types(book.ann) == before
