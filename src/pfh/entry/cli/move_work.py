"""What `pfh move` shows: a bar with rows a second while it goes on, and the table of the proof."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, complain
from pfh.entry.cli.tables import print_table
from pfh.ports.database import DatabaseTimeout, DatabaseUnavailable
from pfh.ports.objects import ObjectsUnavailable
from pfh.runtime.move.compare_tables import Line
from pfh.runtime.move.move_books import Moved, Wish, move_books
from pfh.runtime.move.sides import described

_FAULTS_SHOWN = 20
_LINE_SECONDS = 10.0
_AGAIN = "the move was cut off: run it again, and it goes on after the last batch"


async def run_move(wish: Wish) -> int:
    """Move, print the proof and return the exit code."""
    with Shown() as shown:
        try:
            moved = await move_books(wish, shown)
        except ObjectsUnavailable as error:
            return complain([f"the files cannot be moved: {error}", _AGAIN], EXIT_UNAVAILABLE)
        except (DatabaseUnavailable, DatabaseTimeout) as error:
            again = [_AGAIN] if shown.is_moving else []
            return complain([str(error), *again], EXIT_UNAVAILABLE)
    _print_proof(moved)
    faults = moved.faults
    if faults:
        shown_faults = faults[:_FAULTS_SHOWN]
        if len(faults) > _FAULTS_SHOWN:
            shown_faults.append(f"… and {len(faults) - _FAULTS_SHOWN:,} more")
        return complain([*shown_faults, _refusal(wish)], EXIT_NO)
    _tell(wish, moved)
    return EXIT_DONE


def _refusal(wish: Wish) -> str:
    if wish.only_compare:
        return "the two sides are not equal"
    return "the two sides are not equal: the target is not served; --begin-again fills it anew"


def _tell(wish: Wish, moved: Moved) -> None:
    if wish.only_compare:
        sys.stdout.write("Both sides are equal.\n")
        return
    rate = moved.rows / moved.copy_seconds if moved.copy_seconds else 0
    sys.stdout.write(
        f"{moved.rows:,} rows copied in {moved.copy_seconds:.1f} s ({rate:,.0f}/s). Both sides are"
        f" equal. Start the hub with the target's settings: {described(wish.target)}\n"
    )


def _print_proof(moved: Moved) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Compared")
    for column in ("Source", "Target"):
        table.add_column(column, justify="right", overflow="fold")
    table.add_column("Result")
    for line in moved.lines:
        cells = (line.name, line.source, line.target, _result(line))
        table.add_row(*map(escape, cells), style="red" if line.faults else None)
    print_table(table)


def _result(line: Line) -> str:
    return "DIFFERENT" if line.faults else "equal" if line.source else "proven"


class _Rate(ProgressColumn):
    """Pieces a second of the present step."""

    def render(self, task: Task) -> Text:
        """Return the rate, empty until it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class Shown:
    """A bar for each step on a terminal; otherwise a line now and then, as logs want it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.is_moving = False
        self._now = now
        self._step, self._total, self._done = "", 0, 0
        self._told_at = now()
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._console = console
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, step: str, *, total: int, done: int = 0) -> None:
        """Put a new bar in the place of the last one."""
        self.is_moving = True
        self._step, self._total, self._done = step, total, done
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(step, total=total, completed=done)

    def advance(self, count: int) -> None:
        """Move the bar."""
        self._done += count
        if self._progress.disable and self._now() - self._told_at >= _LINE_SECONDS:
            self._told_at = self._now()
            self.say(f"{self._step}: {self._done:,} of {self._total:,}")
        if self._task is not None:
            self._progress.advance(self._task, count)

    def say(self, words: str) -> None:
        """Print a sentence above the bar."""
        self._console.print(escape(words), highlight=False, soft_wrap=True)
