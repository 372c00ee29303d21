"""SQL of exchange rates: those that a household entered and those that its exchanges imply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.ports.database import Connection

_UPSERT = """
    INSERT INTO rates (household_id, commodity, quote, date, rate, source, created_at)
    VALUES ($1, $2, $3, $4, $5, 'entered', $6)
    ON CONFLICT (household_id, commodity, quote, date) DO UPDATE
    SET rate = excluded.rate, source = excluded.source, created_at = excluded.created_at"""
_FIND = """
    SELECT rate FROM rates
    WHERE household_id = $1 AND commodity = $2 AND quote = $3 AND date = $4"""
_DELETE = """
    DELETE FROM rates WHERE household_id = $1 AND commodity = $2 AND quote = $3 AND date = $4"""
_PAGE = """
    SELECT commodity, quote, date, rate FROM rates
    WHERE household_id = $1 AND (date, commodity, quote) < ($2, $3, $4)
    ORDER BY date DESC, commodity DESC, quote DESC LIMIT $5"""
# The latest of each pair that has the quote on either side.
_LATEST = """
    SELECT r.commodity, r.quote, r.date, r.rate
    FROM (SELECT commodity, quote, MAX(date) AS date FROM rates
          WHERE household_id = $1 AND $2 IN (commodity, quote) AND date <= $3
          GROUP BY commodity, quote) n
    JOIN rates r ON r.household_id = $1 AND r.commodity = n.commodity
                AND r.quote = n.quote AND r.date = n.date"""
_EXCHANGED = """
    SELECT b.commodity FROM balances b
    WHERE b.account_id = $1 AND b.commodity <> $2 AND b.posting_count > 0
    ORDER BY b.commodity"""
# One step down the index for each commodity, however long the history is.
_LAST_EXCHANGE = """
    SELECT f.date, f.amount_minor, q.amount_minor
    FROM postings f JOIN postings q ON q.entry_id = f.entry_id AND q.account_id = f.account_id
    WHERE f.account_id = $1 AND f.commodity = $2 AND q.commodity = $3 AND f.date <= $4
    ORDER BY f.date DESC, f.entry_id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class RateRecord:
    """How many units of `quote` one unit of `commodity` was worth on a day, as decimal text."""

    commodity: str
    quote: str
    date: str
    rate: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange of the household: signed minor units of both commodities."""

    commodity: str
    date: str
    amount_minor: int
    quote_minor: int


async def upsert_rate(
    connection: Connection, household_id: int, record: RateRecord, now: int
) -> None:
    """Store a rate in place of the one of that day, if any."""
    await connection.execute(
        _UPSERT, household_id, record.commodity, record.quote, record.date, record.rate, now
    )


async def find_rate(
    connection: Connection, household_id: int, commodity: str, quote: str, date: str
) -> str | None:
    """Return the rate of exactly that day."""
    found = await connection.fetch_value(_FIND, household_id, commodity, quote, date)
    return None if found is None else str(found)


async def delete_rate(
    connection: Connection, household_id: int, commodity: str, quote: str, date: str
) -> None:
    """Remove the rate of exactly that day."""
    await connection.execute(_DELETE, household_id, commodity, quote, date)


async def page_of_rates(
    connection: Connection, household_id: int, *, before: tuple[str, str, str], limit: int
) -> list[RateRecord]:
    """Return rates behind (date, commodity, quote), latest first."""
    rows = await connection.fetch_all(_PAGE, household_id, *before, limit)
    return [RateRecord(*row) for row in rows]


async def latest_entered(
    connection: Connection, household_id: int, quote: str, on_date: str
) -> list[RateRecord]:
    """Return the latest rate of each pair with `quote` on one of its sides."""
    rows = await connection.fetch_all(_LATEST, household_id, quote, on_date)
    return [RateRecord(*row) for row in rows]


async def last_exchanges(
    connection: Connection, exchange_id: int, quote: str, on_date: str
) -> Sequence[Exchange]:
    """Return the last exchange of each commodity against `quote`.

    Args:
        connection: of the unit of work.
        exchange_id: the household's account `Exchange`.
        quote: the commodity on the other side.
        on_date: the last day that counts.
    """
    found = []
    for (code,) in await connection.fetch_all(_EXCHANGED, exchange_id, quote):
        row = await connection.fetch_one(_LAST_EXCHANGE, exchange_id, code, quote, on_date)
        if row is not None:
            found.append(Exchange(code, row[0], int(row[1]), int(row[2])))
    return found
