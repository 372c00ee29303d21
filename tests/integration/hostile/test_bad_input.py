"""Bad input: a precise problem, nothing changed, one line in the log and no secret in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.hostile.house import House, assert_problem, logged

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = "hunter2-Zq9-never-in-a-log"
JSON_TYPE = {"content-type": "application/json"}
FILE_TYPE = {"content-type": "application/octet-stream"}
TRANSACTIONS = "/api/transactions"


@dataclass(frozen=True)
class Bad:
    """A request and what it must be told; `{account}` in texts stands for an own id."""

    name: str
    status: int
    code: str
    place: str | None = None
    body: Any = None
    raw: bytes | None = None
    method: str = "POST"
    path: str = TRANSACTIONS
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON_TYPE))


def spending(**fields: object) -> dict[str, Any]:
    """Return the body of a good expense with some fields made bad; None leaves one out."""
    body = {
        "amount": "10.00",
        "transactionType": "expense",
        "transactionDate": "2026-11-02",
        "accountId": "{account}",
        "categoryId": "{category}",
        "notes": SECRET,
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def spoilt(name: str, status: int, code: str, place: str | None, **fields: object) -> Bad:
    return Bad(name, status, code, place, spending(**fields))


def raw(name: str, status: int, code: str, content: bytes, place: str | None = None) -> Bad:
    return Bad(name, status, code, place, raw=content)


def opening(label: str, status: int, code: str, place: str, **fields: object) -> Bad:
    body = {"name": "Another", "accountType": "checking", **fields}
    return Bad(label, status, code, place, body, path="/api/accounts")


def splits(*amounts: str) -> list[dict[str, str]]:
    return [{"amount": amount, "categoryId": "{category}"} for amount in amounts]


LONG = "x" * 3_000
AMOUNT_OF = (
    b'{"transactionType":"expense","transactionDate":"2026-11-02","accountId":"1","amount":%s}'
)
BAD = (
    spoilt("unbalanced", 422, "splits_unequal", "splits", categoryId=None, splits=splits("9", "2")),
    spoilt("zero", 422, "amount_zero", "amount", amount="0.00"),
    spoilt("negative", 422, "amount_negative", "amount", amount="-1"),
    spoilt("NaN", 422, "amount_not_finite", "amount", amount="NaN"),
    spoilt("infinite", 422, "amount_not_finite", "amount", amount="Infinity"),
    raw("NaN number", 400, "malformed_json", AMOUNT_OF % b"NaN"),
    raw("infinite number", 400, "malformed_json", AMOUNT_OF % b"-Infinity"),
    spoilt("too large", 422, "amount_too_large", "amount", amount="1" + "0" * 14),
    spoilt("absurdly large", 422, "amount_too_large", "amount", amount="1E+99999"),
    spoilt("too many decimals", 422, "amount_too_precise", "amount", amount="1.001"),
    spoilt("absurdly small", 422, "amount_too_precise", "amount", amount="1E-99999"),
    spoilt("no number", 422, "invalid_request", "amount", amount="ten"),
    spoilt("date 0000", 422, "date_out_of_range", "transactionDate", transactionDate="0000-01-01"),
    spoilt("date 9999", 422, "date_out_of_range", "transactionDate", transactionDate="9999-12-31"),
    spoilt("30 February", 422, "date_invalid", "transactionDate", transactionDate="2026-02-30"),
    spoilt(
        "date and time", 422, "date_invalid", "transactionDate", transactionDate="2026-02-03T01"
    ),
    spoilt("no account", 404, "account_not_found", "accountId", accountId="999"),
    spoilt("category as account", 422, "account_wrong_kind", "accountId", accountId="{category}"),
    spoilt("closed account", 409, "account_closed", "accountId", accountId="{closed}"),
    spoilt("no category", 404, "category_not_found", "categoryId", categoryId="999"),
    spoilt("NUL", 422, "invalid_request", "description", description="a\0b"),
    spoilt("control character", 422, "text_not_printable", "description", description="a\x1bb"),
    spoilt("long text", 422, "text_too_long", "description", description=LONG),
    spoilt(
        "101 splits", 422, "splits_too_many", "splits", categoryId=None, splits=splits(*["1"] * 101)
    ),
    spoilt("51 tags", 422, "tags_invalid", "tags", tags=[f"t{number}" for number in range(51)]),
    spoilt("unknown field", 422, "invalid_request", "isAdmin", isAdmin=True),
    spoilt("wrong type", 422, "invalid_request", "tags", tags={"a": 1}),
    spoilt("missing", 422, "invalid_request", "transactionDate", transactionDate=None),
    spoilt(
        "transfer to itself",
        422,
        "transfer_to_itself",
        "transferAccountId",
        categoryId=None,
        transactionType="transfer",
        transferAccountId="{account}",
    ),
    raw("no JSON", 400, "malformed_json", b"{"),
    raw("empty", 400, "malformed_json", b""),
    raw("list", 422, "invalid_request", b"[]"),
    raw("text", 422, "invalid_request", b'"x"'),
    raw("invalid UTF-8", 400, "malformed_json", b'{"description":"\xff\xfe"}'),
    raw("half a surrogate pair", 400, "malformed_json", b'{"description":"\\ud800"}'),
    raw(
        "deep nesting",
        422,
        "invalid_request",
        b'{"tags":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "tags.0",
    ),
    raw("duplicate key", 422, "invalid_request", AMOUNT_OF % b'1,"amount":2', "amount"),
    raw("10 MB memo", 413, "body_too_large", b'{"notes":"' + b"x" * 10_000_000 + b'"}'),
    Bad(
        "form",
        415,
        "media_type_unsupported",
        "Content-Type",
        raw=b"a=1",
        headers={"content-type": "application/x-www-form-urlencoded"},
    ),
    Bad("no type", 415, "media_type_unsupported", "Content-Type", raw=b"{}", headers={}),
    Bad(
        "empty key",
        422,
        "idempotency_key_invalid",
        "Idempotency-Key",
        spending(),
        headers={**JSON_TYPE, "idempotency-key": ""},
    ),
    Bad(
        "long key",
        422,
        "idempotency_key_invalid",
        "Idempotency-Key",
        spending(),
        headers={**JSON_TYPE, "idempotency-key": "k" * 256},
    ),
    opening("unknown currency", 422, "currency_unknown", "currency", currency="QQQ"),
    opening("small letters", 422, "currency_unknown", "currency", currency="eur"),
    opening("duplicate name", 409, "name_taken", "name", name="checking"),
    opening("blank name", 422, "name_missing", "name", name=" \u00a0 "),
    opening("unknown kind", 422, "invalid_request", "accountType", accountType="piggy"),
    opening(
        "opening date 9999",
        422,
        "date_out_of_range",
        "openingDate",
        openingBalance="1",
        openingDate="9999-01-01",
    ),
    opening(
        "opening decimals",
        422,
        "amount_too_precise",
        "openingBalance",
        currency="JPY",
        openingBalance="1.5",
    ),
    Bad(
        "duplicate category",
        409,
        "name_taken",
        "name",
        {"name": "FEASTS", "kind": "expense"},
        path="/api/categories",
    ),
    Bad(
        "merge into itself",
        409,
        "merge_not_possible",
        "intoId",
        {"intoId": "{category}"},
        path="/api/categories/{category}/merge",
    ),
    Bad(
        "parameter twice",
        422,
        "invalid_request",
        "limit",
        method="GET",
        path=TRANSACTIONS + "?limit=1&limit=2",
    ),
    Bad(
        "unknown parameter",
        422,
        "invalid_request",
        "acountId",
        method="GET",
        path=TRANSACTIONS + "?acountId=1",
    ),
    Bad("NUL parameter", 422, "invalid_request", "q", method="GET", path=TRANSACTIONS + "?q=%00"),
    Bad("broken percent", 400, "malformed_query", None, method="GET", path=TRANSACTIONS + "?q=%ff"),
    Bad("limit 0", 422, "invalid_request", "limit", method="GET", path=TRANSACTIONS + "?limit=0"),
    Bad(
        "many parameters",
        400,
        "malformed_query",
        None,
        method="GET",
        path=TRANSACTIONS + "?" + "&".join(["q=1"] * 200),
    ),
    Bad(
        "period",
        422,
        "period_invalid",
        "period",
        method="GET",
        path="/api/dashboard?period=2026-13",
    ),
    Bad(
        "forged cursor",
        422,
        "cursor_invalid",
        "cursor",
        method="GET",
        path=TRANSACTIONS + "?cursor=x",
    ),
    Bad("wrong method", 405, "method_not_allowed", None, spending(), method="PUT"),
    Bad("TRACE", 405, "method_not_allowed", None, method="TRACE"),
    Bad("nothing there", 404, "not_found", None, method="GET", path="/api/nothing"),
    Bad(
        "rate of itself",
        422,
        "rate_of_itself",
        "quote",
        {"commodity": "EUR", "quote": "EUR", "date": "2026-01-01", "rate": "1"},
        method="PUT",
        path="/api/rates",
    ),
    Bad(
        "rate zero",
        422,
        "rate_invalid",
        "rate",
        {"commodity": "USD", "quote": "EUR", "date": "2026-01-01", "rate": "0"},
        method="PUT",
        path="/api/rates",
    ),
    Bad(
        "wrong version",
        409,
        "version_conflict",
        "version",
        {"version": 99, "notes": SECRET},
        method="PATCH",
        path=TRANSACTIONS + "/{transaction}",
    ),
)
BAD_FILES = (
    Bad("empty file", 422, "import_file_empty", raw=b""),
    Bad("zip", 415, "import_format_unsupported", raw=b"PK\x03\x04" + b"\0" * 100),
    Bad("PDF", 415, "import_format_unsupported", raw=b"%PDF-1.7\n"),
    Bad("no table", 422, "import_table_unclear", raw=b"hello\nworld\n"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own(house: House) -> dict[str, str]:
    """Return the ids of what the person owns, a closed account among them."""
    closed = await house.ann.done("POST", "/api/accounts", {"name": "Old", "accountType": "cash"})
    await house.ann.done("POST", f"/api/accounts/{closed['id']}/close")
    await house.settled()
    return {**house.ann.owned, "closed": closed["id"]}


def _filled(value: Any, own: dict[str, str]) -> Any:  # noqa: ANN401 -- JSON
    text = json.dumps(value)
    for name, identifier in own.items():
        text = text.replace("{%s}" % name, identifier)  # noqa: UP031 -- braces are its content
    return json.loads(text)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
async def test_is_refused_with_a_problem(house: House, own: dict[str, str], bad: Bad) -> None:
    before = await house.tables()
    with logged() as lines:
        answer = await house.ann.send(
            bad.method,
            _filled(bad.path, own),
            content=bad.raw if bad.body is None else json.dumps(_filled(bad.body, own)).encode(),
            headers=bad.headers,
        )
    problem = assert_problem(answer)
    assert (answer.status_code, problem["code"]) == (bad.status, bad.code), answer.text
    assert problem.get("field") == bad.place
    assert problem["fix"]
    assert await house.tables() == before
    assert len(lines.texts) == 1, lines.texts
    assert json.loads(lines.texts[0])["correlation_id"] == problem["correlationId"]
    for private in (SECRET, house.ann.token, house.ann.email):
        assert private not in lines.texts[0]
        assert private not in answer.text


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
async def test_file_that_cannot_be_read_says_why(house: House, bad: Bad) -> None:
    before = await house.tables()
    answer = await house.ann.send(
        "POST", "/api/imports?fileName=x.csv", content=bad.raw, headers=FILE_TYPE
    )
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["status"] == "failed"
    assert found["failure"]
    after = await house.tables()
    # The failed import itself is kept, so that the person sees it; the books are untouched.
    assert {name for name in after if after[name] != before[name]} == {"imports"}
    await house.ann.send("DELETE", f"/api/imports/{found['id']}")


async def test_table_that_is_not_sure_stays_a_preview_when_commit_is_asked_for(
    house: House,
) -> None:
    unsure = b"Date,Payee,Amount\n05/03/2024,A,-1.50\n06/03/2024,B,-2.50\n"
    found = await house.ann.upload(unsure, query="&commit=true")
    assert found["status"] == "preview"
    assert "05/03/2024" in found["warnings"][0]
    await house.ann.send("DELETE", f"/api/imports/{found['id']}")
