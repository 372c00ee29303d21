"""Lines and paragraphs: what passes, what is refused, and where it stands."""

from __future__ import annotations

import pytest

from pfh.core.text import TextNotPrintable, TextTooLong, line_problem, paragraph_problem


@pytest.mark.parametrize("text", ["", "Café 12", "日本語 👍🏽", "non\u00a0breaking", "<b>&'\""])
def test_line_passes_when_it_can_be_shown(text: str) -> None:
    assert line_problem(text, field="name", length_max=50) is None
    assert paragraph_problem(text, field="notes", length_max=50) is None


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\r\nb"])
def test_line_ends_pass_in_a_paragraph_alone(text: str) -> None:
    assert isinstance(line_problem(text, field="name", length_max=50), TextNotPrintable)
    assert paragraph_problem(text, field="notes", length_max=50) is None


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x85", "\ud83d"])
def test_control_characters_are_refused_with_their_place(character: str) -> None:
    for judge in (line_problem, paragraph_problem):
        problem = judge(f"ab{character}", field="notes", length_max=50)
        assert isinstance(problem, TextNotPrintable)
        assert problem.detail.startswith("Character 3 ")
        assert f"U+{ord(character):04X}" in problem.detail
        assert problem.field == "notes"


def test_length_is_counted_in_characters() -> None:
    assert line_problem("é" * 50, field="name", length_max=50) is None
    problem = line_problem("é" * 51, field="name", length_max=50)
    assert isinstance(problem, TextTooLong)
    assert "51" in problem.detail
    assert isinstance(
        paragraph_problem("x" * 10_000_000, field="memo", length_max=2000), TextTooLong
    )
