"""The runbook as a text: complete, each block classified, and no old mistake in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pfh.entry.cli.runbook import contacts, coverage
from pfh.entry.cli.runbook.book import (
    PROVEN,
    Book,
    BookInvalid,
    anchor_of,
    items,
    missing_line,
    parse,
)
from tests.architecture.tree import ROOT

PAGE = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
BOOK = parse(PAGE)
ITEMS = 131
AIM = 100
# What the seed of this runbook said, and nobody may say again.
WRONG = (
    *("docker-compose ", "redis_secure_2024", "[Your contact]", "replSetResync", "mean_time"),
    *("netstat", "expired:*", "--pipe <", "-A INPUT", "minio", "| psql", "pg_dump | "),
)


def test_no_item_is_missing() -> None:
    everything = items()
    assert [item.number for item in everything] == [f"R{n:03}" for n in range(1, ITEMS + 1)]
    covered = {number for block in BOOK.blocks for number in block.covers}
    assert covered == {item.number for item in everything}


def test_most_items_are_proven() -> None:
    assert len(coverage.proven_items(BOOK)) >= AIM


def test_every_fenced_block_says_what_it_is() -> None:
    fences = re.findall(r"^ *```(\S.*)$", PAGE, re.MULTILINE)
    silent = [f for f in fences if " id=" not in f and "expect=" not in f and f != "text"]
    assert not silent
    assert len(BOOK.blocks) == sum(" id=" in fence for fence in fences)


def test_page_of_coverage_is_up_to_date() -> None:
    written = (ROOT / "docs" / "runbook-coverage.md").read_text(encoding="utf-8")
    assert written == coverage.render(BOOK), "pfh runbook check --write"


@pytest.mark.parametrize("words", WRONG)
def test_book_says_nothing_that_was_wrong(words: str) -> None:
    blocks = [block.name for block in BOOK.blocks if words in block.text]
    assert not blocks


def test_contacts_are_those_of_the_deployment() -> None:
    people = (ROOT / "deploy" / "oncall.yml").read_text(encoding="utf-8")
    assert contacts.render(PAGE, people) == PAGE, "pfh runbook contacts"


def test_contacts_show_who_is_named() -> None:
    people = (
        'management:  # level 3: after 30\n  name: "Ada"\n  phone: "+44 1"\n  email: "a@b.cd"\n'
    )
    page = contacts.render("<!-- contacts -->\nold\n<!-- end -->\n", people)
    assert "| Management (level 3) | Ada | +44 1 | a@b.cd |" in page
    assert "old" not in page


def test_links_within_the_book_lead_to_a_heading() -> None:
    targets = set(re.findall(r"\]\(#([^)]+)\)", PAGE))
    assert len(targets) > len(BOOK.anchors) / 3
    assert targets <= set(BOOK.anchors)


def test_alerts_lead_to_a_heading() -> None:
    named = set()
    for path in (ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                address = rule.get("annotations", {}).get("runbook_url", "")
                if "/admin/runbook#" in address:
                    named.add(address.rpartition("#")[2])
    assert named
    assert named <= set(BOOK.anchors)


def test_anchor_is_the_one_of_the_web_page() -> None:
    assert anchor_of("MongoDB replica set issues") == "mongodb-replica-set-issues"
    assert anchor_of("What is it? `yes`, e-mail") == "what-is-it-yes-e-mail"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("```bash\nls\n```\n", "line 1: a block needs an id"),
        ("```bash id=a class=sometimes\nls\n```\n", "line 1: a block needs an id"),
        ("```bash id=a class=human\nls\n```\n", "must say why a is human"),
        ("```bash id=a class=exec\nls\n", "does not end"),
        ("```bash id=a class=exec colour=red\nls\n```\n", "colour is not known"),
        ("```text expect=a\nx\n```\n", "right after it"),
        ("```bash id=a class=exec after=b\nls\n```\n", "after=b is no block"),
        ("```bash id=a class=exec\nls\n```\n" * 2, "line 4: there are two blocks a"),
    ],
)
def test_block_that_says_too_little_is_refused(page: str, words: str) -> None:
    with pytest.raises(BookInvalid, match=re.escape(words)):
        parse(page)


def test_block_keeps_what_it_says_of_itself() -> None:
    info = "id=a class=human covers=R1,R2 exit=3"
    page = f"1. Step\n\n   <!-- why: it is far -->\n   ```bash {info}\n   ls\n   ```\n"
    book: Book = parse(page + "   ```text expect=a\n   x … y\n   ```\n")
    (block,) = book.blocks
    assert (block.covers, block.exit_code, block.why) == (("R1", "R2"), 3, "it is far")
    assert (block.text, block.expected) == ("ls\n", ("x … y",))


@pytest.mark.parametrize(
    ("expected", "output", "missing"),
    [
        (("a", "b"), "a then b", None),
        (("b", "a"), "a then b", "a"),
        (("a … c",), "a b c", None),
        (("a  b",), "a\tb", None),
        (("a.c",), "abc", "a.c"),
    ],
)
def test_expected_lines_occur_in_their_order(
    expected: tuple[str, ...], output: str, missing: str | None
) -> None:
    assert missing_line(expected, output) == missing


def test_blocks_that_are_needed_come_first() -> None:
    names = [block.name for block in BOOK.with_what_they_need(["restore.redis"])]
    assert names == ["backup.redis", "restore.redis"]


def test_every_class_of_proof_is_used() -> None:
    assert {block.kind for block in BOOK.blocks} >= set(PROVEN)


def test_item_list_is_part_of_the_package() -> None:
    assert Path(coverage.__file__).with_name("items.csv").exists()
