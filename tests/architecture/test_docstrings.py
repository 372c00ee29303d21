"""Every module says what it is, every public name says what it promises.

Ruff asks for the presence of most of these; here no `noqa` helps.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.tree import files_below, is_migration, tree_of

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(body: list[ast.stmt]) -> Iterator[Documented]:
    """Yield the public functions, classes and methods of a body, but no dunder methods."""
    for node in body:
        if not isinstance(node, Documented) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body)


def _decorators(node: Documented) -> set[str]:
    return {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
        if isinstance(part, ast.Attribute | ast.Name)
    }


def _needs_no_docstring(node: Documented) -> bool:
    # The method that it overrides, or the first overload's implementation, has the words.
    return bool({"override", "overload", "setter", "deleter"} & _decorators(node))


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in files_below("src", "tests", "bench", "hatch_build.py")
        if tree_of(path).body and ast.get_docstring(tree_of(path)) is None
    ]
    assert not silent, "\n".join(silent)


def test_every_public_name_of_the_program_says_what_it_promises() -> None:
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path in files_below("src")
        if not is_migration(path)
        for node in _public(tree_of(path).body)
        if ast.get_docstring(node) is None and not _needs_no_docstring(node)
    ]
    assert not silent, "\n".join(silent)
