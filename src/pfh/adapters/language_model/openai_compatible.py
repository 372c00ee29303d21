"""The language-model port on any server that speaks OpenAI's chat completions.

OpenAI itself, or one in the house such as Ollama, vLLM or llama.cpp:
https://platform.openai.com/docs/api-reference/chat. It never raises: whoever asks goes on without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from pfh.adapters.dependencies.dependency import Dependency, DependencyFailed, RequestRejected
from pfh.adapters.dependencies.http_exchange import HttpExchange
from pfh.adapters.language_model.budget import TokenBudget
from pfh.adapters.language_model.redaction import redacted
from pfh.observability.logging import get_logger
from pfh.ports.database import DatabaseError

_OK: Final = 200
# Around each message the server puts a handful of tokens of its own.
_FRAME_TOKENS: Final = 32
_LOGGER: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Which model to ask where; `url` ends where `/chat/completions` begins, often with `/v1`."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_seconds: float = 20.0


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message


class _Usage(msgspec.Struct):
    total_tokens: int = 0


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


_DECODER: Final = msgspec.json.Decoder(_Completion)


def model_exchange(options: ModelOptions) -> HttpExchange:
    """Return the exchange with the server, authorised when there is a key."""
    headers = {} if options.key is None else {"Authorization": f"Bearer {options.key}"}
    return HttpExchange(options.url, headers)


class OpenAICompatibleModel:
    """Asks `/chat/completions` within a budget, with redacted texts."""

    def __init__(
        self, options: ModelOptions, budget: TokenBudget, dependency: Dependency | None = None
    ) -> None:
        """Take the options; nothing is opened yet."""
        self._model = options.model
        self._budget = budget
        self._exchange = model_exchange(options)
        self._dependency = dependency or Dependency(
            "language_model", timeout_seconds=options.timeout_seconds
        )

    @property
    def enabled(self) -> bool:
        """Always: it is configured."""
        return True

    async def complete(self, *, system: str, prompt: str, tokens_max: int) -> str | None:
        """Ask; see the port."""
        system, prompt = redacted(system), redacted(prompt)
        # No tokenizer makes more tokens of a text than it has bytes, so this is never too little.
        reserved = len(f"{system}{prompt}".encode()) + tokens_max + _FRAME_TOKENS
        try:
            day = await self._budget.reserve(reserved)
            if day is None:
                _LOGGER.warning("language_model_over_budget", reserved_count=reserved)
                return None
            completion = await self._dependency.call(lambda: self._ask(system, prompt, tokens_max))
            spent = reserved if completion.usage is None else completion.usage.total_tokens
            # A server that counts wrongly must not refund more than was set aside.
            await self._budget.settle(day, reserved=reserved, spent=max(spent, 0))
        except (DependencyFailed, RequestRejected, DatabaseError) as error:
            _LOGGER.warning("language_model_gave_no_answer", reason=str(error))
            return None
        return completion.choices[0].message.content

    async def _ask(self, system: str, prompt: str, tokens_max: int) -> _Completion:
        body = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": prompt},
            ],
            "max_completion_tokens": tokens_max,
            "stream": False,
        }
        answer = await self._exchange.request("POST", "/chat/completions", json=body)
        if answer.status != _OK:
            raise RequestRejected(f"answered {answer.status}")
        try:
            completion = _DECODER.decode(answer.body)
        except msgspec.DecodeError as error:
            raise DependencyFailed("answered something else than a completion") from error
        if not completion.choices:
            raise DependencyFailed("answered without a choice")
        return completion

    async def close(self) -> None:
        """Close the kept connections."""
        await self._exchange.close()
