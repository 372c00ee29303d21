"""A book under any sequence of post, change, reverse, delete, restore and undo stays true."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from pfh.core.balance import Balances, add, fold, movement
from pfh.core.entry import Entry, check_entry, imbalances, reverse
from tests.property.ledger_strategies import ENTRIES


class Book(RuleBasedStateMachine):
    """Balances kept by movements alone, against the live entries added up from scratch."""

    entry_ids = Bundle("entry_ids")

    def __init__(self) -> None:
        super().__init__()
        self.balances: Balances = {}
        self.live: dict[int, Entry] = {}
        self.trash: dict[int, Entry] = {}
        self.history: list[tuple[int, Entry | None, Entry | None]] = []

    def become(self, entry_id: int, after: Entry | None) -> None:
        """Replace what stands under an id by something, or by nothing."""
        before = self.live.get(entry_id)
        self.balances = add(self.balances, movement(before, after))
        if before is not None:
            del self.live[entry_id]
        if after is None:
            if before is not None:
                self.trash[entry_id] = before
        else:
            self.trash.pop(entry_id, None)
            self.live[entry_id] = after
        self.history.append((entry_id, before, after))

    @rule(target=entry_ids, entry=ENTRIES)
    def post(self, entry: Entry) -> int:
        entry_id = len(self.history)
        self.become(entry_id, entry)
        return entry_id

    @rule(entry_id=entry_ids, entry=ENTRIES)
    def change(self, entry_id: int, entry: Entry) -> None:
        if entry_id in self.live:
            self.become(entry_id, entry)

    @rule(target=entry_ids, entry_id=entry_ids)
    def post_reversal(self, entry_id: int) -> int:
        if entry_id not in self.live:
            return entry_id
        before = dict(self.balances)
        reversal_id = len(self.history)
        self.become(reversal_id, reverse(self.live[entry_id]))
        assert add(self.balances, fold(self.live[entry_id].postings)) == before
        return reversal_id

    @rule(entry_id=entry_ids)
    def delete_then_maybe_restore(self, entry_id: int) -> None:
        if entry_id in self.live:
            self.become(entry_id, None)
        else:
            self.become(entry_id, self.trash[entry_id])

    @rule(steps=st.integers(1, 3))
    def undo(self, steps: int) -> None:
        for entry_id, before, after in reversed(self.history[-steps:]):
            if self.live.get(entry_id) == after:
                self.become(entry_id, before)

    @invariant()
    def balances_are_the_sums_of_live_postings(self) -> None:
        assert self.balances == fold(leg for entry in self.live.values() for leg in entry.postings)

    @invariant()
    def every_live_entry_is_sound_and_the_book_sums_to_zero(self) -> None:
        for entry in self.live.values():
            check_entry(entry)
        assert imbalances(leg for entry in self.live.values() for leg in entry.postings) == {}

    @invariant()
    def undoing_all_history_gives_the_empty_book(self) -> None:
        balances = self.balances
        for _, before, after in reversed(self.history):
            balances = add(balances, movement(after, before))
        assert balances == {}


TestBook = Book.TestCase
TestBook.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
