"""The runbook as data: its blocks, what each must print, its anchors and its contacts.

A block is a fenced piece of the page whose info string says what it is:

    ```bash id=slow-api.cache class=exec covers=R023
    ```text expect=slow-api.cache

`exec` is run; `lint` is checked without running it; `docker-only` and `human` are neither, and a
comment `<!-- why: … -->` before them says why. `prelude` marks the block with which every shell
begins; `after=ID` names one whose files this one needs. What is expected stands in the block after
it: each line must occur in the output, in that order, and `…` stands for anything.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent
from typing import Final

CLASSES: Final = ("exec", "lint", "docker-only", "human")
PROVEN: Final = ("exec", "lint")
ITEMS: Final = Path(__file__).with_name("items.csv")
CONTACTS: Final = re.compile(r"(?P<head><!-- contacts -->\n).*?(?P<tail><!-- end -->)", re.DOTALL)
_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
_WHY: Final = re.compile(r"^ *<!-- why: (?P<why>.*) -->$")
_HEADING: Final = re.compile(r"^#{1,6} (?P<words>.*)$")
_ATTRIBUTES: Final = frozenset({"id", "class", "covers", "after", "prelude", "exit", "expect"})


class BookInvalid(Exception):
    """The page is not a runbook; the message names the line."""


@dataclass(frozen=True, slots=True)
class Block:
    """One piece that an operator copies.

    Args:
        language: bash or sql.
        covers: numbers of the items of `items.csv` that it is the answer to.
        exit_code: with which it must end.
        why: the reason why it is not proven, for classes that are not.
    """

    name: str
    kind: str
    language: str
    text: str
    line: int
    covers: tuple[str, ...] = ()
    after: str = ""
    prelude: bool = False
    exit_code: int = 0
    why: str = ""
    expected: tuple[str, ...] = ()


@dataclass(slots=True)
class Book:
    """A runbook: its blocks in their order, and the anchors that links may lead to."""

    blocks: list[Block] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)

    def named(self, name: str) -> Block:
        """Return the block with an id; raises KeyError."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise KeyError(name)

    def with_what_they_need(self, names: list[str]) -> list[Block]:
        """Return some blocks and those that must run before them, in the order of the book."""
        wanted: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name and name not in wanted:
                wanted.add(name)
                left.append(self.named(name).after)
        return [block for block in self.blocks if block.name in wanted]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the runbook that the hub was asked for: R001 to R131."""

    number: str
    section: str
    name: str


def items() -> list[Item]:
    """Return every item, in its order."""
    with ITEMS.open(encoding="utf-8", newline="") as file:
        return [Item(row["id"], row["section"], row["name"]) for row in csv.DictReader(file)]


def parse(page: str) -> Book:
    """Return the runbook that a page in Markdown is.

    Raises:
        BookInvalid: a block lacks what it must say about itself, or says it twice.
    """
    book = Book()
    for fence in _fences(page, book):
        _add(book, fence)
    for block in book.blocks:
        if block.after and block.after not in {one.name for one in book.blocks}:
            raise BookInvalid(f"line {block.line}: after={block.after} is no block")
    return book


@dataclass(frozen=True, slots=True)
class _Fence:
    line: int
    info: str
    text: str
    why: str


def _fences(page: str, book: Book) -> Iterator[_Fence]:
    opened: tuple[int, str, str] | None = None
    inside: list[str] = []
    why = ""
    for number, line in enumerate(page.splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is not None:
            if fence is not None and not fence["info"]:
                yield _Fence(opened[0], opened[1], dedent("\n".join(inside)) + "\n", opened[2])
                opened, inside, why = None, [], ""
            else:
                inside.append(line)
        elif fence is not None:
            opened = (number, fence["info"].strip(), why)
        elif heading := _HEADING.match(line):
            book.anchors.append(anchor_of(heading["words"]))
        elif line.strip():
            found = _WHY.match(line)
            why = found["why"] if found else ""
    if opened is not None:
        raise BookInvalid(f"line {opened[0]}: this block does not end")


def anchor_of(heading: str) -> str:
    """Return the anchor that a heading gets: small letters, hyphens for blanks, no other signs."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _add(book: Book, fence: _Fence) -> None:
    language, *words = fence.info.split()
    attributes = dict(word.partition("=")[::2] for word in words)
    unknown = sorted(set(attributes) - _ATTRIBUTES)
    if unknown:
        raise BookInvalid(f"line {fence.line}: {', '.join(unknown)} is not known")
    if language == "text":
        _expect(book, fence, attributes.get("expect", ""))
        return
    name, kind = attributes.get("id", ""), attributes.get("class", "")
    if not name or kind not in CLASSES:
        raise BookInvalid(
            f"line {fence.line}: a block needs an id, and one of the classes {CLASSES}"
        )
    if any(block.name == name for block in book.blocks):
        raise BookInvalid(f"line {fence.line}: there are two blocks {name}")
    if kind not in PROVEN and not fence.why:
        raise BookInvalid(f"line {fence.line}: <!-- why: … --> must say why {name} is {kind}")
    covers = tuple(one for one in attributes.get("covers", "").split(",") if one)
    book.blocks.append(
        Block(
            name,
            kind,
            language,
            fence.text,
            fence.line,
            covers,
            attributes.get("after", ""),
            "prelude" in attributes,
            int(attributes.get("exit", "0")),
            fence.why,
        )
    )


def _expect(book: Book, fence: _Fence, name: str) -> None:
    if not name:
        return
    if not book.blocks or book.blocks[-1].name != name:
        raise BookInvalid(f"line {fence.line}: what {name} prints must stand right after it")
    lines = tuple(line.strip() for line in fence.text.splitlines() if line.strip())
    book.blocks[-1] = replace(book.blocks[-1], expected=lines)


def missing_line(expected: tuple[str, ...], output: str) -> str | None:
    """Return the first expected line that the output lacks, or None.

    Blanks count as one; `…` stands for anything.
    """
    text = " ".join(output.split())
    place = 0
    for line in expected:
        parts = (re.escape(part.strip()) for part in " ".join(line.split()).split("…"))
        found = re.compile(".*?".join(parts)).search(text, place)
        if found is None:
            return line
        place = found.end()
    return None
