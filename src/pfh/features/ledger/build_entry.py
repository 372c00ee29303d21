"""Turning what a person states into a sound entry: accounts looked up, payee and tags found.

Runs inside the caller's unit of work; the arithmetic and its rules are those of `pfh.core`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from pfh.core import transaction
from pfh.core.account import SystemAccount
from pfh.core.commodity import Commodity, commodity
from pfh.core.entry import Entry, Heading, Status, raise_problems
from pfh.core.errors import Problem
from pfh.core.identity_types import AccountId, PayeeId, TagId, parse_id
from pfh.core.money import parse_minor
from pfh.features.accounts import api as accounts
from pfh.features.accounts.api import AccountRecord
from pfh.features.ledger.errors import CategoryNotAllowed, TransferAccountMissing
from pfh.features.ledger.schemas import SplitInput, TransactionInput
from pfh.features.ledger.snapshot import EntrySnapshot, PostingSnapshot
from pfh.features.ledger.view import source_and_target
from pfh.features.payees import api as payees
from pfh.features.tags import api as tags
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an entry is written: instants in microseconds."""

    household_id: int
    now: int
    identifiers: Identifiers


class Built(NamedTuple):
    """An entry with the accounts that were looked up for it, so that nobody asks for them again."""

    entry: EntrySnapshot
    accounts: dict[int, AccountRecord]


async def build_entry(
    connection: Connection, place: Place, stated: TransactionInput, *, entry_id: int
) -> EntrySnapshot:
    """Return the entry for a stated transaction; raises what `build_with_accounts` does."""
    return (await build_with_accounts(connection, place, stated, entry_id=entry_id)).entry


def expect_questions(connection: Connection, household_id: int, stated: TransactionInput) -> None:
    """Say what `build_entry` is going to ask, as far as that is known before the answers."""
    accounts.expect_accounts(connection, household_id, _named(stated))
    uncategorised = _uncategorised(stated)
    if uncategorised is not None:
        accounts.expect_system_account(connection, household_id, uncategorised.value)
    payee = (stated.payee or "").strip()
    if payee:
        payees.expect_payee_for(connection, household_id, payee)
    for name in filter(None, map(str.strip, stated.tags or ())):
        tags.expect_tag_for(connection, household_id, name)


async def build_with_accounts(
    connection: Connection, place: Place, stated: TransactionInput, *, entry_id: int
) -> Built:
    """Return the entry for a stated transaction, and its accounts.

    Raises:
        AccountNotFound, CategoryNotFound: not in this household.
        AccountWrongKind, AccountClosed, CategoryNotAllowed, TransferAccountMissing, and every
        problem of the core's builders.
    """
    raise_problems(_shape_problems(stated))
    found = await _look_up(connection, place, stated)
    account = _own_account(found, stated.account_id, "accountId")
    payee_id, payee = await _payee(connection, place, stated.payee)
    tag_pairs = await _tags(connection, place, stated.tags or ())
    heading = Heading(
        stated.transaction_date,
        stated.description.strip(),
        None if payee_id is None else PayeeId(payee_id),
        stated.notes,
        Status(stated.status),
        tuple(TagId(tag_id) for tag_id, _ in tag_pairs),
    )
    if stated.transaction_type == "transfer":
        entry = _transfer(found, stated, heading, account)
    else:
        entry = _in_or_out(found, stated, heading, account)
    snapshot = EntrySnapshot(
        entry_id=entry_id,
        date=stated.transaction_date,
        transaction_type=entry.transaction_type.value,
        postings=_postings(entry, found.by_id),
        description=heading.description or payee,
        payee_id=payee_id,
        payee=payee,
        notes=stated.notes or "",
        status=stated.status,
        tags=tuple(tag_pairs),
        created_at=place.now,
    )
    return Built(snapshot, found.by_id)


@dataclass(frozen=True, slots=True)
class _Found:
    """The accounts a transaction names, and the hub's own that it needs."""

    by_id: dict[int, AccountRecord]
    system: AccountRecord | None


def _named(stated: TransactionInput) -> list[int]:
    named = {parse_id(stated.account_id)}
    if stated.category_id is not None:
        named.add(parse_id(stated.category_id))
    if stated.transfer_account_id is not None:
        named.add(parse_id(stated.transfer_account_id))
    named.update(parse_id(split.category_id) for split in stated.splits or ())
    return sorted(named)


async def _look_up(connection: Connection, place: Place, stated: TransactionInput) -> _Found:
    by_id = await accounts.find_accounts(connection, place.household_id, _named(stated))
    merged = {record.merged_into_id for record in by_id.values() if record.merged_into_id}
    if merged:
        by_id |= await accounts.find_accounts(connection, place.household_id, sorted(merged))
    wanted = _system_account_needed(stated, by_id)
    if wanted is None:
        return _Found(by_id, None)
    system = await accounts.system_account(connection, place.household_id, wanted.value)
    if system is None:
        message = f"household {place.household_id} lacks its system account {wanted.value}"
        raise RuntimeError(message)
    by_id[system.account_id] = system
    return _Found(by_id, system)


def _system_account_needed(
    stated: TransactionInput, by_id: dict[int, AccountRecord]
) -> SystemAccount | None:
    if stated.transaction_type == "transfer":
        source = by_id.get(parse_id(stated.account_id))
        target = by_id.get(parse_id(stated.transfer_account_id or ""))
        exchanged = source and target and source.commodity != target.commodity
        return SystemAccount.EXCHANGE if exchanged else None
    return _uncategorised(stated)


def _uncategorised(stated: TransactionInput) -> SystemAccount | None:
    """Return where income or an expense goes that names no category."""
    if stated.transaction_type == "transfer" or stated.category_id is not None or stated.splits:
        return None
    if stated.transaction_type == "income":
        return SystemAccount.UNCATEGORISED_INCOME
    return SystemAccount.UNCATEGORISED_EXPENSE


def _own_account(found: _Found, text: str, field: str) -> AccountRecord:
    record = found.by_id.get(parse_id(text))
    if record is None:
        message = "There is no such account."
        raise accounts.AccountNotFound(message, field=field, fix="Choose one of your accounts.")
    if not record.is_real:
        message = f"“{record.name}” is a category, not an account."
        raise accounts.AccountWrongKind(message, field=field, fix="Choose one of your accounts.")
    if record.closed_at is not None:
        message = f"The account “{record.name}” is closed."
        raise accounts.AccountClosed(
            message, field=field, fix="Reopen it, or choose another account."
        )
    return record


def _category(found: _Found, text: str, field: str) -> AccountRecord:
    record = found.by_id.get(parse_id(text))
    if record is not None and record.merged_into_id is not None:
        record = found.by_id.get(record.merged_into_id)
    if record is None:
        message = "There is no such category."
        raise accounts.CategoryNotFound(message, field=field, fix="Choose one of your categories.")
    if not record.is_category:
        message = f"“{record.name}” is an account, not a category."
        raise accounts.AccountWrongKind(
            message, field=field, fix="Choose a category, or make it a transfer."
        )
    return record


def _shape_problems(stated: TransactionInput) -> list[Problem]:
    problems: list[Problem] = []
    if stated.transaction_type == "transfer":
        if stated.transfer_account_id is None:
            problems.append(
                TransferAccountMissing(
                    "A transfer needs the account that receives.",
                    field="transferAccountId",
                    fix="Choose the account that the money goes to.",
                )
            )
        unwanted = [
            ("categoryId", stated.category_id is not None),
            ("splits", bool(stated.splits)),
        ]
    else:
        unwanted = [
            ("transferAccountId", stated.transfer_account_id is not None),
            ("transferAmount", stated.transfer_amount is not None),
            ("categoryId", stated.category_id is not None and bool(stated.splits)),
        ]
    problems.extend(
        CategoryNotAllowed(
            f"{field} does not go with this kind of transaction.",
            field=field,
            fix="Leave it out, or give splits or a category but not both.",
        )
        for field, wrong in unwanted
        if wrong
    )
    payee_problem = payees.payee_name_problem(stated.payee or "")
    if payee_problem is not None:
        problems.append(payee_problem)
    for place, name in enumerate(stated.tags or ()):
        problem = tags.tag_name_problem(name.strip(), field=f"tags.{place}")
        if problem is not None:
            problems.append(problem)
    return problems


async def _payee(connection: Connection, place: Place, name: str | None) -> tuple[int | None, str]:
    stripped = (name or "").strip()
    if not stripped:
        return None, ""
    return await payees.payee_for(
        connection,
        place.household_id,
        stripped,
        identifiers=place.identifiers,
        now=place.now,
    )


async def _tags(
    connection: Connection, place: Place, names: Sequence[str]
) -> list[tuple[int, str]]:
    pairs = [
        await tags.tag_for(
            connection,
            place.household_id,
            name.strip(),
            identifiers=place.identifiers,
            now=place.now,
        )
        for name in names
        if name.strip()
    ]
    # The same word twice, or in two spellings, is one tag.
    return list(dict.fromkeys(pairs))


def _transfer(
    found: _Found, stated: TransactionInput, heading: Heading, account: AccountRecord
) -> Entry:
    target = _own_account(found, stated.transfer_account_id or "", "transferAccountId")
    source_commodity, target_commodity = _commodity(account), _commodity(target)
    arriving = stated.transfer_amount
    return transaction.transfer(
        heading,
        transaction.Holding(AccountId(account.account_id), source_commodity),
        transaction.Holding(AccountId(target.account_id), target_commodity),
        parse_minor(stated.amount, source_commodity),
        # With one commodity the exchange account is not used, and so was not looked up.
        exchange_id=AccountId(found.system.account_id if found.system else 0),
        transfer_amount_minor=None
        if arriving is None
        else parse_minor(arriving, target_commodity, field="transferAmount"),
    )


def _in_or_out(
    found: _Found, stated: TransactionInput, heading: Heading, account: AccountRecord
) -> Entry:
    code = _commodity(account)
    amount_minor = parse_minor(stated.amount, code)
    if stated.splits:
        shares = [_share(found, split, place, code) for place, split in enumerate(stated.splits)]
    else:
        category = (
            _category(found, stated.category_id, "categoryId")
            if stated.category_id is not None
            else found.system
        )
        if category is None:
            message = "neither a category nor the uncategorised one was looked up"
            raise RuntimeError(message)
        shares = [transaction.Split(AccountId(category.account_id), amount_minor)]
    build = transaction.income if stated.transaction_type == "income" else transaction.expense
    return build(
        heading, transaction.Holding(AccountId(account.account_id), code), amount_minor, shares
    )


def _share(found: _Found, split: SplitInput, place: int, code: Commodity) -> transaction.Split:
    category = _category(found, split.category_id, f"splits.{place}.categoryId")
    amount_minor = parse_minor(split.amount, code, field=f"splits.{place}.amount")
    return transaction.Split(AccountId(category.account_id), amount_minor, split.memo)


def _commodity(account: AccountRecord) -> Commodity:
    return commodity(account.commodity or "")


def _postings(entry: Entry, by_id: dict[int, AccountRecord]) -> tuple[PostingSnapshot, ...]:
    return tuple(
        PostingSnapshot(
            posting.account_id,
            by_id[posting.account_id].account_class,
            posting.amount_minor,
            posting.commodity,
            posting.memo or "",
        )
        for posting in entry.postings
    )


def stated_from(entry: EntrySnapshot, exponents: dict[str, int]) -> TransactionInput:
    """Return what a person would have to state to get this entry; used to change parts of it.

    Args:
        entry: an income, expense or transfer.
        exponents: commodity code → decimals, for those in the entry.
    """

    def amount(posting: PostingSnapshot, sign: int) -> Decimal:
        return Decimal(sign * posting.amount_minor).scaleb(-exponents[posting.commodity])

    first, target = entry.postings[:2]
    is_transfer = entry.transaction_type == "transfer"
    if is_transfer:
        first, target = source_and_target(entry)
    sign = 1 if first.amount_minor > 0 else -1
    return TransactionInput(
        amount=amount(first, sign),
        transaction_type=entry.transaction_type,  # type: ignore[arg-type]
        transaction_date=entry.date,
        account_id=str(first.account_id),
        description=entry.description,
        transfer_account_id=str(target.account_id) if is_transfer else None,
        transfer_amount=amount(target, 1)
        if is_transfer and target.commodity != first.commodity
        else None,
        splits=None
        if is_transfer
        else [
            SplitInput(amount(posting, -sign), str(posting.account_id), posting.memo or None)
            for posting in entry.postings[1:]
        ],
        payee=entry.payee or None,
        notes=entry.notes or None,
        tags=[name for _, name in entry.tags],
        status=entry.status,  # type: ignore[arg-type]
    )
