"""Putting together what relays and consumers work with: Kafka, the outbox, and who leads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from pfh.adapters.leadership.alone import AloneLeadership
from pfh.adapters.outbox.sql import SqlOutbox
from pfh.adapters.parking.sql import SqlParking
from pfh.features.delivery.api import Group, Relay
from pfh.ports.event_stream import Delivery, EventPublisher, EventSubscription, StreamUnavailable
from pfh.ports.leadership import Leadership
from pfh.ports.services import Services
from pfh.runtime.consumer_groups import GROUPS, effect_of
from pfh.runtime.event_routing import TRANSACTIONS, topics_of
from pfh.runtime.kafka_settings import KafkaSettings
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.server_options import kafka_options
from pfh.runtime.settings import Settings

if TYPE_CHECKING:
    from pfh.adapters.event_stream.kafka_lag import KafkaLag


async def open_relay(services: Services, settings: Settings, stack: AsyncExitStack) -> Relay:
    """Open what a relay works with."""
    return Relay(
        outbox=SqlOutbox(services.database, services.clock),
        publisher=await _open_publisher(settings, stack),
        leadership=await open_leadership(settings, stack),
        topics_of=topics_of,
    )


async def open_group(
    name: str, services: Services, settings: Settings, stack: AsyncExitStack
) -> Group:
    """Open what the consumers of a group work with.

    Raises:
        KeyError: there is no such group.
    """
    return Group(
        name=name,
        topic=TRANSACTIONS,
        effect=effect_of(name, services),
        event_log=services.event_log,
        parking=SqlParking(services.database),
        publisher=await _open_publisher(settings, stack),
        clock=services.clock,
    )


async def open_leadership(settings: Settings, stack: AsyncExitStack) -> Leadership:
    """Return who decides which process leads."""
    if not isinstance(settings.database, PostgresSettings):
        return AloneLeadership()
    from pfh.adapters.leadership.postgres import PostgresLeadership

    leadership = PostgresLeadership(settings.database.url)
    stack.push_async_callback(leadership.close)
    return leadership


async def _open_publisher(settings: Settings, stack: AsyncExitStack) -> EventPublisher:
    from pfh.adapters.event_stream.kafka_publisher import KafkaPublisher

    publisher = KafkaPublisher(kafka_options(_kafka(settings)))
    stack.push_async_callback(publisher.close)
    return publisher


def subscription_of(group: str, settings: Settings) -> EventSubscription:
    """Return a new member of a group; the caller closes it."""
    from pfh.adapters.event_stream.kafka_subscription import KafkaSubscription

    return KafkaSubscription(kafka_options(_kafka(settings)), group, [TRANSACTIONS])


def lag_of(settings: Settings) -> KafkaLag | None:
    """Return what asks how far each group is, or None without Kafka."""
    if settings.servers.kafka is None:
        return None
    from pfh.adapters.event_stream.kafka_lag import KafkaLag

    groups = dict.fromkeys(GROUPS, (TRANSACTIONS,))
    return KafkaLag(kafka_options(settings.servers.kafka), groups)


def workers_of(settings: Settings) -> int:
    """Return how many households a consumer works on at once."""
    return _kafka(settings).consumer_threads


def _kafka(settings: Settings) -> KafkaSettings:
    """Return the settings of Kafka; commands that need it ask for it first."""
    kafka = settings.servers.kafka
    if kafka is None:
        message = "Kafka is not configured"
        raise RuntimeError(message)
    return kafka


class StreamWatch:
    """Remembers whether the last poll was answered, for the sweep."""

    def __init__(self) -> None:
        """Believe in the stream until it fails."""
        self._answers = True

    def answers(self) -> bool:
        """Tell whether messages are coming just now."""
        return self._answers

    def over(self, subscription: EventSubscription) -> EventSubscription:
        """Return the subscription, watched."""
        return _Watched(self, subscription)

    def note(self, *, answers: bool) -> None:
        """Remember the last poll."""
        self._answers = answers


class _Watched:
    """A subscription whose polls are noted."""

    def __init__(self, watch: StreamWatch, subscription: EventSubscription) -> None:
        self._watch = watch
        self._subscription = subscription
        self.commit = subscription.commit
        self.close = subscription.close

    async def poll(self, *, limit: int, seconds: float) -> Sequence[Delivery]:
        """Poll; see the port."""
        try:
            found = await self._subscription.poll(limit=limit, seconds=seconds)
        except StreamUnavailable:
            self._watch.note(answers=False)
            raise
        self._watch.note(answers=True)
        return found
