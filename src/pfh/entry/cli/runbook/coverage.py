"""The page that tells which item of the runbook is proven, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pfh.entry.cli.runbook.book import CLASSES, PROVEN, Block, Book, items

HEAD: Final = """\
# Coverage of the runbook

Written by `pfh runbook check` from [the runbook](runbook.md); a test holds that it is up to date.

- `exec`: the block is run on native servers, and its output is compared with what the page says.
- `lint`: each command in it is checked against the compose files, nginx, PostgreSQL's planner,
  promtool, the hub's own commands, or a list of what the vendor documents. It is not run, since it
  needs containers or a server that cannot be had natively.
- `docker-only`: checked like `lint`, and not counted: only a container engine can tell whether it
  does what it must.
- `human`: for a person.

"""


def proven_items(book: Book) -> set[str]:
    """Return the numbers of the items that a block proves which is run or checked."""
    return {one for block in book.blocks if block.kind in PROVEN for one in block.covers}


def render(book: Book) -> str:
    """Return the page."""
    kinds = Counter(block.kind for block in book.blocks)
    proven = proven_items(book)
    everything = items()
    counted = f"{len(proven & {one.number for one in everything})} of {len(everything)} items"
    lines = [HEAD, "| class | blocks |\n|---|---|\n"]
    lines += [f"| `{kind}` | {kinds[kind]} |\n" for kind in CLASSES]
    lines += [f"\n{counted} are proven by `exec` or `lint`.\n"]
    lines += _rows(book)
    return "".join(lines)


def _rows(book: Book) -> Iterator[str]:
    section = ""
    for item in items():
        if item.section != section:
            section = item.section
            yield f"\n## {section}\n\n| item | what | block | class |\n|---|---|---|---|\n"
        blocks = [block for block in book.blocks if item.number in block.covers]
        names = ", ".join(f"`{block.name}`" for block in blocks) or "–"
        kinds = "; ".join(dict.fromkeys(_how(block) for block in blocks)) or "**missing**"
        yield f"| {item.number} | {item.name} | {names} | {kinds} |\n"


def _how(block: Block) -> str:
    return block.kind if block.kind in PROVEN else f"{block.kind}: {block.why}"
