"""Templates without the line breaks that a browser would keep as nodes."""

from __future__ import annotations

from pfh.entry.web.templating import tightened


def test_takes_line_breaks_away_around_blocks_alone() -> None:
    text = "<table>\n  <tr>\n    <td>1 <b>2</b>\n    </td>\n  </tr>\n</table>\n"
    assert tightened(text) == "<table><tr><td>1 <b>2</b></td></tr></table>"


def test_keeps_the_blank_between_words_and_inline_elements() -> None:
    text = "<p>one\n  <b>two</b>\n  three</p>"
    assert tightened(text) == text


def test_keeps_what_a_template_computes_inside_of_tags() -> None:
    text = '<option value="{{ one }}"\n  {% if chosen %} selected{% endif %}>x</option>'
    assert tightened(text) == text
