"""One server of a third party: every call to it has a limit of time, a breaker and metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from pfh.adapters.dependencies.breaker import CircuitBreaker, State
from pfh.observability.logging import get_logger
from pfh.observability.metrics import (
    DEPENDENCY_BREAKER_STATE,
    DEPENDENCY_REQUEST_SECONDS,
    DEPENDENCY_REQUESTS,
)

Result = TypeVar("Result")
_LOGGER: Final = get_logger(__name__)


class DependencyFailed(Exception):
    """The server did not do its work; trying again later may help."""

    def __init__(
        self, words: str, *, retry_after_seconds: float | None = None, was_tried: bool = True
    ) -> None:
        """Take words without a secret; see `MailerUnavailable` for the rest."""
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds
        self.was_tried = was_tried


class RequestRejected(Exception):
    """The server works, and will never do what this request asks for."""


class Dependency:
    """Calls to one server, by one process.

    `name` is the label of the metrics; `timeout_seconds` holds for a whole call, from the name
    look-up to the last byte.
    """

    def __init__(
        self, name: str, *, timeout_seconds: float, breaker: CircuitBreaker | None = None
    ) -> None:
        """Start with a closed breaker."""
        self.name = name
        self._timeout_seconds = timeout_seconds
        self._breaker = breaker or CircuitBreaker()
        self._shown = State.CLOSED
        DEPENDENCY_BREAKER_STATE.labels(name).set(State.CLOSED.value)

    async def call(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work`, which raises one of the two errors when it did not come about.

        Raises:
            DependencyFailed: also when it took too long or the breaker is open.
            RequestRejected: as `work` raised it.
        """
        wait = self._breaker.admit()
        if wait:
            DEPENDENCY_REQUESTS.labels(self.name, "not_tried").inc()
            raise DependencyFailed(
                f"{self.name} just failed and is left alone for a while",
                retry_after_seconds=wait,
                was_tried=False,
            )
        begun = time.perf_counter()
        outcome = "abandoned"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                result = await work()
        except TimeoutError as error:
            outcome = "timeout"
            self._breaker.failed()
            words = f"{self.name} gave no answer within {self._timeout_seconds:g} s"
            raise DependencyFailed(words) from error
        except DependencyFailed as error:
            outcome = "failed" if error.retry_after_seconds is None else "throttled"
            self._breaker.failed(pause_seconds=error.retry_after_seconds)
            raise
        except RequestRejected:
            outcome = "rejected"
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        else:
            outcome = "ok"
            self._breaker.succeeded()
            return result
        finally:
            DEPENDENCY_REQUESTS.labels(self.name, outcome).inc()
            DEPENDENCY_REQUEST_SECONDS.labels(self.name).observe(time.perf_counter() - begun)
            self._show_state()

    def _show_state(self) -> None:
        state = self._breaker.state
        if state is self._shown:
            return
        DEPENDENCY_BREAKER_STATE.labels(self.name).set(state.value)
        if state is State.CLOSED:
            _LOGGER.info("dependency_recovered", dependency=self.name)
        elif self._shown is State.CLOSED:
            _LOGGER.warning("dependency_left_alone", dependency=self.name)
        self._shown = state
