"""What the program shows to the world, found by looking at it: nothing here is listed by hand.

It exists for the document tests, which must notice a new setting on the day it is written.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer.main

import pfh
from pfh.core.errors import Problem
from pfh.observability.metrics import REGISTRY
from pfh.runtime import kafka_settings, server_settings, third_party_settings
from pfh.runtime import settings as settings_module
from pfh.runtime.setting_values import Setting
from tests.architecture.tree import files_below

# Alembic runs these itself; `__main__` would start the program.
NOT_IMPORTED = ("pfh.__main__", "pfh.migrations.env", "pfh.migrations.versions")


@cache
def import_everything() -> tuple[str, ...]:
    """Import every module of the program and return their names."""
    names = [
        found.name
        for found in pkgutil.walk_packages(pfh.__path__, "pfh.")
        if not found.name.startswith(NOT_IMPORTED)
    ]
    for name in names:
        importlib.import_module(name)
    return tuple(names)


def settings() -> set[str]:
    """Return the environment variable of every setting."""
    modules = (settings_module, server_settings, kafka_settings, third_party_settings)
    values = (value for module in modules for value in vars(module).values())
    return {value.name for value in values if isinstance(value, Setting)}


def event_modules() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield each feature's `events.py` with its constants → event types, for those it lists."""
    for path in files_below("src"):
        if path.name == "events.py":
            module = importlib.import_module(".".join(path.with_suffix("").parts[1:]))
            constants = {n: v for n, v in vars(module).items() if n.isupper()}
            listed = frozenset(constants["EVENT_TYPES"])
            yield path, {n: v for n, v in constants.items() if isinstance(v, str) and v in listed}


def event_types() -> set[str]:
    """Return the type of every event."""
    return {event_type for _, types in event_modules() for event_type in types.values()}


def metric_families() -> dict[str, tuple[str, str]]:
    """Return every metric's name as Prometheus shows it → its kind and its help.

    Those of the process itself are left out: which there are depends on the system.
    """
    import_everything()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: (
            family.type,
            family.documentation,
        )
        for family in REGISTRY.collect()
        if not family.name.startswith(("process_", "python_"))
    }


def problem_classes() -> list[type[Problem]]:
    """Return the class of every expected failure, once."""
    import_everything()
    return list(dict.fromkeys(_subclasses(Problem)))


def _subclasses(parent: type[Problem]) -> Iterator[type[Problem]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith("pfh.") and "code" in vars(child):
            yield child
        yield from _subclasses(child)


def commands() -> dict[str, str]:
    """Return every command as it is typed (`pfh migrate status`) → the first line of its help."""
    main = importlib.import_module("pfh.entry.cli.main")
    return dict(_leaves(typer.main.get_command(main.app), "pfh"))


def _leaves(command: Any, words: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 -- Typer's own copy of Click
    children = getattr(command, "commands", {})
    # A group that does something by itself is a command, too.
    if not children or getattr(command, "invoke_without_command", False):
        yield words, (command.help or "").partition("\n\n")[0].replace("\n", " ")
    for name, child in children.items():
        if not child.hidden:
            yield from _leaves(child, f"{words} {name}")
