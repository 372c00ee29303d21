"""Files and functions stay small: nothing else keeps the tail of a code base short."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.tree import files_below, functions_of, is_migration, text_of

FILE_LINES_MAX = 400
TEST_FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 50
LINE_CHARACTERS_MAX = 100
TEXTS = (".py", ".html", ".js", ".mjs", ".css", ".sql")
PROGRAMS = ("src", "tests", "bench", "frontend", "hatch_build.py")


def _code_files() -> list[Path]:
    return [p for p in files_below(*PROGRAMS, suffixes=TEXTS) if p.parts[:2] != ("tests", "golden")]


def _function_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring, which may be as long as it must."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def test_files_are_short() -> None:
    too_long = []
    for path in _code_files():
        limit = TEST_FILE_LINES_MAX if path.parts[0] == "tests" else FILE_LINES_MAX
        lines = text_of(path).count("\n")
        if lines > limit and not is_migration(path):
            too_long.append(f"{path}: {lines} lines, at most {limit}")
    assert not too_long, "\n".join(too_long)


def test_functions_are_short() -> None:
    too_long = []
    for path in files_below("src", "tests", "bench", "hatch_build.py"):
        if is_migration(path):
            continue
        for function in functions_of(path):
            lines = _function_lines(function)
            if lines > FUNCTION_LINES_MAX:
                where = f"{path}:{function.lineno} {function.name}"
                too_long.append(f"{where}: {lines} lines, at most {FUNCTION_LINES_MAX}")
    assert not too_long, "\n".join(too_long)


def test_lines_are_short() -> None:
    too_long = []
    for path in files_below("src", "tests", "bench", "hatch_build.py", suffixes=(".py", ".sql")):
        for number, line in enumerate(text_of(path).splitlines(), start=1):
            # A `noqa` with its reason may stand beyond the code that it is about.
            code = line.partition("  # noqa")[0].partition("  # type: ignore")[0]
            if len(code) > LINE_CHARACTERS_MAX:
                too_long.append(f"{path}:{number}: {len(code)} characters")
    assert not too_long, "\n".join(too_long)
