"""What a sound entry is, and every way to be unsound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pfh.core.entry import (
    AmountZero,
    DirectionWrong,
    Entry,
    EntryUnbalanced,
    Heading,
    LinesInvalid,
    Posting,
    PostingsTooFew,
    PostingsTooMany,
    Status,
    TagsInvalid,
    TransactionType,
    check_balanced,
    check_entry,
    entry_problems,
    heading_problems,
    imbalances,
    reverse,
)
from pfh.core.errors import Problem, Problems
from pfh.core.identity_types import AccountId, TagId
from pfh.core.money import AmountTooLarge
from pfh.core.period import DateInvalid
from pfh.core.text import TextNotPrintable, TextTooLong

BANK, FOOD = AccountId(1), AccountId(2)
HEADING = Heading("2026-11-23", "Supermarket")
SOUND = Entry(
    TransactionType.EXPENSE,
    HEADING,
    (Posting(0, BANK, -1234, "EUR"), Posting(1, FOOD, 1234, "EUR", "bread")),
)


def legs(*amounts: int) -> tuple[Posting, ...]:
    return tuple(Posting(line, BANK, amount, "EUR") for line, amount in enumerate(amounts))


def test_sound_entry_passes_and_shows_its_amount() -> None:
    check_entry(SOUND)
    assert SOUND.amount_minor == 1234
    assert SOUND.heading.status is Status.CLEARED


def test_imbalance_is_told_per_commodity() -> None:
    postings = (Posting(0, BANK, -1000, "EUR"), Posting(1, FOOD, 1000, "USD"))
    assert imbalances(postings) == {"EUR": -1000, "USD": 1000}
    with pytest.raises(EntryUnbalanced, match="EUR by -1000, USD by 1000"):
        check_balanced(postings)
    check_balanced(SOUND.postings)


@pytest.mark.parametrize(
    ("postings", "problem", "field"),
    [
        ((), PostingsTooFew, "postings"),
        (legs(-5), PostingsTooFew, "postings"),
        (legs(-1, *[1] * 101), PostingsTooMany, "postings"),
        (legs(-5, 4), EntryUnbalanced, "postings"),
        (legs(-5, 5, 0), AmountZero, "postings.2.amount"),
        (legs(-(10**15), 10**15), AmountTooLarge, "postings.1.amount"),
        (legs(5, -5), DirectionWrong, "postings.0.amount"),
        ((replace(SOUND.postings[0], memo="x" * 2001),), TextTooLong, "postings.0.memo"),
        ((replace(SOUND.postings[0], line=1), SOUND.postings[1]), LinesInvalid, "postings"),
        ((SOUND.postings[0], replace(SOUND.postings[1], line=2)), LinesInvalid, "postings"),
    ],
)
def test_unsound_postings_are_told(
    postings: tuple[Posting, ...], problem: type[Problem], field: str
) -> None:
    found = entry_problems(replace(SOUND, postings=postings))
    assert (problem, field) in [(type(item), item.field) for item in found]
    assert all(item.fix for item in found)


def test_repeated_lines_are_named() -> None:
    doubled = (SOUND.postings[0], replace(SOUND.postings[1], line=0))
    with pytest.raises(LinesInvalid, match=r"Lines \[0\] are there more than once"):
        check_entry(replace(SOUND, postings=doubled))


def test_one_hundred_and_one_postings_pass() -> None:
    check_entry(replace(SOUND, postings=legs(-100, *[1] * 100)))


def test_income_with_a_negative_line_0_is_refused() -> None:
    with pytest.raises(DirectionWrong):
        check_entry(replace(SOUND, transaction_type=TransactionType.INCOME))


@pytest.mark.parametrize("kind", [TransactionType.TRANSFER, TransactionType.OPENING])
def test_transfer_and_opening_take_either_sign(kind: TransactionType) -> None:
    check_entry(replace(SOUND, transaction_type=kind))
    check_entry(replace(SOUND, transaction_type=kind, postings=legs(5, -5)))


@pytest.mark.parametrize(
    ("heading", "problem", "field"),
    [
        (Heading("2026-02-30"), DateInvalid, "transactionDate"),
        (Heading("2026-11-23", "x" * 501), TextTooLong, "description"),
        (Heading("2026-11-23", "a\nb"), TextNotPrintable, "description"),
        (Heading("2026-11-23", notes="x" * 2001), TextTooLong, "notes"),
        (Heading("2026-11-23", notes="a\x00b"), TextNotPrintable, "notes"),
        (Heading("2026-11-23", tag_ids=(TagId(1), TagId(1))), TagsInvalid, "tags"),
        (Heading("2026-11-23", tag_ids=tuple(map(TagId, range(51)))), TagsInvalid, "tags"),
    ],
)
def test_unsound_heading_is_told(heading: Heading, problem: type[Problem], field: str) -> None:
    assert [(type(item), item.field) for item in heading_problems(heading)] == [(problem, field)]


def test_heading_passes_at_its_limits() -> None:
    heading = Heading(
        "2199-12-31",
        "x" * 500,
        notes="line\n" * 400,
        status=Status.PENDING,
        tag_ids=tuple(map(TagId, range(50))),
    )
    assert heading_problems(heading) == []


def test_all_problems_are_raised_at_once() -> None:
    broken = Entry(TransactionType.EXPENSE, Heading("0000-01-01", "\x00"), legs(-5, 4))
    with pytest.raises(Problems) as caught:
        check_entry(broken)
    assert [item.field for item in caught.value.problems] == [
        "transactionDate",
        "description",
        "postings",
    ]


def test_reversal_turns_signs_and_the_type() -> None:
    turned = reverse(SOUND)
    assert turned.transaction_type is TransactionType.INCOME
    assert [posting.amount_minor for posting in turned.postings] == [1234, -1234]
    assert turned.postings[1].memo == "bread"
    check_entry(turned)
    assert reverse(turned) == SOUND
