"""Which program this is: version and commit, known without reading package metadata.

It exists because `importlib.metadata` costs 30 ms of the start. `hatch_build.py` runs this file,
too, to write the commit into what it packs; so it imports the standard library alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"
UNKNOWN: Final = "unknown"
# Beside this file in a wheel and in a source distribution, never in a checkout.
RECORD: Final = "commit.txt"
_HASH: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def commit_of(program: Path, given: str) -> str:
    """Return which commit a program was made from, as a hexadecimal hash, or `unknown`.

    Args:
        program: this file; in a checkout the folder `.git` stands three folders above.
        given: what the image says in `GIT_COMMIT`; it comes before all else unless it is empty
            or `unknown`, which an image has that was built without the argument.
    """
    if given not in {"", UNKNOWN}:
        return given[:64]
    return commit_of_checkout(program.parents[3]) or _hash_in(program.parent / RECORD) or UNKNOWN


def commit_of_checkout(root: Path) -> str | None:
    """Return what is checked out at `root`, or None where that is no checkout of git.

    Git's files are read, for `git` itself would cost every start some milliseconds and is not
    there on a server. Only references in the newer table format have no text to read: there it is
    asked, and not knowing is no failure.
    """
    try:
        git = _git_folder(root)
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head if _HASH.fullmatch(head) else None
        name = head.removeprefix("ref: ")
        shared = git / "commondir"
        common = git / shared.read_text(encoding="utf-8").strip() if shared.is_file() else git
        if (common / "reftable").is_dir():
            return _ask_git(root)
        return _hash_in(git / name) or _hash_in(common / name) or _packed(common, name)
    except (OSError, UnicodeDecodeError):
        return None


def _git_folder(root: Path) -> Path:
    """Return the folder of git; in a second worktree `.git` is a file that names it."""
    git = root / ".git"
    if git.is_file():
        return root / git.read_text(encoding="utf-8").strip().removeprefix("gitdir: ")
    return git


def _hash_in(path: Path) -> str | None:
    try:
        words = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return words if _HASH.fullmatch(words) else None


def _packed(common: Path, name: str) -> str | None:
    """Return the hash of a reference that `git gc` has put into the one file of many."""
    path = common / "packed-refs"
    if not path.is_file():
        return None
    for line in path.read_text(encoding="utf-8").splitlines():
        found, _, named = line.partition(" ")
        if named == name and _HASH.fullmatch(found):
            return found
    return None


def _ask_git(root: Path) -> str | None:
    # Nobody else needs it at a start.
    import subprocess

    asked = subprocess.run(  # noqa: S603 -- no word of the command comes from outside
        ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607 -- wherever it is installed
        capture_output=True,
        text=True,
        check=False,
    )
    told = asked.stdout.strip()
    return told if _HASH.fullmatch(told) else None


COMMIT: Final = commit_of(Path(__file__).resolve(), os.environ.get("GIT_COMMIT", ""))
