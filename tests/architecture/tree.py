"""The repository as a tree of texts, read once for every architecture test."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "pfh"


@cache
def repository_files() -> tuple[Path, ...]:
    """Return every file that Git tracks or would add, as paths relative to the root, sorted."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (Path(name) for name in told.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def files_below(*tops: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    """Return the repository's files in these top folders (or with these names) by suffix."""
    return [p for p in repository_files() if p.parts[0] in tops and p.suffix in suffixes]


@cache
def text_of(path: Path) -> str:
    """Return a file's text; bytes that are no UTF-8 become replacement characters."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(text_of(path), filename=str(path))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a Python file, nested ones as well."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_migration(path: Path) -> bool:
    """Tell whether a file is one migration, which is long by nature and never edited again."""
    return "versions" in path.parts and "migrations" in path.parts
