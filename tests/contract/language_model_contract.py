"""What every language model does, and above all what it does not."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pytest

from pfh.ports.language_model import LanguageModel


class LanguageModelContract(ABC):
    """Run by a subclass for each adapter, which provides `model`."""

    @abstractmethod
    @pytest.fixture
    def model(self) -> LanguageModel:
        """Return a model."""

    async def test_answers_with_words_only_when_enabled(self, model: LanguageModel) -> None:
        answer = await model.complete(system="Be brief.", prompt="Say yes.", tokens_max=5)
        assert (answer is not None) == model.enabled
