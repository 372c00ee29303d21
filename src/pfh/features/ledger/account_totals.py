"""What the list of one account sums to, kept by month with the entries.

It exists because adding up a bank account of ten years costs a look at each of its entries for what
kind it is. Kept sums are believed only while they agree with the balance of the account, which
every program keeps: sums of an account whose entries were written by a program from before them, or
before they were first counted, are not told, and are counted anew by housekeeping.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.persistence.event_store import lock_household
from pfh.ports.database import Connection, Row, Value
from pfh.ports.services import Services

# Lists are of these; a category's list sums the shares that went to it.
CLASSES: Final = ("asset", "liability")
BATCH_ACCOUNTS: Final = 200
# Account, transaction type, commodity and month.
Key: TypeAlias = tuple[int, str, str, str]
_COLUMNS: Final = """account_id, transaction_type, commodity, month,
                                amount_minor, entry_count, balance_minor, posting_count"""
_MERGE: Final = """
    ON CONFLICT (account_id, transaction_type, commodity, month) DO UPDATE
    SET amount_minor = account_totals.amount_minor + excluded.amount_minor,
        entry_count = account_totals.entry_count + excluded.entry_count,
        balance_minor = account_totals.balance_minor + excluded.balance_minor,
        posting_count = account_totals.posting_count + excluded.posting_count"""
_ADD: Final = f"""
    INSERT INTO account_totals ({_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) {_MERGE}"""  # noqa: S608 -- the texts above
_SUMS: Final = """
    SELECT transaction_type, commodity, SUM(amount_minor), SUM(entry_count) FROM account_totals
    WHERE account_id = $1 AND month BETWEEN $2 AND $3
    GROUP BY transaction_type, commodity HAVING SUM(entry_count) <> 0"""
DISAGREES: Final = """(
    b.posting_count <> COALESCE((
        SELECT SUM(t.posting_count) FROM account_totals t
        WHERE t.account_id = b.account_id AND t.commodity = b.commodity), 0)
    OR b.amount_minor <> COALESCE((
        SELECT SUM(t.balance_minor) FROM account_totals t
        WHERE t.account_id = b.account_id AND t.commodity = b.commodity), 0))"""
_IS_DOUBTED: Final = f"""
    SELECT 1 FROM balances b WHERE b.account_id = $1 AND {DISAGREES} LIMIT 1"""  # noqa: S608 -- as above
_DOUBTED: Final = f"""
    SELECT DISTINCT a.household_id, a.account_id
    FROM balances b JOIN accounts a ON a.account_id = b.account_id
    WHERE a.account_id > $1 AND a.account_class IN ('asset', 'liability') AND {DISAGREES}
    ORDER BY a.account_id LIMIT $2"""  # noqa: S608 -- as above
_FORGET: Final = "DELETE FROM account_totals WHERE account_id = $1"
MONTH: Final = {"sqlite": "SUBSTR(p.date, 1, 7)", "postgres": "TO_CHAR(p.date, 'YYYY-MM')"}
_COUNT: Final = f"""
    INSERT INTO account_totals ({_COLUMNS})
    SELECT p.account_id, e.transaction_type, p.commodity, {{month}}, SUM(ABS(p.amount_minor)),
           COUNT(DISTINCT p.entry_id), SUM(p.amount_minor), COUNT(*)
    FROM postings p JOIN entries e ON e.entry_id = p.entry_id
    WHERE p.account_id = $1
    GROUP BY p.account_id, e.transaction_type, p.commodity, {{month}}"""  # noqa: S608 -- as above


class Change(NamedTuple):
    """What is added: |amounts| and entries, as lists tell them; amounts and postings, as proof."""

    amount_minor: int
    entry_count: int
    balance_minor: int
    posting_count: int


def changes_of(entries: Iterable[EntrySnapshot], *, sign: int) -> Mapping[Key, Sequence[int]]:
    """Return what entries add to the sums of their accounts, as `Change` has it.

    An entry with two legs on one account counts once.

    Example: an expense of 5.00 EUR from account 7 in November → {(7, "expense", "EUR", "2026-11"):
    [500, 1, -500, 1]}.
    """
    changes: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for entry in entries:
        kind, month = entry.transaction_type, entry.date[:7]
        seen: list[tuple[int, str]] = []
        for posting in entry.postings:
            if posting.account_class not in CLASSES:
                continue
            amount = posting.amount_minor
            place = (posting.account_id, posting.commodity)
            change = changes[posting.account_id, kind, posting.commodity, month]
            change[0] += sign * abs(amount)
            change[2] += sign * amount
            change[3] += sign
            if place not in seen:
                seen.append(place)
                change[1] += sign
    return changes


async def add_to_account_totals(
    connection: Connection, entries: Iterable[EntrySnapshot], *, sign: int
) -> None:
    """Add entries that were written, or take away those that were removed."""
    # One order for everybody, so that two writers never wait for each other in a circle.
    ordered = sorted(changes_of(entries, sign=sign).items())
    await connection.execute_many(_ADD, [(*key, *change) for key, change in ordered])


def book_account_totals(connection: Connection, entry: EntrySnapshot) -> None:
    """Add one entry; on PostgreSQL it travels with what else belongs to the entry."""
    ordered = sorted(changes_of([entry], sign=1).items())
    if not ordered:
        return
    values: list[Value] = []
    for key, change in ordered:
        values += (*key, *change)
    connection.defer("account_totals", _add(len(ordered)), *values)


@lru_cache
def _add(count: int) -> str:
    """Return the statement for so many accounts of an entry."""
    kinds = ("bigint", "text", "text", "text", "bigint", "bigint", "bigint", "bigint")
    rows = ", ".join(
        f"({', '.join(f'${first + at}::{kind}' for at, kind in enumerate(kinds))})"
        for first in range(1, 1 + len(kinds) * count, len(kinds))
    )
    return f"""
    INSERT INTO account_totals ({_COLUMNS})
    VALUES {rows} {_MERGE}"""  # noqa: S608 -- places of parameters, and the texts above


async def kept_sums(
    connection: Connection, account_id: int, months: tuple[str, str]
) -> Sequence[Row] | None:
    """Return (type, commodity, minor units, entries) of whole months, None when they are doubted.

    Args:
        connection: of a reading unit.
        account_id: one account, whichever its class.
        months: the first and the last, `2026-01`.
    """
    if await connection.fetch_value(_IS_DOUBTED, account_id) is not None:
        return None
    return await connection.fetch_all(_SUMS, account_id, *months)


async def recount_account_totals(services: Services) -> int:
    """Count anew what is doubted and return how many accounts it was.

    An account at a time, while its household waits: 0.2 s for 120,000 postings.
    """
    # Each account once: where the balance itself is wrong, they agree never.
    total, last = 0, 0
    while True:

        async def doubted(connection: Connection, after: int = last) -> Sequence[Row]:
            return await connection.fetch_all(_DOUBTED, after, BATCH_ACCOUNTS)

        found = await services.database.read(doubted)
        for household_id, account_id in found:
            await _recount(services, int(household_id), int(account_id))
        total += len(found)
        if len(found) < BATCH_ACCOUNTS:
            return total
        last = int(found[-1][1])


async def _recount(services: Services, household_id: int, account_id: int) -> None:
    async def unit(connection: Connection) -> None:
        await lock_household(connection, household_id)
        await connection.execute(_FORGET, account_id)
        count = _COUNT.format(month=MONTH[connection.dialect])
        await connection.execute(count, account_id)

    await services.database.write(unit)
