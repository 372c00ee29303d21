"""One entry on PostgreSQL in one statement: row, postings, tags, balances and total.

It exists because a booking is the hot write, and each statement of it costs a round trip. The parts
touch different rows, so that their order does not matter; foreign keys are checked at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.ports.database import Connection, Value

ADD_TO_BALANCE: Final = """
    ON CONFLICT (account_id, commodity) DO UPDATE
    SET amount_minor = balances.amount_minor + excluded.amount_minor,
        posting_count = balances.posting_count + excluded.posting_count"""
ADD_TO_TOTAL: Final = """
    ON CONFLICT (household_id, transaction_type, commodity, month) DO UPDATE
    SET amount_minor = entry_totals.amount_minor + excluded.amount_minor,
        entry_count = entry_totals.entry_count + excluded.entry_count"""
_BOOK: Final = f"""
    WITH entered AS (
      INSERT INTO entries (entry_id, household_id, date, transaction_type, status, payee_id,
                           description, notes, search_text, import_id, version, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ), posted AS (
      INSERT INTO postings (entry_id, line, account_id, date, amount_minor, commodity, memo)
      SELECT $1::bigint, line - 1, account_id, $3::date, amount_minor, commodity, memo
      FROM unnest($13::bigint[], $14::bigint[], $15::text[], $16::text[]) WITH ORDINALITY
        AS posting (account_id, amount_minor, commodity, memo, line)
    ), tagged AS (
      INSERT INTO entry_tags (entry_id, tag_id)
      SELECT $1::bigint, tag_id FROM unnest($17::bigint[]) AS tag (tag_id)
    ), balanced AS (
      INSERT INTO balances (account_id, commodity, amount_minor, posting_count)
      SELECT account_id, commodity, amount_minor, posting_count
      FROM unnest($18::bigint[], $19::text[], $20::bigint[], $21::bigint[])
        AS change (account_id, commodity, amount_minor, posting_count)
      {ADD_TO_BALANCE}
    )
    INSERT INTO entry_totals (household_id, transaction_type, commodity, month,
                              amount_minor, entry_count)
    VALUES ($2, $4, $22, $23, $24, 1)
    {ADD_TO_TOTAL}"""  # noqa: S608 -- the texts above


async def book(
    connection: Connection,
    row: Sequence[Value],
    entry: EntrySnapshot,
    changes: Mapping[tuple[int, str], Sequence[int]],
) -> None:
    """Write an entry whose `row` of the table is given, and add it to balances and totals.

    Args:
        connection: of the unit of work, on PostgreSQL.
        row: the twelve values of `entries`.
        entry: the same, with its postings and tags.
        changes: account and commodity → minor units and postings to add, each key once.
    """
    postings, first = entry.postings, entry.postings[0]
    # One order for everybody, so that two writers never wait for each other in a circle.
    ordered = sorted(changes.items())
    await connection.execute(
        _BOOK,
        *row,
        [posting.account_id for posting in postings],
        [posting.amount_minor for posting in postings],
        [posting.commodity for posting in postings],
        [posting.memo for posting in postings],
        [tag_id for tag_id, _ in entry.tags],
        [account_id for (account_id, _), _ in ordered],
        [code for (_, code), _ in ordered],
        [change[0] for _, change in ordered],
        [change[1] for _, change in ordered],
        first.commodity,
        entry.date[:7],
        abs(first.amount_minor),
    )
