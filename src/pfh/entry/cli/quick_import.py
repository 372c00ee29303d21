"""`pfh import` without Typer, which takes longer to load than ten thousand known rows to read.

It exists for scripts that import every night. It understands the ordinary call and nothing else:
help, mistakes and unusual spellings are Typer's, which says them better.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pfh.entry.cli.import_work import ImportWork

_WITH_A_VALUE: Final = {
    "--user": "user",
    "--account": "account",
    "--currency": "currency",
    "--dates": "dates",
}
DATES: Final = ("day-first", "month-first", "year-first")
_FLAGS: Final = {"--dry-run": "dry_run", "--json": "as_json"}


def run(words: Sequence[str]) -> int | None:
    """Import as the words after `pfh import` say, or return None: they are for Typer."""
    # What is imported stays; the collector would walk it again and again.
    gc.disable()
    work = understood(words)
    if work is None:
        gc.enable()
        return None
    from pfh.entry.cli.import_work import carry_out

    return carry_out(work)


def understood(words: Sequence[str]) -> ImportWork | None:
    """Return the work of an ordinary call, each option written as in the documents, or None."""
    files: list[Path] = []
    options: dict[str, str] = {}
    flags = dict.fromkeys(_FLAGS.values(), False)
    left = list(reversed(words))
    while left:
        word = left.pop()
        if word in _FLAGS:
            flags[_FLAGS[word]] = True
        elif word in _WITH_A_VALUE and left and not left[-1].startswith("-"):
            options[_WITH_A_VALUE[word]] = left.pop()
        elif word.startswith("-") or not word:
            return None
        else:
            files.append(Path(word))
    if not files or options.get("dates", DATES[0]) not in DATES:
        return None
    from pfh.entry.cli.import_work import ImportWork

    return ImportWork(
        files=files,
        user=options.get("user"),
        account=options.get("account"),
        currency=options.get("currency"),
        dates=options.get("dates"),
        dry_run=flags["dry_run"],
        as_json=flags["as_json"],
    )
