"""What makes a row of a bank file the same row next time (docs/specs/import-matching.md §2).

It exists so that importing a file twice, or two files that overlap, adds nothing the second time.
The key is (account, date, digest): it starts with account and date because a bank file then touches
neighbouring pages of the index, which is worth a factor of three at a million rows.
"""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Final

from pfh.features.imports.formats.statement import StatementRow

# Up to this many rows nothing is forgotten, so files in any order are exact.
_KEPT_MAX: Final = 100_000
# Beyond it, days further than this from the present row are forgotten, account by account.
_WINDOW_DAYS: Final = 400
_PRUNE_EVERY: Final = 10_000


class OutOfOrder(Exception):
    """A row of a very long file lies more than 400 days from the rows before it."""

    MESSAGE = "The row is more than 400 days away from its neighbours; sort the file by date."


class RowKeys:
    """Numbers the rows of one file that look exactly alike, so that both coffees of a day are kept.

    Two files that overlap agree on the numbers, since within a day the n-th twin is the n-th twin
    in both. Memory is bounded: 100,000 rows, then a window of 400 days per account.
    """

    def __init__(self) -> None:
        """Start a file."""
        self._seen: dict[tuple[int, str], dict[int, int]] = {}
        self._size = 0
        self._until_prune = _KEPT_MAX
        self._forgotten: set[tuple[int, str]] = set()

    def digest(self, account_id: int, row: StatementRow) -> int:
        """Return the digest of a row: 63 bits, never negative.

        The bank's own id decides when there is one (with the amount, since some banks reuse ids);
        else amount, payee, memo and reference do.

        Raises:
            OutOfOrder: the twins of this row's day were forgotten.
        """
        text = (
            f"i\x1f{row.external_id}\x1f{row.amount_minor}\x1f{row.commodity}"
            if row.external_id
            else f"c\x1f{row.amount_minor}\x1f{row.commodity}\x1f{row.payee}\x1f{row.memo}"
            f"\x1f{row.reference or ''}"
        )
        first = _hash(text)
        day = (account_id, row.date)
        counts = self._seen.get(day)
        if counts is None:
            if day in self._forgotten:
                raise OutOfOrder
            counts = self._seen[day] = {}
        twins = counts.get(first, 0)
        counts[first] = twins + 1
        self._size += 1
        if self._size >= self._until_prune:
            self._prune(day)
        return _hash(f"{text}\x1f{twins}") if twins else first

    def _prune(self, present: tuple[int, str]) -> None:
        account_id, day = present
        here = date.fromisoformat(day).toordinal()
        far = [
            key
            for key in self._seen
            if key[0] != account_id
            or abs(date.fromisoformat(key[1]).toordinal() - here) > _WINDOW_DAYS
        ]
        # Other accounts keep their days too, unless the memory is needed: they may come back.
        for key in far:
            if key[0] == account_id or self._size > 2 * _KEPT_MAX:
                self._size -= sum(self._seen.pop(key).values())
                self._forgotten.add(key)
        self._until_prune = self._size + _PRUNE_EVERY


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) >> 1
