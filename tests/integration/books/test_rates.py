"""Exchange rates: entered, inverted, implied by own exchanges."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pfh.features.rates.api import latest_rates, total_in
from pfh.ports.database import Connection
from tests.integration.books.book import Book, Json


async def rates(book: Book, quote: str = "EUR", on_date: str = "2026-11-23") -> dict[str, Decimal]:
    async def unit(connection: Connection) -> dict[str, Decimal]:
        return await latest_rates(connection, book.ann.actor.household_id, quote, on_date)

    return await book.services.database.read(unit)


def rate(value: object, **changes: object) -> Json:
    return {"commodity": "USD", "quote": "EUR", "date": "2026-11-01", "rate": value, **changes}


async def test_latest_day_wins_when_rates_were_entered(book: Book) -> None:
    assert await rates(book) == {}
    await book.ann.put("/api/rates", rate("0.9", date="2026-10-01"))
    made = await book.ann.put("/api/rates", rate("0.9200"))
    assert (made["rate"], made["date"]) == ("0.92", "2026-11-01")
    assert await rates(book) == {"USD": Decimal("0.92")}
    assert await rates(book, on_date="2026-10-31") == {"USD": Decimal("0.9")}
    assert await rates(book, on_date="2026-09-30") == {}
    inverse = await rates(book, "USD")
    assert abs(inverse["EUR"] * Decimal("0.92") - 1) < Decimal("1e-30")
    await book.ann.put("/api/rates", rate(0.95))
    assert await rates(book) == {"USD": Decimal("0.95")}
    await book.ann.put("/api/rates", rate("1.0", commodity="EUR", quote="USD", date="2026-11-05"))
    assert await rates(book) == {"USD": Decimal(1)}


async def test_own_exchange_counts_when_nothing_newer_was_entered(book: Book) -> None:
    euros = await book.ann.account("Euros")
    yen = await book.ann.account("Yen", currency="JPY")
    for date, arriving in (("2026-10-01", "1500"), ("2026-11-02", "1600")):
        await book.ann.post(
            "/api/transactions",
            {
                "amount": "10.00",
                "transactionType": "transfer",
                "transactionDate": date,
                "accountId": euros["id"],
                "transferAccountId": yen["id"],
                "transferAmount": arriving,
            },
        )
    assert await rates(book) == {"JPY": Decimal("0.00625")}
    assert await rates(book, "JPY") == {"EUR": Decimal(160)}
    listed = await book.ann.get("/api/rates")
    assert listed["inUse"] == [
        {"commodity": "JPY", "rate": "0.00625", "date": "2026-11-02", "source": "exchange"}
    ]
    await book.ann.put("/api/rates", rate("0.0061", commodity="JPY", date="2026-11-02"))
    assert await rates(book) == {"JPY": Decimal("0.0061")}


async def test_lists_latest_first_when_paged(book: Book) -> None:
    for day in range(1, 6):
        await book.ann.put("/api/rates", rate("1.5", date=f"2026-10-{day:02}"))
        await book.ann.put("/api/rates", rate("1.5", commodity="GBP", date=f"2026-10-{day:02}"))
    seen = []
    cursor = ""
    while True:
        page = await book.ann.get(f"/api/rates?limit=3{cursor}")
        seen += [(one["date"], one["commodity"]) for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 10
    assert (await book.bob.get("/api/rates"))["items"] == []
    await book.ann.refused("GET", "/api/rates?cursor=x", status=422, code="cursor_invalid")


async def test_is_gone_when_removed(book: Book) -> None:
    await book.ann.put("/api/rates", rate("0.9"))
    path = "/api/rates?commodity=USD&quote=EUR&date=2026-11-01"
    await book.bob.refused("DELETE", path, status=404, code="rate_not_found")
    first = await book.ann.send("DELETE", path, key="k")
    again = await book.ann.send("DELETE", path, key="k")
    assert first.status_code == again.status_code == 200
    other = await book.ann.send("DELETE", path.replace("USD", "GBP"), key="k")
    assert other.json()["code"] == "idempotency_key_reused"
    await book.ann.refused("DELETE", path, status=404, code="rate_not_found")
    assert (await book.event_types(book.ann))[-2:] == ["RateSet", "RateRemoved"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rate": "0"}, "rate_invalid"),
        ({"rate": "-1"}, "rate_invalid"),
        ({"rate": "NaN"}, "rate_invalid"),
        ({"rate": "1e31"}, "rate_invalid"),
        ({"rate": "1." + "1" * 50}, "rate_too_long"),
        ({"commodity": "EUR"}, "rate_of_itself"),
        ({"commodity": "usd"}, "currency_unknown"),
        ({"quote": "XXX"}, "currency_unknown"),
        ({"date": "2026-02-30"}, "date_invalid"),
        ({"date": "9999-01-01"}, "date_out_of_range"),
    ],
)
async def test_stores_nothing_when_the_input_is_bad(book: Book, change: Json, code: str) -> None:
    body = {**rate("1"), **change}
    await book.ann.refused("PUT", "/api/rates", body, status=422, code=code)
    assert await book.count("rates") == 0


def test_leaves_out_what_has_no_rate_when_summed() -> None:
    known = {"USD": Decimal("0.92")}
    assert total_in({"EUR": 10000, "USD": 10850, "JPY": 500}, "EUR", known) == (19982, ("JPY",))
    assert total_in({"JPY": 0}, "EUR", {}) == (0, ())
    assert total_in({"EUR": -50}, "JPY", {"EUR": Decimal(150)}) == (-75, ())
    assert total_in({"EUR": 10**17}, "JPY", {"EUR": Decimal("163.455")}) == (163455 * 10**12, ())
