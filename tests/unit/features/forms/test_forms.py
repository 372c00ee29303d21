"""Forms that come back with their problems, and the words sent to the page."""

from __future__ import annotations

import json

from pfh.core.errors import Problem, Problems
from pfh.features.forms.api import Toast, failed_form, trigger_header


def test_puts_a_problem_to_its_field_with_the_fix() -> None:
    problem = Problem("The amount is zero.", field="amount", fix="Write another.")
    form = failed_form({"amount": "0"}, problem)
    assert form.errors == {"amount": "The amount is zero. Write another."}
    assert form.problem is None
    assert form.values == {"amount": "0"}


def test_shows_a_problem_above_the_fields_when_the_form_lacks_its_field() -> None:
    form = failed_form({"amount": "1"}, Problem("The account is closed.", field="accountId"))
    assert form.errors == {}
    assert form.problem == "The account is closed."


def test_keeps_the_first_of_two_problems_of_one_field_and_all_without() -> None:
    problems = Problems(
        [
            Problem("First.", field="name"),
            Problem("Second.", field="name"),
            Problem("Third."),
            Problem("Fourth."),
        ]
    )
    form = failed_form({"name": ""}, problems)
    assert form.errors == {"name": "First."}
    assert form.problem == "Third. Fourth."


def test_the_header_is_ascii_whatever_the_message_says() -> None:
    header = trigger_header(
        "totals-changed", toast=Toast(message="Deleted “Café”, €4.80.", undo_url="/x")
    )
    assert header.isascii()
    assert json.loads(header) == {
        "totals-changed": True,
        "toast": {"message": "Deleted “Café”, €4.80.", "tone": "good", "undoUrl": "/x"},
    }


def test_the_header_has_no_undo_when_there_is_none() -> None:
    assert json.loads(trigger_header(toast=Toast(message="Saved."))) == {
        "toast": {"message": "Saved.", "tone": "good"}
    }
