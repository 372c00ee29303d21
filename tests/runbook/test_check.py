"""`pfh runbook check` on native servers: the book is right, and a wrong command is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pfh.entry.cli.runbook.book import Block
from pfh.entry.cli.runbook.check import Result, check
from pfh.entry.cli.runbook.stage import Stage, set_up
from pfh.entry.cli.stack.missing import Missing
from tests.architecture.tree import ROOT
from tests.runbook.test_book import BOOK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    *(getattr(pytest.mark, name) for name in ("postgres", "kafka", "redis", "mongo", "s3")),
    pytest.mark.prometheus,
    pytest.mark.alertmanager,
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Return a stage; skips where a program of an operator is missing."""
    try:
        with set_up(ROOT) as made:
            yield made
    except Missing as missing:
        pytest.skip(f"{missing}")


def _check(stage: Stage, *blocks: Block) -> list[Result]:
    return check(BOOK, ROOT, stage, blocks, lambda _: None)


def test_every_command_of_the_book_is_right(stage: Stage) -> None:
    results = _check(stage, *BOOK.blocks)
    faults = [
        f"{one.block.name} (line {one.block.line}): {one.fault}" for one in results if one.fault
    ]
    assert not faults, "\n\n".join(faults)
    assert len(results) == len(BOOK.blocks)


def test_broken_commands_are_found(stage: Stage) -> None:
    slow = BOOK.named("slow-api.statements")
    broken = [
        replace(slow, text=slow.text.replace("mean_exec_time", "mean_time")),
        replace(BOOK.named("health"), expected=('"status":"down"',)),
        replace(BOOK.named("tuning.indexes"), text="SELECT tablename FROM pg_stat_user_indexes;\n"),
        replace(BOOK.named("lag.topic"), text="docker exec pfh-kafka-1 kafka-topics --list\n"),
        replace(BOOK.named("restore.exchange"), text="sql -c 'SELECT * FROM nowhere'\n"),
    ]
    results = _check(stage, *broken)
    assert [one.verdict for one in results] == ["failed"] * len(broken)
    assert 'column "mean_time" does not exist' in results[0].fault
    assert "SQL" in results[-1].fault
