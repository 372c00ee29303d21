"""One entry on PostgreSQL in one round trip: row, postings, tags, balances and total.

It exists because a booking is the hot write, and each statement of it costs a round trip. The parts
are for different tables, so that their order does not matter; foreign keys are checked at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.ports.database import Connection, Value

_Changes: TypeAlias = Sequence[tuple[tuple[int, str], Sequence[int]]]
# More are sent as lists, so that there are not a hundred texts.
_WRITTEN_OUT_MAX: Final = 4

ADD_TO_BALANCE: Final = """
    ON CONFLICT (account_id, commodity) DO UPDATE
    SET amount_minor = balances.amount_minor + excluded.amount_minor,
        posting_count = balances.posting_count + excluded.posting_count"""
ADD_TO_TOTAL: Final = """
    ON CONFLICT (household_id, transaction_type, commodity, month) DO UPDATE
    SET amount_minor = entry_totals.amount_minor + excluded.amount_minor,
        entry_count = entry_totals.entry_count + excluded.entry_count"""
_POST: Final = """
    INSERT INTO postings (entry_id, line, account_id, date, amount_minor, commodity, memo)
    SELECT $1::bigint, line - 1, account_id, $2::date, amount_minor, commodity, memo
    FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[]) WITH ORDINALITY
      AS posting (account_id, amount_minor, commodity, memo, line)"""
_TAG: Final = """
    INSERT INTO entry_tags (entry_id, tag_id)
    SELECT $1::bigint, tag_id FROM unnest($2::bigint[]) AS tag (tag_id)"""
_BALANCE: Final = f"""
    INSERT INTO balances (account_id, commodity, amount_minor, posting_count)
    SELECT account_id, commodity, amount_minor, posting_count
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
      AS change (account_id, commodity, amount_minor, posting_count)
    {ADD_TO_BALANCE}"""  # noqa: S608 -- the text above
_TOTAL: Final = f"""
    INSERT INTO entry_totals (household_id, transaction_type, commodity, month,
                              amount_minor, entry_count)
    VALUES ($1, $2, $3, $4, $5, 1)
    {ADD_TO_TOTAL}"""  # noqa: S608 -- the text above


def book(
    connection: Connection,
    household_id: int,
    entry: EntrySnapshot,
    changes: Mapping[tuple[int, str], Sequence[int]],
) -> None:
    """Write what belongs to an entry, and add it to balances and totals; its row is written too.

    Args:
        connection: of the unit of work, on PostgreSQL.
        household_id: whose entry it is.
        entry: with its postings and tags.
        changes: account and commodity → minor units and postings to add, each key once.
    """
    postings, first = entry.postings, entry.postings[0]
    # One order for everybody, so that two writers never wait for each other in a circle.
    ordered = sorted(changes.items())
    if len(postings) <= _WRITTEN_OUT_MAX:
        _book_few(connection, entry, ordered)
    else:
        _book_many(connection, entry, ordered)
    if entry.tags:
        connection.defer("entry_tags", _TAG, entry.entry_id, [tag_id for tag_id, _ in entry.tags])
    connection.defer(
        "entry_totals",
        _TOTAL,
        household_id,
        entry.transaction_type,
        first.commodity,
        entry.date[:7],
        abs(first.amount_minor),
    )


def _book_few(connection: Connection, entry: EntrySnapshot, ordered: _Changes) -> None:
    """Write the rows out: it costs both sides less than lists, and there are few such texts."""
    values: list[Value] = [entry.entry_id, entry.date]
    for posting in entry.postings:
        values += (posting.account_id, posting.amount_minor, posting.commodity, posting.memo)
    connection.defer("postings", _post(len(entry.postings)), *values)
    values = []
    for (account_id, code), (amount_minor, count) in ordered:
        values += (account_id, code, amount_minor, count)
    connection.defer("balances", _balance(len(ordered)), *values)


def _book_many(connection: Connection, entry: EntrySnapshot, ordered: _Changes) -> None:
    """Send the rows as lists: one text for every number of them."""
    postings = entry.postings
    connection.defer(
        "postings",
        _POST,
        entry.entry_id,
        entry.date,
        [posting.account_id for posting in postings],
        [posting.amount_minor for posting in postings],
        [posting.commodity for posting in postings],
        [posting.memo for posting in postings],
    )
    connection.defer(
        "balances",
        _BALANCE,
        [account_id for (account_id, _), _ in ordered],
        [code for (_, code), _ in ordered],
        [change[0] for _, change in ordered],
        [change[1] for _, change in ordered],
    )


@lru_cache
def _post(count: int) -> str:
    """Return the statement for so many postings of an entry."""
    rows = ", ".join(
        f"($1::bigint, {line}, ${at}::bigint, $2::date, ${at + 1}::bigint, ${at + 2}, ${at + 3})"
        for line, at in enumerate(range(3, 3 + 4 * count, 4))
    )
    return f"""
    INSERT INTO postings (entry_id, line, account_id, date, amount_minor, commodity, memo)
    VALUES {rows}"""  # noqa: S608 -- places of parameters


@lru_cache
def _balance(count: int) -> str:
    """Return the statement for so many changes of balances."""
    rows = ", ".join(
        f"(${at}::bigint, ${at + 1}, ${at + 2}::bigint, ${at + 3}::bigint)"
        for at in range(1, 1 + 4 * count, 4)
    )
    return f"""
    INSERT INTO balances (account_id, commodity, amount_minor, posting_count)
    VALUES {rows} {ADD_TO_BALANCE}"""  # noqa: S608 -- places of parameters, and the text above
