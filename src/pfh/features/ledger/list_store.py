"""SQL that reads lists of entries and their totals; the text is put together from constant pieces.

The cost of a page must not grow with the history: a list without an account walks the index by
(household, date); a list of some accounts takes a bounded piece of each account's own index and
merges them. Values only ever travel as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pfh.core.commodity import commodity
from pfh.core.period import parse_month
from pfh.features.ledger import account_totals
from pfh.features.ledger.list_filter import ListFilter
from pfh.ports.database import Connection, Row, Value

_COMMODITIES = """
    SELECT DISTINCT commodity FROM accounts WHERE household_id = $1 AND commodity IS NOT NULL"""
_KEPT_TOTALS = """
    SELECT transaction_type, commodity, SUM(amount_minor), SUM(entry_count) FROM entry_totals
    WHERE household_id = $1 AND month BETWEEN $2 AND $3
    GROUP BY transaction_type, commodity HAVING SUM(entry_count) <> 0"""
_IS_IMPORT = "SELECT 1 FROM imports WHERE household_id = $1 AND import_id = $2"
_OF_PAYEE = """e.payee_id IN (
    SELECT y.payee_id FROM payees y
    WHERE y.household_id = $1 AND {} IN (y.payee_id, y.merged_into_id))"""
# The text keeps the payee as it was called then; the subquery knows what it is called now.
_WITH_WORD = """(e.search_text LIKE {0} ESCAPE '\\' OR e.payee_id IN (
    SELECT y.payee_id FROM payees y LEFT JOIN payees m ON m.payee_id = y.merged_into_id
    WHERE y.household_id = $1 AND COALESCE(m.name_key, y.name_key) LIKE {0} ESCAPE '\\'))"""
_TOUCHING = """EXISTS (
    SELECT 1 FROM postings o
    WHERE o.entry_id = e.entry_id AND o.account_id = ANY({}::bigint[]))"""
_WITH_TAG = """EXISTS (
    SELECT 1 FROM entry_tags g JOIN tags t ON t.tag_id = g.tag_id
    WHERE g.entry_id = e.entry_id AND t.name_key = {})"""
# An entry with two legs on one account counts once, without a DISTINCT that would read them all.
_FIRST_LEG = """NOT EXISTS (
    SELECT 1 FROM postings q
    WHERE q.entry_id = p.entry_id AND q.account_id = p.account_id AND q.line < p.line)"""
# Beyond this many accounts one ordered walk with a probe per row is the cheaper plan.
_BRANCHES_MAX = 60


@dataclass(slots=True)
class _Clauses:
    """Conditions on `e` (entries), with their parameters numbered in order."""

    texts: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def parameter(self, value: Value) -> str:
        """Add a parameter and return its place, `$1` being the first."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, text: str) -> None:
        """Add one condition."""
        self.texts.append(text)

    def where(self) -> str:
        """Return the conditions joined, TRUE when there are none."""
        return " AND ".join(self.texts) or "TRUE"


@dataclass(frozen=True, slots=True)
class Touching:
    """The accounts and the categories of which an entry must touch at least one; () means any."""

    account_ids: tuple[int, ...] = ()
    category_ids: tuple[int, ...] = ()

    @property
    def driving(self) -> tuple[int, ...]:
        """The narrower side, whose index is walked: the categories when there are some."""
        return self.category_ids or self.account_ids


@dataclass(frozen=True, slots=True)
class Total:
    """One sum: of a transaction type or an account class, in one commodity, in minor units."""

    kind: str
    commodity: str
    amount_minor: int
    count: int


async def is_import(connection: Connection, household_id: int, import_id: int) -> bool:
    """Tell whether the household has this import, whatever it booked."""
    return bool(await connection.fetch_value(_IS_IMPORT, household_id, import_id))


async def page_of_ids(
    connection: Connection, household_id: int, wanted: ListFilter, touching: Touching
) -> list[tuple[str, int]]:
    """Return up to limit + 1 (date, entry id), latest first; the one too many says there is more.

    Args:
        connection: a reading unit's.
        household_id: whose entries.
        wanted: the filter with its cursor.
        touching: the accounts and categories that an entry must touch.
    """
    clauses = await _entry_clauses(connection, household_id, wanted, touching)
    account_ids = touching.driving
    # The walk starts at the last wanted day, not at the newest entry.
    start = min(wanted.before, (wanted.last_date or wanted.before[0], 2**63 - 1))
    date, entry_id = (clauses.parameter(value) for value in start)
    limit = clauses.parameter(wanted.limit + 1)
    if not account_ids or len(account_ids) > _BRANCHES_MAX:
        if account_ids:
            ids = clauses.parameter(list(account_ids))
            clauses.add(_TOUCHING.format(ids))
        sql = f"""
            SELECT e.date, e.entry_id FROM entries e
            WHERE e.household_id = $1 AND (e.date, e.entry_id) < ({date}, {entry_id})
              AND {clauses.where()}
            ORDER BY e.date DESC, e.entry_id DESC LIMIT {limit}"""  # noqa: S608 -- constant pieces
    else:
        sql = _merged_branches(clauses, account_ids, (date, entry_id, limit))
    return [(row[0], row[1]) for row in await connection.fetch_all(sql, *clauses.values)]


def _merged_branches(
    clauses: _Clauses, account_ids: Sequence[int], places: tuple[str, str, str]
) -> str:
    date, entry_id, limit = places
    branches = []
    for account_id in account_ids:
        account = clauses.parameter(account_id)
        branches.append(
            f"""SELECT * FROM (
                SELECT p.date AS date, p.entry_id AS entry_id
                FROM postings p JOIN entries e ON e.entry_id = p.entry_id
                WHERE p.account_id = {account} AND p.date <= {date} AND e.household_id = $1
                  AND (p.date, p.entry_id) < ({date}, {entry_id}) AND {_FIRST_LEG}
                  AND {clauses.where()}
                ORDER BY p.date DESC, p.entry_id DESC LIMIT {limit}) AS branch"""  # noqa: S608 -- constant pieces
        )
    union = " UNION ".join(branches)
    order = f"ORDER BY date DESC, entry_id DESC LIMIT {limit}"
    return f"SELECT date, entry_id FROM ({union}) AS merged {order}"  # noqa: S608 -- constant pieces


async def totals_of(
    connection: Connection, household_id: int, wanted: ListFilter, touching: Touching
) -> list[Total]:
    """Sum what the filter matches by transaction type and commodity, page and cursor aside.

    With a category, the shares that went to it are summed by account class instead.
    """
    kept = await _kept_totals(connection, household_id, wanted, touching)
    if kept is not None:
        return kept
    clauses = await _entry_clauses(connection, household_id, wanted, touching)
    account_ids = touching.driving
    household = "e.household_id"
    if not account_ids:
        kind, leg = "e.transaction_type", "p.line = 0"
        amount = "ABS(p.amount_minor)"
    else:
        ids = clauses.parameter(list(account_ids))
        leg = f"p.account_id = ANY({ids}::bigint[])"
        if wanted.first_date is not None:
            leg += f" AND p.date >= {clauses.parameter(wanted.first_date)}"
        if wanted.last_date is not None:
            leg += f" AND p.date <= {clauses.parameter(wanted.last_date)}"
        if connection.dialect == "sqlite":
            # Else SQLite walks every entry of the household and probes its postings.
            household = "+e.household_id"
        if wanted.category_id is None:
            kind, amount = "e.transaction_type", "ABS(p.amount_minor)"
        else:
            kind = "a.account_class"
            amount = (
                "CASE a.account_class WHEN 'income' THEN -p.amount_minor ELSE p.amount_minor END"
            )
    sql = f"""
        SELECT {kind}, p.commodity, SUM({amount}), COUNT(DISTINCT e.entry_id)
        FROM entries e JOIN postings p ON p.entry_id = e.entry_id
             JOIN accounts a ON a.account_id = p.account_id
        WHERE {household} = $1 AND {leg} AND {clauses.where()}
        GROUP BY {kind}, p.commodity"""  # noqa: S608 -- constant pieces
    return await _totals(connection, sql, clauses.values)


async def _kept_totals(
    connection: Connection, household_id: int, wanted: ListFilter, touching: Touching
) -> list[Total] | None:
    """Return the totals of whole months, of the household or of one account, if they are kept."""
    months = _whole_months(wanted)
    if months is None or len(touching.account_ids) > 1:
        return None
    if not touching.account_ids:
        return await _totals(connection, _KEPT_TOTALS, (household_id, *months))
    rows = await account_totals.kept_sums(connection, touching.account_ids[0], months)
    return None if rows is None else list(map(_total, rows))


def _whole_months(wanted: ListFilter) -> tuple[str, str] | None:
    """Return the first and last month of a filter of whole months and an account, else None."""
    first, last = wanted.first_date, wanted.last_date
    if not wanted.only_dates_and_account or (first is not None and not first.endswith("-01")):
        return None
    if last is not None and parse_month(last[:7]).last != last:
        return None
    return (first or "0000-00")[:7], (last or "9999-99")[:7]


async def _totals(connection: Connection, sql: str, values: Sequence[Value]) -> list[Total]:
    return list(map(_total, await connection.fetch_all(sql, *values)))


def _total(row: Row) -> Total:
    # PostgreSQL sums 64-bit integers into NUMERIC, which arrives as a Decimal.
    return Total(row[0], row[1], int(row[2]), int(row[3]))


async def _entry_clauses(
    connection: Connection, household_id: int, wanted: ListFilter, touching: Touching
) -> _Clauses:
    clauses = _Clauses()
    clauses.parameter(household_id)
    plain: list[tuple[str, Value]] = [
        ("e.date >= {}", wanted.first_date),
        ("e.date <= {}", wanted.last_date),
        ("e.transaction_type = {}", wanted.transaction_type),
        ("e.status = {}", wanted.status),
        ("e.import_id = {}", wanted.import_id),
        (_OF_PAYEE, wanted.payee_id),
        (_WITH_TAG, wanted.tag),
    ]
    for text, value in plain:
        if value is not None:
            clauses.add(text.format(clauses.parameter(value)))
    if touching.category_ids and touching.account_ids:
        ids = clauses.parameter(list(touching.account_ids))
        clauses.add(_TOUCHING.format(ids))
    for word in (wanted.words or "").split():
        clauses.add(_WITH_WORD.format(clauses.parameter(_like(word))))
    if wanted.amount_min is not None or wanted.amount_max is not None:
        await _add_amount_clause(connection, household_id, wanted, clauses)
    return clauses


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


async def _add_amount_clause(
    connection: Connection, household_id: int, wanted: ListFilter, clauses: _Clauses
) -> None:
    # "12.5" is 1250 minor units in EUR and 12500 in KWD, so each commodity gets its own range.
    ranges = []
    for (code,) in await connection.fetch_all(_COMMODITIES, household_id):
        scale = 10 ** commodity(code).exponent
        low = 0 if wanted.amount_min is None else int(-((-wanted.amount_min * scale) // 1))
        high = 10**15 if wanted.amount_max is None else int(wanted.amount_max * scale // 1)
        ranges.append(
            f"(m.commodity = {clauses.parameter(code)} AND ABS(m.amount_minor) BETWEEN"
            f" {clauses.parameter(min(low, 10**15))} AND {clauses.parameter(min(high, 10**15))})"
        )
    clauses.add(
        "EXISTS (SELECT 1 FROM postings m WHERE m.entry_id = e.entry_id AND m.line = 0"  # noqa: S608 -- constant pieces
        f" AND ({' OR '.join(ranges) or 'FALSE'}))"
    )
