"""How many workers a run has, and the order in which they take its files: the longest begin first.

It exists because a file that takes minutes and begins last leaves the other workers idle. xdist's
own order, by the number of tests, puts the drills last, which are few and long.
"""

from __future__ import annotations

import os
from itertools import groupby

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return two workers more than there are cores: half of a worker's time is waiting."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the files, in a worker; each keeps the order of its tests."""
    if hasattr(config, "workerinput"):
        files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
        items[:] = [item for file in sorted(files, key=_haste) for item in file]


def _haste(file: list[pytest.Item]) -> tuple[float, int, int]:
    """Return what is smaller, the earlier a file has to begin."""
    limits = [mark.args[0] for item in file if (mark := item.get_closest_marker("timeout"))]
    slow = sum(item.get_closest_marker("slow") is not None for item in file)
    return (-max(limits, default=0) if slow else 0, -slow, -len(file))
