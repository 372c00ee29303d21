"""The language-model port: optional help with words; the hub works without it."""

from __future__ import annotations

from typing import Protocol


class LanguageModel(Protocol):
    """Completes a prompt; off by default.

    What is sent leaves the machine, so an adapter takes e-mail addresses, account and card numbers
    and secrets out of the texts first. Names and amounts it cannot recognise: a caller sends no
    more than the question needs.
    """

    @property
    def enabled(self) -> bool:
        """Whether asking makes sense at all."""
        ...

    async def complete(self, *, system: str, prompt: str, tokens_max: int) -> str | None:
        """Return the model's words, or None when it is off, away, too slow or over its budget."""
        ...
