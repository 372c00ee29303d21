"""The language-model port: optional help with words; the hub works without it."""

from __future__ import annotations

from typing import Protocol


class LanguageModel(Protocol):
    """Completes a prompt; off by default."""

    @property
    def enabled(self) -> bool:
        """Whether asking makes sense at all."""
        ...

    async def complete(self, *, system: str, prompt: str, tokens_max: int) -> str | None:
        """Return the model's words, or None when it is off, too slow or over its budget."""
        ...
