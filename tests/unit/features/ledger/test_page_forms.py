"""From the form of a transaction to what is meant, and back."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from msgspec import UNSET

from pfh.core.errors import Problem, Problems
from pfh.features.ledger.page_forms import (
    patch_in,
    shown_again,
    split_count,
    split_lines,
    stated_in,
    values_of,
)
from pfh.features.ledger.schemas import SplitInput, SplitView, TransactionView
from pfh.features.web.api import Form

FIELDS = {
    "transactionType": "expense",
    "amount": "12,50",
    "accountId": "11",
    "transactionDate": "2026-11-03",
    "payee": " Bakery ",
    "categoryId": "",
}


def form(**changes: str) -> Form:
    return Form(tuple({**FIELDS, **changes}.items()))


def test_states_what_was_typed_when_the_form_is_short() -> None:
    stated = stated_in(form())
    assert stated.amount == Decimal("12.50")
    assert stated.payee == "Bakery"
    assert stated.category_id is None
    assert stated.status == "cleared"
    assert stated.tags is None


def test_takes_parts_in_the_order_of_the_page_when_their_numbers_repeat() -> None:
    lines = (
        ("splits.1.categoryId", "5"),
        ("splits.1.amount", "10"),
        ("splits.1.categoryId", "6"),
        ("splits.1.amount", "2.50"),
        ("splits.3.categoryId", ""),
        ("splits.3.amount", ""),
    )
    sent = Form((*FIELDS.items(), *lines))
    assert stated_in(sent).splits == [
        SplitInput(Decimal(10), "5"),
        SplitInput(Decimal("2.50"), "6"),
    ]
    assert [line["categoryId"] for line in split_lines(sent)] == ["5", "6"]
    assert shown_again(sent)["splits.1.amount"] == "2.50"
    assert split_count(shown_again(sent)) == 2


def test_names_every_field_when_several_cannot_be_read() -> None:
    lines = (("splits.0.categoryId", ""), ("splits.0.amount", "x"))
    sent = Form((*{**FIELDS, "amount": ""}.items(), *lines))
    with pytest.raises(Problems) as caught:
        stated_in(sent)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"amount", "splits.0.amount", "splits.0.categoryId"}


def test_leaves_out_what_a_transfer_has_not() -> None:
    stated = stated_in(form(transactionType="transfer", transferAccountId="12", categoryId="9"))
    assert (stated.transfer_account_id, stated.category_id) == ("12", None)
    assert stated.transfer_amount is None


def test_refuses_a_direction_when_there_is_none_such() -> None:
    with pytest.raises(Problem) as caught:
        stated_in(form(transactionType="gift"))
    assert caught.value.field == "transactionType"


def view(**changes: object) -> TransactionView:
    """Return a split transaction as the ledger shows it, with some members changed."""
    shown = TransactionView(
        id="1",
        transaction_date="2026-11-03",
        transaction_type="expense",
        description="",
        amount="30.00",
        currency="EUR",
        account_id="11",
        account_name="Bank",
        category_id=None,
        category_name=None,
        transfer_account_id=None,
        transfer_account_name=None,
        transfer_amount=None,
        transfer_currency=None,
        splits=[SplitView("10.00", "5", "Food", None), SplitView("20.00", "6", "Home", "lamp")],
        payee="Store",
        payee_id="2",
        notes=None,
        tags=["a", "b"],
        status="cleared",
        import_id=None,
        version=4,
        created_at="2026-11-03T00:00:00Z",
    )
    return msgspec.structs.replace(shown, **changes)


def test_leaves_unsaid_what_the_form_has_not_when_it_changes() -> None:
    patch = patch_in(form(version="3"), view())
    assert (patch.version, patch.status, patch.notes, patch.description) == (3, UNSET, UNSET, UNSET)
    full = patch_in(form(tags="a, ,c ", notes="", status="pending"), view(notes="old"))
    assert (full.tags, full.notes, full.status) == (["a", "c"], None, "pending")


def test_leaves_alone_what_a_field_cannot_hold_when_it_is_as_it_was_shown() -> None:
    before = view(notes="first\r\nsecond", tags=["a,b", "c"])
    kept = patch_in(form(notes="firstsecond", tags="a,b, c"), before)
    assert (kept.notes, kept.tags) == (UNSET, UNSET)
    changed = patch_in(form(notes="third", tags=""), before)
    assert (changed.notes, changed.tags) == ("third", [])


def test_keeps_the_memo_of_the_only_part_when_its_category_stays() -> None:
    before = view(category_id="5", splits=[SplitView("30.00", "5", "Food", "for Ben")])
    assert patch_in(form(categoryId="5"), before).category_id is UNSET
    assert patch_in(form(categoryId="6"), before).category_id == "6"


def test_shows_a_split_transaction_with_its_parts() -> None:
    values = values_of(view())
    assert values["splits.1.memo"] == "lamp"
    assert (values["tags"], values["version"], values["transferAmount"]) == ("a, b", "4", "")
    assert split_count(values) == 2
