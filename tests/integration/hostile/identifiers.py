"""One good request for every place of the API where an identifier is given.

It exists so that the tests can put somebody else's identifier in each of these places; a test
compares the list with the OpenAPI document, so that a new route cannot be forgotten.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
_OWN = re.compile(r"<(\w+)>")
_EXPENSE = {
    "amount": "1.00",
    "transactionType": "expense",
    "transactionDate": "2026-11-03",
    "accountId": "<account>",
}


@dataclass(frozen=True)
class Good:
    """A request that its owner may send; `<account>` stands for the id of their own account."""

    method: str
    path: str
    query: Json = field(default_factory=dict)
    body: Json | None = None
    # The paths of identifiers whose names do not tell that they are.
    unnamed: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The path as the document has it: `/api/accounts/{}`."""
        return _OWN.sub("{}", self.path)

    def places(self) -> Iterator[str]:
        """Yield where identifiers are: `path`, `query.accountId`, `body.splits.0.categoryId`."""
        if "<" in self.path:
            yield "path"
        yield from (f"query.{name}" for name in self.query if _is_named(name))
        for place, value in _leaves(self.body or {}, "body"):
            named = _is_named(place.rpartition(".")[2]) or place in self.unnamed
            if named and isinstance(value, str):
                yield place

    def filled(self, own: dict[str, str], place: str = "", other: str = "") -> Filled:
        """Return the request with ids of `own`, and `other` at one place."""
        path = _OWN.sub(lambda found: other if place == "path" else own[found[1]], self.path)
        query = {name: _value(value, own) for name, value in self.query.items()}
        body = copy.deepcopy(self.body)
        for where, value in list(_leaves(body or {}, "body")):
            _put(body, where, _value(value, own))
        if place.startswith("query."):
            query[place.removeprefix("query.")] = other
        if place.startswith("body."):
            _put(body, place, other)
        return Filled(self.method, path, query, body)

    def owner_of(self, place: str) -> str:
        """Return which of the owned things is at a place: `account`."""
        text = self.path
        if place.startswith("query."):
            text = self.query[place.removeprefix("query.")]
        elif place.startswith("body."):
            text = dict(_leaves(self.body or {}, "body"))[place]
        found = _OWN.search(text)
        assert found is not None, place
        return found[1]


@dataclass(frozen=True)
class Filled:
    """A request ready to be sent."""

    method: str
    path: str
    query: Json
    body: Json | None


def _is_named(name: str) -> bool:
    return name == "id" or name.endswith("Id")


def _value(value: Any, own: dict[str, str]) -> Any:  # noqa: ANN401 -- JSON
    return _OWN.sub(lambda found: own[found[1]], value) if isinstance(value, str) else value


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{place}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{place}.{index}")
    else:
        yield place, value


def _put(body: Any, place: str, value: Any) -> None:  # noqa: ANN401 -- JSON
    *way, last = place.split(".")[1:]
    for name in way:
        body = body[int(name) if isinstance(body, list) else name]
    body[int(last) if isinstance(body, list) else last] = value


GOOD = (
    Good("DELETE", "/api/auth/sessions/<session>"),
    Good(
        "POST",
        "/api/accounts",
        body={"name": "New", "accountType": "cash", "parentId": "<account>"},
    ),
    Good("GET", "/api/accounts/<account>"),
    Good("PATCH", "/api/accounts/<account>", body={"parentId": "<other_account>"}),
    Good("DELETE", "/api/accounts/<other_account>"),
    Good("POST", "/api/accounts/<other_account>/close"),
    Good("POST", "/api/accounts/<other_account>/reopen"),
    Good(
        "POST", "/api/categories", body={"name": "N", "kind": "expense", "parentId": "<category>"}
    ),
    Good("GET", "/api/categories/<category>"),
    Good("PATCH", "/api/categories/<category>", body={"parentId": "<other_category>"}),
    Good("DELETE", "/api/categories/<other_category>"),
    Good("POST", "/api/categories/<category>/merge", body={"intoId": "<other_category>"}),
    Good("POST", "/api/categories/<category>/unmerge"),
    *(
        Good("GET", path, query={name: f"<{thing}>"})
        for path in ("/api/transactions", "/api/transactions/export.csv")
        for name, thing in (
            ("accountId", "account"),
            ("categoryId", "category"),
            ("payeeId", "payee"),
            ("importId", "import"),
        )
    ),
    Good("POST", "/api/transactions", body={**_EXPENSE, "categoryId": "<category>"}),
    Good(
        "POST",
        "/api/transactions",
        body={**_EXPENSE, "splits": [{"amount": "1.00", "categoryId": "<category>"}]},
    ),
    Good(
        "POST",
        "/api/transactions",
        body={**_EXPENSE, "transactionType": "transfer", "transferAccountId": "<other_account>"},
    ),
    Good("GET", "/api/transactions/<transaction>"),
    Good("PATCH", "/api/transactions/<transaction>", body={"accountId": "<other_account>"}),
    Good("PATCH", "/api/transactions/<transaction>", body={"categoryId": "<other_category>"}),
    Good(
        "PATCH",
        "/api/transactions/<transaction>",
        body={"transactionType": "transfer", "transferAccountId": "<other_account>"},
    ),
    Good(
        "PATCH",
        "/api/transactions/<transaction>",
        body={"splits": [{"amount": "12.34", "categoryId": "<other_category>"}]},
    ),
    Good("DELETE", "/api/transactions/<transaction>"),
    Good("POST", "/api/transactions/<deleted>/restore"),
    Good("POST", "/api/transactions/<transaction>/undo"),
    Good("GET", "/api/transactions/<transaction>/history"),
    Good("PATCH", "/api/payees/<payee>", body={"name": "Somebody"}),
    Good("POST", "/api/payees/<payee>/merge", body={"intoId": "<other_payee>"}),
    Good("POST", "/api/payees/<payee>/unmerge"),
    Good("PATCH", "/api/tags/<tag>", body={"name": "other"}),
    Good("DELETE", "/api/tags/<tag>"),
    Good("POST", "/api/imports", query={"accountId": "<account>"}),
    Good("GET", "/api/imports/<import>"),
    Good(
        "PATCH",
        "/api/imports/<import>",
        body={"accounts": {"*": "<account>"}},
        unnamed=("body.accounts.*",),
    ),
    Good("DELETE", "/api/imports/<import>"),
    Good("POST", "/api/imports/<import>/commit"),
    Good("POST", "/api/imports/<import>/revert"),
)
