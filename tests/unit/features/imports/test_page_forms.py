"""Choosing columns and accounts on the page of an import."""

from __future__ import annotations

import pytest

from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.page_forms import accounts_in, mapping_in
from pfh.features.web.api import Form, InvalidRequest

BEFORE = Mapping(delimiter=",", width=6, date=0, debit=2, credit=3, payee=(1,), memo=(4,))


def form(**fields: str) -> Form:
    return Form(tuple((f"mapping.{name}", value) for name, value in fields.items()))


def test_changes_what_the_form_has_and_keeps_the_rest() -> None:
    after = mapping_in(form(date="5", payee="4,1", memo="", decimal=","), BEFORE)
    assert (after.date, after.payee, after.memo, after.decimal) == (5, (4, 1), (), ",")
    assert (after.debit, after.credit) == (2, 3)


def test_one_amount_takes_the_place_of_two_columns_and_back() -> None:
    one = mapping_in(form(amount="2", debit="2", credit="3"), BEFORE)
    assert (one.amount, one.debit, one.credit) == (2, None, None)
    two = mapping_in(form(amount="2", debit="3", credit=""), one)
    assert (two.amount, two.debit, two.credit) == (None, 3, None)


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"date": "x"}, "mapping.date"), ({"sign": "sideways"}, "mapping.sign")],
)
def test_names_the_field_when_a_choice_is_not_offered(fields: dict[str, str], place: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        mapping_in(form(**fields), BEFORE)
    assert caught.value.field == place


def test_leaves_out_accounts_that_become_new_ones() -> None:
    sent = Form((("accounts.DE12.34", "7"), ("accounts.", "8"), ("accounts.new", "")))
    assert accounts_in(sent) == {"DE12.34": "7", "": "8"}
