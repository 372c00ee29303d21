"""Rendering entries as the transactions that the API answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pfh.core.commodity import commodity
from pfh.core.instant import instant_text
from pfh.core.money import format_minor
from pfh.features.ledger.schemas import SplitView, TransactionView
from pfh.features.ledger.snapshot import EntrySnapshot, PostingSnapshot


class Shown(NamedTuple):
    """The account that is shown for a posting, and its name."""

    account_id: int
    name: str


def _money(amount_minor: int, code: str) -> str:
    return format_minor(amount_minor, commodity(code))


def fields_of(entry: EntrySnapshot, names: Mapping[int, Shown]) -> dict[str, object]:
    """Return the members of a `TransactionView`; `names` maps accounts to what is shown.

    The source of a transfer is the leg that money leaves, whichever line it has. An opening balance
    keeps its sign: a debt of 350.00 is "-350.00".
    """
    first, *others = entry.postings
    sign = 1 if first.amount_minor > 0 else -1
    target: PostingSnapshot | None = None
    splits: list[SplitView] = []
    if entry.transaction_type == "transfer":
        first, target = source_and_target(entry)
    elif entry.transaction_type != "opening":
        for posting in others:
            account_id, name = _shown(posting, names)
            amount = _money(-sign * posting.amount_minor, posting.commodity)
            splits.append(SplitView(amount, str(account_id), name, posting.memo or None))
    single = splits[0] if len(splits) == 1 else None
    return {
        "id": str(entry.entry_id),
        "transaction_date": entry.date,
        "transaction_type": entry.transaction_type,
        "description": entry.description,
        "amount": _money(
            first.amount_minor if entry.transaction_type == "opening" else abs(first.amount_minor),
            first.commodity,
        ),
        "currency": first.commodity,
        "account_id": str(first.account_id),
        "account_name": _shown(first, names).name,
        "category_id": single.category_id if single else None,
        "category_name": single.category_name if single else None,
        "transfer_account_id": None if target is None else str(target.account_id),
        "transfer_account_name": None if target is None else _shown(target, names).name,
        "transfer_amount": None
        if target is None
        else _money(abs(target.amount_minor), target.commodity),
        "transfer_currency": None if target is None else target.commodity,
        "splits": splits,
        "payee": entry.payee or None,
        "payee_id": None if entry.payee_id is None else str(entry.payee_id),
        "notes": entry.notes or None,
        "tags": [name for _, name in entry.tags],
        "status": entry.status,
        "import_id": None if entry.import_id is None else str(entry.import_id),
        "version": entry.version,
        "created_at": instant_text(entry.created_at),
    }


def _shown(posting: PostingSnapshot, names: Mapping[int, Shown]) -> Shown:
    # An account that a deleted entry names may be gone; its entry is still shown.
    return names.get(posting.account_id) or Shown(posting.account_id, "")


def source_and_target(entry: EntrySnapshot) -> tuple[PostingSnapshot, PostingSnapshot]:
    """Return the legs of a transfer: where money left, where it arrived.

    Line 0 is the account that the entry was entered or imported for, which may be either.
    """
    first, second = entry.postings[:2]
    return (second, first) if first.amount_minor > 0 else (first, second)


def view_of(entry: EntrySnapshot, names: Mapping[int, Shown]) -> TransactionView:
    """Return one entry as the API shows it."""
    return TransactionView(**fields_of(entry, names))  # type: ignore[arg-type]
