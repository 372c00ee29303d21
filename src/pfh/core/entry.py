"""Entries and their postings: the shape of every movement of money, its limits, its reversal.

It exists so that one definition says what a sound entry is, for a form, an import, a restore and
the verification alike; see docs/specs/ledger.md §6 and §8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from pfh.core.errors import Problem, Problems
from pfh.core.identity_types import AccountId, PayeeId, TagId
from pfh.core.money import LIMIT_MINOR, AmountTooLarge
from pfh.core.period import date_problem
from pfh.core.text import line_problem, paragraph_problem

SPLITS_MAX: Final = 100
POSTINGS_MAX: Final = SPLITS_MAX + 1
TAGS_MAX: Final = 50
DESCRIPTION_LENGTH_MAX: Final = 500
NOTES_LENGTH_MAX: Final = 2000
MEMO_LENGTH_MAX: Final = 2000


class TransactionType(StrEnum):
    """What a person calls the entry (§7)."""

    INCOME = "income"
    EXPENSE = "expense"
    TRANSFER = "transfer"
    OPENING = "opening"


class Status(StrEnum):
    """How far the bank and the person agree on the entry (§6.5)."""

    PENDING = "pending"
    CLEARED = "cleared"
    RECONCILED = "reconciled"


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg of an entry.

    Attributes:
        line: 0 for the leg of the person's account, then 1, 2, … without a gap.
        account_id: where the amount is posted.
        amount_minor: signed minor units, debit positive, never 0, |amount| < 10^15.
        commodity: the code of what the amount counts.
        memo: a remark on this leg alone.
    """

    line: int
    account_id: AccountId
    amount_minor: int
    commodity: str
    memo: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """What an entry says about itself, apart from the money.

    Attributes:
        entry_date: civil date as ISO text, 1900-01-01 to 2199-12-31.
        description: one line, up to 500 characters, may be empty.
        payee_id: who paid or was paid.
        notes: several lines, up to 2,000 characters.
        status: pending, cleared or reconciled.
        tag_ids: at most 50, each once, in the order given.
    """

    entry_date: str
    description: str = ""
    payee_id: PayeeId | None = None
    notes: str | None = None
    status: Status = Status.CLEARED
    tag_ids: tuple[TagId, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft or a stored entry without its identity: heading and postings, sorted by line."""

    transaction_type: TransactionType
    heading: Heading
    postings: tuple[Posting, ...]

    @property
    def amount_minor(self) -> int:
        """The amount that lists show: |line 0|, in minor units of line 0's commodity."""
        return abs(self.postings[0].amount_minor)


class EntryUnbalanced(Problem):
    """The postings of one commodity do not sum to zero."""

    code = "entry_unbalanced"


class PostingsTooFew(Problem):
    """An entry has fewer than two postings."""

    code = "postings_too_few"


class PostingsTooMany(Problem):
    """An entry has more than 101 postings."""

    code = "postings_too_many"


class LinesInvalid(Problem):
    """Line numbers are not 0, 1, 2, … each once, in order."""

    code = "lines_invalid"


class AmountZero(Problem):
    """An amount is zero."""

    code = "amount_zero"


class DirectionWrong(Problem):
    """Line 0 of an income is negative, or of an expense positive."""

    code = "direction_wrong"


class TagsInvalid(Problem):
    """More than 50 tags, or one of them twice."""

    code = "tags_invalid"


def raise_problems(problems: Sequence[Problem]) -> None:
    """Raise nothing for none, the problem itself for one, `Problems` for several."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(list(problems))


def imbalances(postings: Iterable[Posting]) -> dict[str, int]:
    """Return commodity → sum in minor units, for the commodities that do not sum to zero."""
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.commodity] = sums.get(posting.commodity, 0) + posting.amount_minor
    return {code: total for code, total in sums.items() if total}


def check_balanced(postings: Iterable[Posting]) -> None:
    """Raise `EntryUnbalanced` unless the postings of each commodity sum to zero (§6.3).

    Example: +1000 EUR, -1000 EUR passes; +1000 EUR, -1000 USD fails with both commodities named.
    """
    problem = _balance_problem(postings)
    if problem is not None:
        raise problem


def heading_problems(heading: Heading) -> list[Problem]:
    """Judge date, description, notes and tags (§6.4); [] when all is well."""
    found = [
        date_problem(heading.entry_date, field="transactionDate"),
        line_problem(heading.description, field="description", length_max=DESCRIPTION_LENGTH_MAX),
        None
        if heading.notes is None
        else paragraph_problem(heading.notes, field="notes", length_max=NOTES_LENGTH_MAX),
    ]
    tag_ids = heading.tag_ids
    if tag_ids and (len(tag_ids) > TAGS_MAX or len(set(tag_ids)) < len(tag_ids)):
        found.append(
            TagsInvalid(
                f"{len(tag_ids)} tags are too many, or one of them is there twice.",
                field="tags",
                fix=f"Give at most {TAGS_MAX} tags, each once.",
            )
        )
    return [problem for problem in found if problem is not None]


def memo_problem(memo: str | None, *, field: str) -> Problem | None:
    """Judge a leg's remark: several lines, up to 2,000 characters."""
    if memo is None:
        return None
    return paragraph_problem(memo, field=field, length_max=MEMO_LENGTH_MAX)


def amount_problem(amount_minor: int, *, field: str) -> Problem | None:
    """Judge a signed amount: not zero, |amount| < 10^15."""
    if amount_minor == 0:
        return AmountZero("The amount is zero.", field=field, fix="Write an amount other than 0.")
    if abs(amount_minor) >= LIMIT_MINOR:
        return AmountTooLarge(
            "The amount is too large.", field=field, fix="Write fewer than 16 digits."
        )
    return None


def entry_problems(entry: Entry) -> list[Problem]:
    """Judge a whole entry, wherever it comes from (§6.3, §6.4); [] when it is sound.

    Fields of legs are `postings.<line>.amount` and `postings.<line>.memo`.
    """
    postings = entry.postings
    problems = heading_problems(entry.heading)
    problems += _shape_problems(postings)
    for place, posting in enumerate(postings):
        amount = amount_problem(posting.amount_minor, field=f"postings.{place}.amount")
        memo = memo_problem(posting.memo, field=f"postings.{place}.memo")
        problems += [problem for problem in (amount, memo) if problem is not None]
    problems += [
        problem
        for problem in (_balance_problem(postings), _direction_problem(entry))
        if problem is not None
    ]
    return problems


def check_entry(entry: Entry) -> None:
    """Raise what `entry_problems` finds: one problem as itself, several as `Problems`."""
    raise_problems(entry_problems(entry))


def reverse(entry: Entry) -> Entry:
    """Return the entry that undoes this one: every amount negated, income and expense exchanged.

    reverse(reverse(entry)) == entry, and both together move nothing (§8.1).

    Example: expense 12.34 (-1234 bank, +1234 food) → income 12.34 (+1234 bank, -1234 food).
    """
    return Entry(
        _REVERSED_TYPE[entry.transaction_type],
        entry.heading,
        tuple(replace(posting, amount_minor=-posting.amount_minor) for posting in entry.postings),
    )


_REVERSED_TYPE: Final = {
    TransactionType.INCOME: TransactionType.EXPENSE,
    TransactionType.EXPENSE: TransactionType.INCOME,
    TransactionType.TRANSFER: TransactionType.TRANSFER,
    TransactionType.OPENING: TransactionType.OPENING,
}


def _balance_problem(postings: Iterable[Posting]) -> EntryUnbalanced | None:
    sums = imbalances(postings)
    if not sums:
        return None
    off_by = ", ".join(f"{code} by {total}" for code, total in sorted(sums.items()))
    return EntryUnbalanced(
        f"The postings do not sum to zero, in minor units: {off_by}.",
        field="postings",
        fix="Let debits and credits of each currency be equal.",
    )


def _direction_problem(entry: Entry) -> DirectionWrong | None:
    wanted = {TransactionType.INCOME: 1, TransactionType.EXPENSE: -1}.get(entry.transaction_type, 0)
    if not entry.postings or entry.postings[0].amount_minor * wanted >= 0:
        return None
    return DirectionWrong(
        f"Line 0 of an {entry.transaction_type} has the wrong sign.",
        field="postings.0.amount",
        fix="Use positive for income, negative for expense.",
    )


def _shape_problems(postings: Sequence[Posting]) -> list[Problem]:
    problems: list[Problem] = []
    if len(postings) < 2:  # noqa: PLR2004 -- two legs are what "double entry" means.
        problems.append(
            PostingsTooFew(
                f"An entry has two or more postings, not {len(postings)}.",
                field="postings",
                fix="Say where the money comes from and where it goes.",
            )
        )
    if len(postings) > POSTINGS_MAX:
        problems.append(
            PostingsTooMany(
                f"{len(postings)} postings are more than {POSTINGS_MAX}.",
                field="postings",
                fix="Divide the entry into several.",
            )
        )
    lines = [posting.line for posting in postings]
    if lines != list(range(len(lines))):
        twice = sorted(line for line, count in Counter(lines).items() if count > 1)
        problems.append(
            LinesInvalid(
                f"Lines {twice} are there more than once."
                if twice
                else "The lines are not numbered 0, 1, 2, … in order.",
                field="postings",
                fix="Number the postings from 0 without a gap.",
            )
        )
    return problems
