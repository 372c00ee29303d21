"""Checking a whole runbook: what is run, what is read, and what came of each block."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pfh.entry.cli.runbook.book import PROVEN, Block, Book, missing_line
from pfh.entry.cli.runbook.checks import NativeChecks
from pfh.entry.cli.runbook.lint import Linter
from pfh.entry.cli.runbook.stage import Stage

BLOCK_SECONDS: Final = 180.0
_SHOWN: Final = 1500


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one block.

    Args:
        fault: empty when it is right, or was not to be proven.
    """

    block: Block
    seconds: float
    fault: str = ""

    @property
    def verdict(self) -> str:
        """proven, failed, or not proven."""
        if self.fault:
            return "failed"
        return "proven" if self.block.kind in PROVEN else "not proven"


def check(
    book: Book,
    root: Path,
    stage: Stage | None,
    blocks: Sequence[Block],
    tell: Callable[[Result], None],
) -> list[Result]:
    """Check blocks in the order given.

    Args:
        book: whose prelude every shell begins with.
        root: the checkout.
        stage: on which `exec` blocks run; without one they are left out.
        blocks: those to check.
        tell: is told each result as soon as there is one.
    """
    prelude = "".join(block.text for block in book.blocks if block.prelude)
    results = []
    with tempfile.TemporaryDirectory(prefix="pfh-runbook-lint-") as folder:
        checks = NativeChecks(stage.record if stage else None)
        linter = Linter(root, Path(folder), checks, prelude)
        for result in _results(linter, prelude, stage, blocks):
            results.append(result)
            tell(result)
    return results


def _results(
    linter: Linter, prelude: str, stage: Stage | None, blocks: Sequence[Block]
) -> Iterator[Result]:
    for block in blocks:
        began = time.monotonic()
        if block.kind == "exec":
            if stage is None:
                continue
            fault = _run(block, prelude, stage)
        else:
            fault = _read(block, linter)
        yield Result(block, time.monotonic() - began, fault)


def _read(block: Block, linter: Linter) -> str:
    if block.kind == "human":
        return ""
    faults = linter.faults(block)
    if not faults and block.expected:
        missing = missing_line(block.expected, linter.answer(block))
        faults = [f"it would not print: {missing}"] if missing else []
    return "; ".join(faults)


def _run(block: Block, prelude: str, stage: Stage) -> str:
    script = block.text
    if block.language == "sql":
        script = f"sql <<'SQL'\n{script}SQL\n"
    if not block.prelude:
        script = prelude + script
    code, output = _shell(script, stage)
    if code != block.exit_code:
        return f"code {code} instead of {block.exit_code}: {output[-_SHOWN:].strip()}"
    missing = missing_line(block.expected, output)
    return f"it did not print {missing!r}: {output[-_SHOWN:].strip()}" if missing else ""


def _shell(script: str, stage: Stage) -> tuple[int, str]:
    with tempfile.TemporaryFile() as output:
        # A file and not a pipe: processes that a block starts would keep a pipe open.
        process = subprocess.Popen(
            ["/bin/bash", "-c", script],
            env=stage.environment(),
            cwd=stage.record.work,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = process.wait(BLOCK_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        output.seek(0)
        return code, output.read().decode(errors="replace")
