"""Keeps what was collected out of the garbage collector's sight.

It exists because five thousand tests and all that they import are half a million objects, which
every full collection looked at again: half of the processor time of the tests that build an
application each.
"""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Collect once, then let collections begin with what tests make."""
    gc.collect()
    gc.freeze()
