"""No drawer for odds and ends: a name says what is inside."""

from __future__ import annotations

from tests.architecture.tree import files_below

DRAWERS = ("common", "helper", "helpers", "manager", "managers", "misc", "service", "util", "utils")


def _is_drawer(name: str) -> bool:
    return name in DRAWERS or name.endswith(tuple(f"_{drawer}" for drawer in DRAWERS))


def test_modules_and_packages_have_telling_names() -> None:
    poor = [
        f"{path}: {part} says nothing about what is inside"
        for path in files_below("src", "tests", "bench", suffixes=(".py", ".js", ".mjs"))
        for part in (*path.parts[:-1], path.stem)
        if _is_drawer(part)
    ]
    assert not poor, "\n".join(poor)
