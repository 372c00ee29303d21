"""From a statement row to an entry: which account, which side, which words.

Pure but for the targets, which look into the database; docs/specs/import-matching.md §3.
"""

from __future__ import annotations

from typing import Final

from pfh.core.entry import DESCRIPTION_LENGTH_MAX, NOTES_LENGTH_MAX
from pfh.features.imports.formats.statement import RowKind, StatementRow
from pfh.features.imports.targets import Target, Targets
from pfh.features.ledger.api import EntrySnapshot, PostingSnapshot
from pfh.ports.database import Connection

_PAYEE_LENGTH_MAX: Final = 200
# What a broker calls money that the security pays, as opposed to buying and selling it.
_YIELDS: Final = frozenset({"income", "dividend", "interest", "div", "int"})


def clean(text: str, length_max: int) -> str:
    """Return a text as the ledger takes it: no control characters, at most `length_max` long.

    A cut text ends with "…", so that nobody takes it for the whole.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    text = text.strip()
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


def skip_reason(row: StatementRow) -> str | None:
    """Say why a sound row brings no entry: it moves no money."""
    if row.amount_minor == 0:
        return "The amount is zero: nothing moves."
    return None


async def entry_of_row(  # noqa: PLR0913 -- what a row, its place and its import say
    connection: Connection,
    targets: Targets,
    row: StatementRow,
    target: Target,
    *,
    entry_id: int,
    import_id: int,
    now: int,
) -> EntrySnapshot:
    """Return the entry of a row: line 0 is the account, line 1 the category.

    A purchase of 12.34 by card gives card -1234 and uncategorised expense +1234.
    """
    payee = clean(row.payee, _PAYEE_LENGTH_MAX)
    memo = clean(row.memo, NOTES_LENGTH_MAX)
    account_class = "income" if row.amount_minor > 0 else "expense"
    words = row.category
    if words is None and row.trade is not None and row.trade.action.casefold() in _YIELDS:
        words = "Interest and dividends"
    category = targets.known_category(words, account_class)
    if category is None:
        category = await targets.category(connection, words, account_class)
    payee_id = targets.known_payee(payee)
    if payee_id is None:
        payee_id = await targets.payee(connection, payee)
    description = payee or clean(row.memo, DESCRIPTION_LENGTH_MAX)
    return EntrySnapshot(
        entry_id=entry_id,
        date=row.date,
        transaction_type=account_class,
        postings=(
            PostingSnapshot(
                target.account_id, target.account_class, row.amount_minor, row.commodity
            ),
            PostingSnapshot(
                category.account_id, category.account_class, -row.amount_minor, row.commodity
            ),
        ),
        description=description,
        payee_id=payee_id,
        payee=payee,
        notes="" if memo == description else memo,
        status="pending" if row.kind is RowKind.PENDING else "cleared",
        import_id=import_id,
        created_at=now,
    )
