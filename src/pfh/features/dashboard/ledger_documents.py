"""The same documents as the read model, summed from the journal itself.

It exists twice over: a dashboard that must not wait for the projection is computed from it, and
`pfh verify` holds the read model against it.
"""

from __future__ import annotations

from typing import Final

from pfh.core.period import FIRST_DATE, LAST_DATE, parse_month
from pfh.ports.database import Connection
from pfh.ports.documents import Collection, Document, Range

# SQLite keeps dates as text, PostgreSQL as DATE.
_MONTH: Final = {"sqlite": "SUBSTR({}, 1, 7)", "postgres": "TO_CHAR({}, 'YYYY-MM')"}
_BOUNDS: Final = {
    "sqlite": "{} BETWEEN $2 AND $3",
    "postgres": "{} BETWEEN CAST($2::text AS DATE) AND CAST($3::text AS DATE)",
}
_DAY: Final = {"sqlite": "{}", "postgres": "CAST({} AS TEXT)"}
_OF_CATEGORIES: Final = "a.account_class IN ('income', 'expense')"
_OWN_SENSE: Final = (
    "CASE a.account_class WHEN 'income' THEN -p.amount_minor ELSE p.amount_minor END"
)


def _texts(dialect: str) -> dict[Collection, str]:
    month, day = _MONTH[dialect].format("p.date"), _DAY[dialect].format("p.date")
    within = _BOUNDS[dialect].format("p.date")
    joined = f"""
        FROM postings p JOIN accounts a ON a.account_id = p.account_id
        WHERE a.household_id = $1 AND {within}"""
    return {
        "monthly_summaries": f"""
            SELECT period, 0, commodity, SUM(income), SUM(expense), SUM(entry) FROM (
                SELECT {month} AS period, p.commodity AS commodity,
                       CASE WHEN a.account_class = 'income' THEN -p.amount_minor ELSE 0 END
                           AS income,
                       CASE WHEN a.account_class = 'expense' THEN p.amount_minor ELSE 0 END
                           AS expense,
                       0 AS entry
                {joined} AND {_OF_CATEGORIES}
                UNION ALL
                SELECT {month}, p.commodity, 0, 0, 1
                FROM postings p JOIN entries e ON e.entry_id = p.entry_id
                WHERE e.household_id = $1 AND {within} AND p.line = 0
                  AND e.transaction_type <> 'opening') AS parts
            GROUP BY period, commodity ORDER BY period, commodity""",  # noqa: S608 -- as below
        "daily_category_spend": f"""
            SELECT {day}, p.account_id, p.commodity, SUM({_OWN_SENSE}), 0, COUNT(*)
            {joined} AND {_OF_CATEGORIES}
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        "balance_history": f"""
            SELECT {month}, p.account_id, p.commodity, SUM(p.amount_minor), 0, COUNT(*)
            {joined} AND a.account_class IN ('asset', 'liability')
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
    }


_TEXTS: Final = {"sqlite": _texts("sqlite"), "postgres": _texts("postgres")}


async def read_from_ledger(
    connection: Connection, household_id: int, wanted: Range
) -> list[Document]:
    """Return what `Documents.read` would for a range, from the journal.

    Its cost grows with the entries in the range.
    """
    sql = _TEXTS[connection.dialect][wanted.collection]
    rows = await connection.fetch_all(
        sql, household_id, _first_day(wanted.first), _last_day(wanted.last)
    )
    return [
        Document(row[0], int(row[1]), row[2], *(int(value) for value in row[3:])) for row in rows
    ]


_MONTH_LENGTH: Final = 7


def _first_day(period: str) -> str:
    return max(f"{period}-01" if len(period) == _MONTH_LENGTH else period, FIRST_DATE)


def _last_day(period: str) -> str:
    if len(period) == _MONTH_LENGTH:
        # The 31st of a short month is no DATE on PostgreSQL.
        return parse_month(period).last
    return min(period, LAST_DATE)
