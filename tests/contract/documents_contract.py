"""What every document store does with the counters of the dashboard."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from pfh.ports.documents import Collection, Document, Documents, Increment, Range
from tests.heads import at

ANN, BEN = 101, 102
MONTH = Increment("monthly_summaries", "2026-11", 0, "EUR", 1000, 250, 2)
DAY = Increment("daily_category_spend", "2026-11-23", 9, "EUR", 250, 0, 1)


async def read(
    documents: Documents, household_id: int, collection: Collection, *, first: str, last: str
) -> list[Document]:
    _, (found,) = await documents.read(household_id, [Range(collection, first, last)])
    return found


class DocumentsContract(ABC):
    """Run by a subclass for each adapter, which provides `documents`."""

    @abstractmethod
    @pytest.fixture
    def documents(self) -> Documents:
        """Return a store without documents."""

    async def test_adds_up_what_is_applied_in_turn(self, documents: Documents) -> None:
        assert await documents.apply(ANN, before=at(0), after=at(2), increments=[MONTH, DAY])
        less = replace(MONTH, first_minor=-400, second_minor=50, count=-1)
        assert await documents.apply(ANN, before=at(2), after=at(3), increments=[less])
        assert await read(documents, ANN, "monthly_summaries", first="2026-11", last="2026-11") == [
            Document("2026-11", 0, "EUR", 600, 300, 1)
        ]
        assert await documents.head(ANN) == at(3)

    async def test_adds_up_increments_of_one_document_in_one_call(
        self, documents: Documents
    ) -> None:
        await documents.apply(ANN, before=at(0), after=at(5), increments=[MONTH] * 5)
        (document,) = await read(
            documents, ANN, "monthly_summaries", first="2026-01", last="2026-12"
        )
        assert (document.first_minor, document.second_minor, document.count) == (5000, 1250, 10)

    @pytest.mark.parametrize(("first_seq", "last_seq"), [(1, 2), (2, 2), (4, 4), (9, 9)])
    async def test_changes_nothing_when_it_is_not_the_next(
        self, documents: Documents, first_seq: int, last_seq: int
    ) -> None:
        await documents.apply(ANN, before=at(0), after=at(2), increments=[MONTH])
        assert not await documents.apply(
            ANN, before=at(first_seq - 1), after=at(last_seq), increments=[MONTH]
        )
        (document,) = await read(
            documents, ANN, "monthly_summaries", first="2026-11", last="2026-11"
        )
        assert document.first_minor == 1000
        assert await documents.head(ANN) == at(2)

    async def test_does_not_begin_in_the_middle(self, documents: Documents) -> None:
        assert not await documents.apply(ANN, before=at(2), after=at(3), increments=[MONTH])
        assert await documents.head(ANN) == at(0)

    async def test_counts_once_when_several_apply_the_same_events(
        self, documents: Documents
    ) -> None:
        done = await asyncio.gather(
            *[documents.apply(ANN, before=at(0), after=at(1), increments=[MONTH]) for _ in range(8)]
        )
        assert sorted(done) == [False] * 7 + [True]
        (document,) = await read(
            documents, ANN, "monthly_summaries", first="2026-11", last="2026-11"
        )
        assert document.count == 2

    async def test_moves_the_head_when_there_is_nothing_to_add(self, documents: Documents) -> None:
        assert await documents.apply(ANN, before=at(0), after=at(4), increments=())
        assert await documents.head(ANN) == at(4)

    async def test_reads_a_range_in_order(self, documents: Documents) -> None:
        days = [
            replace(DAY, period=f"2026-11-{day:02}", subject_id=subject)
            for day in (30, 2, 15)
            for subject in (9, 4)
        ]
        await documents.apply(ANN, before=at(0), after=at(1), increments=days)
        found = await read(
            documents, ANN, "daily_category_spend", first="2026-11-02", last="2026-11-15"
        )
        assert [(one.period[-2:], one.subject_id) for one in found] == [
            ("02", 4),
            ("02", 9),
            ("15", 4),
            ("15", 9),
        ]

    async def test_reads_head_and_several_ranges_of_one_moment(self, documents: Documents) -> None:
        await documents.apply(ANN, before=at(0), after=at(4), increments=[MONTH, DAY])
        ranges = [
            Range("daily_category_spend", "2026-11-01", "2026-11-30"),
            Range("balance_history", "2026-01", "2026-12"),
            Range("monthly_summaries", "2026-11", "2026-11"),
        ]
        head, (days, balances, months) = await documents.read(ANN, ranges)
        assert head == at(4)
        assert days == [Document("2026-11-23", 9, "EUR", 250, 0, 1)]
        assert balances == []
        assert months == [Document("2026-11", 0, "EUR", 1000, 250, 2)]

    async def test_keeps_households_and_collections_apart(self, documents: Documents) -> None:
        await documents.apply(ANN, before=at(0), after=at(1), increments=[MONTH])
        await documents.apply(BEN, before=at(0), after=at(1), increments=[DAY])
        assert await read(documents, BEN, "monthly_summaries", first="2026", last="2027") == []
        assert await read(documents, ANN, "daily_category_spend", first="2026", last="2027") == []

    async def test_tells_several_heads_at_once(self, documents: Documents) -> None:
        await documents.apply(ANN, before=at(0), after=at(3), increments=[MONTH])
        assert await documents.heads([BEN, ANN]) == {ANN: at(3)}
        assert await documents.heads([]) == {}

    async def test_forgets_one_household_and_begins_anew(self, documents: Documents) -> None:
        for household in (ANN, BEN):
            await documents.apply(household, before=at(0), after=at(3), increments=[MONTH, DAY])
        await documents.forget(ANN)
        assert await documents.head(ANN) == at(0)
        assert await read(documents, ANN, "monthly_summaries", first="2026", last="2027") == []
        assert await documents.head(BEN) == at(3)
        assert await documents.apply(ANN, before=at(0), after=at(1), increments=[MONTH])

    async def test_changes_nothing_when_the_head_is_of_another_history(
        self, documents: Documents
    ) -> None:
        await documents.apply(ANN, before=at(0), after=at(2), increments=[MONTH])
        other = at(2, "other")
        assert not await documents.apply(ANN, before=other, after=at(3), increments=[MONTH])
        assert await documents.heads([ANN]) == {ANN: at(2)}
        assert (await documents.read(ANN, []))[0] == at(2)

    async def test_forgets_at_a_head_only_while_it_is_there(self, documents: Documents) -> None:
        await documents.apply(ANN, before=at(0), after=at(2), increments=[MONTH])
        for late in (at(1), at(2, "other"), at(3), at(0)):
            await documents.forget(ANN, at=late)
            assert await documents.head(ANN) == at(2)
        await documents.forget(ANN, at=at(2))
        assert await documents.head(ANN) == at(0)
        assert await read(documents, ANN, "monthly_summaries", first="2026", last="2027") == []
        await documents.forget(BEN, at=at(2))
        assert await documents.head(BEN) == at(0)

    async def test_refuses_a_range_that_is_none(self, documents: Documents) -> None:
        with pytest.raises(ValueError, match="no event between"):
            await documents.apply(ANN, before=at(1), after=at(1), increments=())
