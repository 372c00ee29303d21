"""What had its effect and is not committed yet: by partition, the last message of each.

It exists because brokers store a commit as they store events, on two of them before they answer:
one for each small batch cost them as much as the events themselves. Whatever comes again because it
was not committed is skipped by its number, so a commit may wait; it never goes before the effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from pfh.observability.failpoints import reached
from pfh.observability.logging import get_logger
from pfh.ports.event_stream import Delivery, EventSubscription, StreamUnavailable

COMMIT_SECONDS: Final = 0.5
_LOGGER: Final = get_logger(__name__)


class Uncommitted:
    """Commits for one member of a group, each `COMMIT_SECONDS` and when it is told to.

    Args:
        group: its name, for the log.
        subscription: the member.
    """

    def __init__(self, group: str, subscription: EventSubscription) -> None:
        """Begin with nothing."""
        self._group = group
        self._subscription = subscription
        self._last: dict[tuple[str, int], Delivery] = {}
        self._due_at = 0.0

    @property
    def seconds_left(self) -> float:
        """How long the commit may still wait; `COMMIT_SECONDS` when there is nothing to commit."""
        return max(0.0, self._due_at - _clock()) if self._last else COMMIT_SECONDS

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Take messages that had their effect, those of a partition in their order."""
        if not self._last:
            self._due_at = _clock() + COMMIT_SECONDS
        self._last.update(((one.topic, one.partition), one) for one in deliveries)

    async def commit(self) -> None:
        """Commit all of it; what the brokers do not confirm is tried again with the next one."""
        if not self._last:
            return
        reached("consumer.before_commit")
        try:
            await self._subscription.commit(list(self._last.values()))
        except StreamUnavailable as error:
            self._due_at = _clock() + COMMIT_SECONDS
            _LOGGER.warning("commit_unavailable", group=self._group, reason=str(error))
        else:
            self._last.clear()
        reached("consumer.after_commit")


def _clock() -> float:
    """Return the seconds of the running loop, which a simulation may drive."""
    return asyncio.get_running_loop().time()
