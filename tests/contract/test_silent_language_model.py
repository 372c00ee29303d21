"""The language-model contract with the model that says nothing."""

from __future__ import annotations

import pytest

from pfh.adapters.language_model.silent import SilentLanguageModel
from tests.contract.language_model_contract import LanguageModelContract


class TestSilentLanguageModel(LanguageModelContract):
    @pytest.fixture
    def model(self) -> SilentLanguageModel:
        return SilentLanguageModel()

    def test_is_off(self, model: SilentLanguageModel) -> None:
        assert not model.enabled
