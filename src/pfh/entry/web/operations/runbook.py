"""The runbook as a page: docs/runbook.md, which the wheel carries, with an anchor at each section.

It exists so that an alert at night and a button of the operations page lead to words that fit this
very version, on a machine without a network.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pfh.core.errors import Kind, Problem

if TYPE_CHECKING:
    from markdown_it.token import Token

PATH: Final = "/admin/runbook"
_PACKAGED: Final = Path(__file__).resolve().parent / "runbook.md"
_OF_CHECKOUT: Final = Path(__file__).resolve().parents[5] / "docs" / "runbook.md"
_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_NOT_IN_ANCHOR: Final = re.compile(r"[^\w\- ]")
_SECTION, _SUBSECTION = "h2", "h3"


class RunbookMissing(Problem):
    """The program was installed without its runbook."""

    code = "runbook_missing"
    kind = Kind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the book; `depth` is 2 for a chapter and 3 for what is in it."""

    anchor: str
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class Runbook:
    """The book as HTML that was made of text alone, and its headings in their order."""

    body: str
    sections: tuple[Section, ...]


def section_path(anchor: str) -> str:
    """Return the address of a section of the book."""
    return f"{PATH}#{anchor}"


@cache
def runbook() -> Runbook:
    """Return the book; it is read and rendered once, which takes a fifth of a second.

    Raises:
        RunbookMissing.
    """
    for path in (_PACKAGED, _OF_CHECKOUT):
        if path.is_file():
            return rendered(path.read_text(encoding="utf-8"))
    raise RunbookMissing(
        "This program was installed without its runbook.",
        fix="It is docs/runbook.md of the sources of this version.",
    )


def rendered(text: str) -> Runbook:
    """Render a book in Markdown; HTML in it is shown as text, and no link leads out of it.

    Its first heading is left out: the page has one. A link to another document of the sources is
    shown as the name of its file, since the hub does not serve it.
    """
    # Takes 30 ms to load, which nobody but a reader of the book should pay.
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- see above

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in (
        ("fence", _render_block),
        ("table_open", _render_table_open),
        ("table_close", _render_table_close),
    ):
        markdown.add_render_rule(name, rule)
    tokens = _without_title(markdown.parse(_COMMENT.sub("", text)))
    sections = tuple(_anchored(tokens))
    for token in tokens:
        if token.children:
            token.children = _unlinked(token.children)
    body = markdown.renderer.render(tokens, markdown.options, {})
    return Runbook(body, sections)


def anchor_of(title: str) -> str:
    """Return the anchor of a heading as GitHub makes it.

    Example: "Failover of PostgreSQL" → "failover-of-postgresql".
    """
    return _NOT_IN_ANCHOR.sub("", title.lower()).replace(" ", "-")


def _without_title(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens


def _anchored(tokens: Sequence[Token]) -> list[Section]:
    """Give every heading its anchor, and return the chapters and what is in them."""
    found = []
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        title = "".join(child.content for child in inline.children or ())
        anchor = anchor_of(title)
        number = seen.get(anchor, 0)
        seen[anchor] = number + 1
        anchor = f"{anchor}-{number}" if number else anchor
        token.attrSet("id", anchor)
        if token.tag in {_SECTION, _SUBSECTION}:
            found.append(Section(anchor, title, int(token.tag[1])))
    return found


def _unlinked(children: list[Token]) -> list[Token]:
    """Return what is in a line with links inside of the book alone."""
    kept: list[Token] = []
    foreign: str | None = None
    for child in children:
        if child.type == "link_open":
            target = str(child.attrGet("href") or "")
            foreign = None if target.startswith("#") else target
        if foreign is None or child.type not in {"link_open", "link_close"}:
            kept.append(child)
        elif child.type == "link_close":
            child.type, child.tag, child.nesting = "text", "", 0
            child.content = f" ({_place_of(foreign)})"
            kept.append(child)
            foreign = None
    return kept


def _place_of(target: str) -> str:
    return target if "://" in target else posixpath.normpath(posixpath.join("docs", target))


# What is wider than the screen scrolls by itself, and so by keyboard, too.
def _render_block(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
    token = tokens[index]
    # What a block prints looks otherwise than what is typed.
    kind = "book-output" if " expect=" in token.info else "book-command"
    return f'<pre class="{kind}" tabindex="0"><code>{html.escape(token.content)}</code></pre>\n'


def _render_table_open(*_: object) -> str:
    return '<div class="book-table" tabindex="0"><table>\n'


def _render_table_close(*_: object) -> str:
    return "</table></div>\n"
