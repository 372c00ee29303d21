"""Builders of entries from what a person says: money in, money out, money moved, what was there.

It exists so that signs, line 0 and the exchange legs are decided in one place; see
docs/specs/ledger.md §7. Every builder reports all that is wrong at once, under the API's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.core.commodity import Commodity
from pfh.core.entry import (
    SPLITS_MAX,
    Entry,
    Heading,
    Posting,
    TransactionType,
    amount_problem,
    heading_problems,
    memo_problem,
    raise_problems,
)
from pfh.core.errors import Problem
from pfh.core.identity_types import AccountId
from pfh.core.money import format_minor


@dataclass(frozen=True, slots=True)
class Holding:
    """A person's own account with the one commodity that it holds."""

    account_id: AccountId
    commodity: Commodity


@dataclass(frozen=True, slots=True)
class Split:
    """A share of an income or expense that goes to one category.

    Attributes:
        category_id: an income or expense account.
        amount_minor: minor units of the person's account, in the direction of the transaction;
            negative for a deduction (a coupon, the tax on a salary); never 0.
        memo: a remark on this share.
    """

    category_id: AccountId
    amount_minor: int
    memo: str | None = None


class AmountNegative(Problem):
    """An amount that has to be positive is not: the type gives the direction."""

    code = "amount_negative"


class SplitsMissing(Problem):
    """An income or expense names no category at all."""

    code = "splits_missing"


class SplitsTooMany(Problem):
    """More than 100 splits."""

    code = "splits_too_many"


class SplitsUnequal(Problem):
    """The splits do not sum to the amount."""

    code = "splits_unequal"


class TransferToItself(Problem):
    """Source and target of a transfer are the same account."""

    code = "transfer_to_itself"


class TransferAmountMissing(Problem):
    """Two currencies, and the amount that arrives is not given."""

    code = "transfer_amount_missing"


class TransferAmountUnequal(Problem):
    """One currency, and the amount that arrives is not the one that leaves."""

    code = "transfer_amount_unequal"


def income(heading: Heading, holding: Holding, amount_minor: int, splits: Sequence[Split]) -> Entry:
    """Build money that comes in (§7.1): line 0 is +amount, each split a leg of its opposite.

    Args:
        heading: date and words.
        holding: the account that receives.
        amount_minor: positive, in minor units of the holding's commodity.
        splits: 1 to 100, their sum is the amount.

    Raises:
        The problem, or `Problems` when there are several.

    Example: 2,500.00 of salary → line 0 bank +250000, line 1 salary -250000.
    """
    return _in_or_out(TransactionType.INCOME, 1, heading, holding, (amount_minor, splits))


def expense(
    heading: Heading, holding: Holding, amount_minor: int, splits: Sequence[Split]
) -> Entry:
    """Build money that goes out (§7.2); as `income` with the signs turned.

    Example: 12.34 of food → line 0 bank -1234, line 1 food +1234.
    """
    return _in_or_out(TransactionType.EXPENSE, -1, heading, holding, (amount_minor, splits))


def transfer(  # noqa: PLR0913 -- two currencies need six facts; the last two are keyword-only.
    heading: Heading,
    source: Holding,
    target: Holding,
    amount_minor: int,
    *,
    exchange_id: AccountId,
    transfer_amount_minor: int | None = None,
) -> Entry:
    """Build money that moves between two own accounts (§7.4, §7.5).

    Args:
        heading: date and words.
        source: the account that gives (`accountId`), line 0.
        target: the account that receives (`transferAccountId`), line 1.
        amount_minor: what leaves, positive, in the source's commodity.
        exchange_id: the household's equity account `Exchange`; used when the commodities differ.
        transfer_amount_minor: what arrives, positive, in the target's commodity. Required when the
            commodities differ; else None or the same as `amount_minor`.

    Raises:
        The problem, or `Problems` when there are several.

    Example: 100.00 EUR to 108.50 USD → -10000 EUR, +10850 USD, Exchange +10000 EUR and -10850 USD.
    """
    problems = heading_problems(heading) + _positive_problems(amount_minor, "amount")
    if source.account_id == target.account_id:
        problems.append(
            TransferToItself(
                "The money leaves and enters the same account.",
                field="transferAccountId",
                fix="Choose another account.",
            )
        )
    exchanged = source.commodity.code != target.commodity.code
    problems += _arrival_problems(source, target, amount_minor, transfer_amount_minor)
    raise_problems(problems)
    arriving = amount_minor if transfer_amount_minor is None else transfer_amount_minor
    given, taken = source.commodity.code, target.commodity.code
    postings = [
        Posting(0, source.account_id, -amount_minor, given),
        Posting(1, target.account_id, arriving, taken),
    ]
    if exchanged:
        postings += [
            Posting(2, exchange_id, amount_minor, given),
            Posting(3, exchange_id, -arriving, taken),
        ]
    return Entry(TransactionType.TRANSFER, heading, tuple(postings))


def opening(
    heading: Heading, holding: Holding, amount_minor: int, *, opening_balances_id: AccountId
) -> Entry:
    """Build what an account held before its first entry (§7.6).

    Args:
        heading: its date is the opening date.
        holding: the account.
        amount_minor: signed, debit positive: negative for a debt or an overdraft; not 0.
        opening_balances_id: the household's equity account `Opening balances`.

    Raises:
        The problem, or `Problems` when there are several.

    Example: a card that owes 350.00 → line 0 card -35000, line 1 opening balances +35000.
    """
    problems = heading_problems(heading)
    amount = amount_problem(amount_minor, field="openingBalance")
    raise_problems(problems if amount is None else [*problems, amount])
    code = holding.commodity.code
    return Entry(
        TransactionType.OPENING,
        heading,
        (
            Posting(0, holding.account_id, amount_minor, code),
            Posting(1, opening_balances_id, -amount_minor, code),
        ),
    )


def _in_or_out(
    transaction_type: TransactionType,
    sign: int,
    heading: Heading,
    holding: Holding,
    money: tuple[int, Sequence[Split]],
) -> Entry:
    amount_minor, splits = money
    problems = heading_problems(heading) + _positive_problems(amount_minor, "amount")
    problems += _splits_problems(holding.commodity, amount_minor, splits)
    raise_problems(problems)
    code = holding.commodity.code
    return Entry(
        transaction_type,
        heading,
        (
            Posting(0, holding.account_id, sign * amount_minor, code),
            *(
                Posting(line, split.category_id, -sign * split.amount_minor, code, split.memo)
                for line, split in enumerate(splits, start=1)
            ),
        ),
    )


def _positive_problems(amount_minor: int, field: str) -> list[Problem]:
    if amount_minor < 0:
        return [
            AmountNegative(
                "The amount is negative.",
                field=field,
                fix="Write a positive amount; the type says whether it comes in or goes out.",
            )
        ]
    problem = amount_problem(amount_minor, field=field)
    return [] if problem is None else [problem]


def _splits_problems(
    commodity: Commodity, amount_minor: int, splits: Sequence[Split]
) -> list[Problem]:
    if not splits:
        return [
            SplitsMissing("No category is given.", field="categoryId", fix="Choose a category.")
        ]
    if len(splits) > SPLITS_MAX:
        return [
            SplitsTooMany(
                f"{len(splits)} splits are more than {SPLITS_MAX}.",
                field="splits",
                fix="Divide the transaction into several.",
            )
        ]
    problems: list[Problem] = []
    for place, split in enumerate(splits):
        # The only split has the amount of the whole, which is judged already.
        is_whole = len(splits) == 1 and split.amount_minor == amount_minor
        place_of_amount = f"splits.{place}.amount"
        amount = None if is_whole else amount_problem(split.amount_minor, field=place_of_amount)
        memo = memo_problem(split.memo, field=f"splits.{place}.memo")
        problems += [problem for problem in (amount, memo) if problem is not None]
    total_minor = sum(split.amount_minor for split in splits)
    if total_minor != amount_minor:
        difference = format_minor(amount_minor - total_minor, commodity)
        problems.append(
            SplitsUnequal(
                f"The splits sum to {format_minor(total_minor, commodity)}, the amount is"
                f" {format_minor(amount_minor, commodity)}.",
                field="splits",
                fix=f"Change the splits by {difference} {commodity.code}.",
            )
        )
    return problems


def _arrival_problems(
    source: Holding, target: Holding, amount_minor: int, arriving_minor: int | None
) -> list[Problem]:
    field = "transferAmount"
    same = source.commodity.code == target.commodity.code
    if arriving_minor is None:
        if same:
            return []
        return [
            TransferAmountMissing(
                f"{source.commodity.code} leaves and {target.commodity.code} arrives.",
                field=field,
                fix=f"Write how many {target.commodity.code} arrive.",
            )
        ]
    if same and arriving_minor != amount_minor:
        return [
            TransferAmountUnequal(
                "Within one currency the same amount arrives that leaves.",
                field=field,
                fix="Leave it out, and enter a fee as an expense of its own.",
            )
        ]
    return _positive_problems(arriving_minor, field)
