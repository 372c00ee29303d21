"""The signals contract within one process."""

from __future__ import annotations

import pytest

from pfh.adapters.signals.memory import MemorySignals
from tests.contract.signals_contract import SignalsContract


class TestMemorySignals(SignalsContract):
    @pytest.fixture
    def signals(self) -> MemorySignals:
        return MemorySignals()
