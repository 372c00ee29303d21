"""From a statement row to an entry: which account, which side, which words.

Pure but for the targets, which look into the database; docs/specs/import-matching.md §3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from pfh.core.entry import DESCRIPTION_LENGTH_MAX, NOTES_LENGTH_MAX
from pfh.features.imports.formats.statement import RowKind, StatementRow, Trade
from pfh.features.imports.store import RowKey
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


class EntryOrigin(NamedTuple):
    """The import that entries come from and when they are made, an instant in microseconds."""

    import_id: int
    created_at: int


class KeyedRow(NamedTuple):
    """A row with the account that it goes to and what makes it the same row next time."""

    key: RowKey
    row: StatementRow
    target: Target


async def entries_of_rows(
    connection: Connection,
    targets: Targets,
    rows: Sequence[KeyedRow],
    entry_ids: Sequence[int],
    origin: EntryOrigin,
) -> list[EntrySnapshot]:
    """Return the entries of rows: line 0 is the account, line 1 the category.

    A purchase of 12.34 by card gives card -1234 and uncategorised expense +1234. One loop for a
    batch, because a coroutine for each row costs as much as making its entry.
    """
    entries = []
    for entry_id, (_, row, target) in zip(entry_ids, rows, strict=True):
        amount, code = row.amount_minor, row.commodity
        account_class = "income" if amount > 0 else "expense"
        words = row.category if row.trade is None else _words_of_trade(row, row.trade)
        category = targets.known_category(words, account_class)
        if category is None:
            category = await targets.category(connection, words, account_class)
        payee, memo = clean(row.payee, _PAYEE_LENGTH_MAX), clean(row.memo, NOTES_LENGTH_MAX)
        found = targets.known_payee(payee)
        if found is None and payee:
            found = await targets.payee(connection, payee)
        # The words of the bank are the description; the payee is called as the household does.
        payee_id, payee_name = found or (None, "")
        description = payee or clean(row.memo, DESCRIPTION_LENGTH_MAX)
        own = PostingSnapshot(target.account_id, target.account_class, amount, code)
        other = PostingSnapshot(category.account_id, category.account_class, -amount, code)
        entries.append(
            EntrySnapshot(
                entry_id,
                row.date,
                account_class,
                (own, other),
                description,
                payee_id,
                payee_name,
                "" if memo == description else memo,
                "pending" if row.kind is RowKind.PENDING else "cleared",
                import_id=origin.import_id,
                created_at=origin.created_at,
            )
        )
    return entries


def _words_of_trade(row: StatementRow, trade: Trade) -> str | None:
    if row.category is None and trade.action.casefold() in _YIELDS:
        return "Interest and dividends"
    return row.category
