"""The language-model port that says nothing: the hub's default, with which everything works."""

from __future__ import annotations


class SilentLanguageModel:
    """Is off; asking is allowed and answers None."""

    __slots__ = ()

    @property
    def enabled(self) -> bool:
        """Never."""
        return False

    async def complete(self, *, system: str, prompt: str, tokens_max: int) -> str | None:
        """Return None at once; nothing leaves the machine."""
        del system, prompt, tokens_max
        return None
