"""msgspec's messages become sentences with the path of the field."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest

from pfh.features.web.wording import described


class Split(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    category_id: str
    share: Annotated[int, msgspec.Meta(ge=1)] = 1


class Wish(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    kind: Literal["income", "expense"]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5)] = "x"
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z]+$")] = "X"
    splits: Annotated[list[Split], msgspec.Meta(max_length=2)] = []
    rates: dict[str, float] = {}


@pytest.mark.parametrize(
    ("json", "field", "detail"),
    [
        ("[]", None, "The body must be an object, not a list."),
        ("{}", "kind", "kind is missing."),
        ('{"kind":"gift"}', "kind", "kind cannot be 'gift'."),
        ('{"kind":5}', "kind", "kind must be text, not a whole number."),
        ('{"kind":"income","name":""}', "name", "name must have at least 1 characters."),
        ('{"kind":"income","name":"123456"}', "name", "name must have at most 5 characters."),
        ('{"kind":"income","code":"x"}', "code", "code does not have the right form."),
        ('{"kind":"income","nmae":1}', "nmae", "There is no field nmae."),
        (
            '{"kind":"income","splits":[{"categoryId":"1"},{}]}',
            "splits.1.categoryId",
            "splits.1.categoryId is missing.",
        ),
        (
            '{"kind":"income","splits":[{"categoryId":"1","share":0}]}',
            "splits.0.share",
            "splits.0.share must be at least 1.",
        ),
        (
            '{"kind":"income","splits":[{"categoryId":"1","share":"2"}]}',
            "splits.0.share",
            "splits.0.share must be a whole number, not text.",
        ),
        (
            '{"kind":"income","splits":[{"categoryId":"1"},{"categoryId":"1"},{"categoryId":"1"}]}',
            "splits",
            "splits must have at most 2 items.",
        ),
        ('{"kind":"income","rates":{"EUR":"1"}}', "rates.*", "rates.* must be a number, not text."),
    ],
)
def test_names_the_field_and_the_mistake(json: str, field: str | None, detail: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(json, type=Wish)
    problem = described(str(caught.value))
    assert (problem.field, problem.detail) == (field, detail)
    assert problem.fix
    assert problem.code == "invalid_request"


def test_says_how_an_amount_is_written_when_it_is_none() -> None:
    problem = described("Invalid decimal string - at `$.amount`")
    assert problem.detail == "amount is not a decimal number."
    assert problem.fix == "Write a number like 12.34."


def test_keeps_a_message_that_it_does_not_know() -> None:
    problem = described("Something new - at `$.a[1].b`")
    assert (problem.field, problem.detail) == ("a.1.b", "a.1.b cannot be read: Something new.")


def test_shortens_what_the_caller_sent_and_hides_control_characters() -> None:
    problem = described("Object contains unknown field `" + "\x1b[2J" * 100 + "`")
    assert "\x1b" not in problem.detail
    assert len(problem.detail) < 100
