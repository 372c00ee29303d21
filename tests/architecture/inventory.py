"""What the program shows to the world, found by looking at it: nothing here is listed by hand.

It exists for the document tests, which must notice a new setting on the day it is written.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import typer.main

import pfh
from pfh.core.errors import Problem
from pfh.runtime import settings as settings_module
from pfh.runtime.setting_values import Setting
from tests.architecture.tree import files_below, tree_of

METRIC_CLASSES = frozenset(
    {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
    | {f"{kind}MetricFamily" for kind in ("Counter", "Gauge", "Histogram", "Summary", "Info")}
)


def import_everything() -> list[str]:
    """Import every module of the program and return their names.

    Alembic runs `env.py` and the migrations itself; `__main__` would start the program.
    """
    names = []
    for found in pkgutil.walk_packages(pfh.__path__, "pfh."):
        if found.name.endswith(".__main__") or found.name.startswith(
            ("pfh.migrations.env", "pfh.migrations.versions")
        ):
            continue
        importlib.import_module(found.name)
        names.append(found.name)
    return names


def settings() -> set[str]:
    """Return the environment variable of every setting."""
    return {value.name for value in vars(settings_module).values() if isinstance(value, Setting)}


def event_types() -> set[str]:
    """Return every type in `EVENT_TYPES` of a feature's `events.py`."""
    types: set[str] = set()
    for path in files_below("src"):
        if path.name == "events.py":
            module = importlib.import_module(".".join(path.with_suffix("").parts[1:]))
            types.update(module.EVENT_TYPES)
    return types


def metrics() -> set[str]:
    """Return the first argument of every construction of a metric, where it is a literal."""
    return {
        node.args[0].value
        for path in files_below("src")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and _called(node) in METRIC_CLASSES
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def problem_codes() -> dict[str, set[str]]:
    """Return the code of every expected failure → the names of the classes that use it."""
    import_everything()
    codes: dict[str, set[str]] = {}
    for problem in _subclasses(Problem):
        codes.setdefault(problem.code, set()).add(f"{problem.__module__}.{problem.__name__}")
    return codes


def _subclasses(parent: type[Problem]) -> Iterator[type[Problem]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith("pfh."):
            yield child
        yield from _subclasses(child)


def commands() -> set[str]:
    """Return every command as it is typed, for example `pfh migrate status`."""
    try:
        main = importlib.import_module("pfh.entry.cli.main")
    except ModuleNotFoundError:
        return set()
    return set(_leaves(typer.main.get_command(main.app), "pfh"))


def _leaves(command: Any, words: str) -> Iterator[str]:  # noqa: ANN401 -- Typer's own copy of Click
    children = getattr(command, "commands", {})
    # A group that does something by itself is a command, too.
    if not children or getattr(command, "invoke_without_command", False):
        yield words
    for name, child in children.items():
        if not child.hidden:
            yield from _leaves(child, f"{words} {name}")
