"""What waits on its way from the books to the read models, as the overview tells it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pfh.adapters.outbox.sql import SqlOutbox
from pfh.adapters.parking.sql import SqlParking
from pfh.ports.database import Connection
from pfh.ports.event_stream import StreamUnavailable
from pfh.ports.parking import ParkedHousehold
from pfh.ports.services import Services
from pfh.runtime.overview.parts import (
    ACT,
    LOOK,
    MICROSECONDS,
    OK,
    Act,
    Line,
    Part,
    Place,
    State,
    counted_text,
    span_text,
    worse,
)

if TYPE_CHECKING:
    from pfh.adapters.event_stream.kafka_lag import ClusterLag, GroupLag, KafkaLag

# As the alerts have it, deploy/prometheus/rules/kafka.yml.
OUTBOX_LOOK_SECONDS, OUTBOX_ACT_SECONDS = 60, 300
LAG_LOOK, LAG_ACT = 1_000, 5_000
LAG_FRESH_SECONDS: Final = 60
# The name under which `pfh dlq` lists what the relay could not publish.
RELAY: Final = "relay"
_BEHIND_MAX: Final = 1_000
_LINES_MAX: Final = 20
# Whether Kafka serves is told by a part of its own.
_UNTOLD: Final = Part(
    key="lag",
    title="Consumers",
    state=LOOK,
    shown="unknown",
    meaning="The brokers do not tell how far the consumers are. Read models are told below.",
    runbook="kafka-consumer-lag",
)
_READ_MODEL: Final = "dashboard"
_REPLAY_DETAIL: Final = (
    "Each household goes on from the books, which lose nothing. One whose event still cannot be"
    " applied waits again."
)
# Whoever leads holds a lock of its session (adapters/leadership/postgres.py).
_IS_LED: Final = """
    SELECT EXISTS (
        SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted
          AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) = $1)"""


async def ask_read_models(place: Place) -> Sequence[Part]:
    """Tell how many households' read models lack events, counted up to 1,000."""
    behind = len(await place.services.event_log.behind(_READ_MODEL, limit=_BEHIND_MAX))
    many = f"{behind:,}{' or more' if behind == _BEHIND_MAX else ''}"
    return (
        Part(
            key="read-models",
            title="Read models of the dashboard",
            state=LOOK if behind else OK,
            shown=f"{many} behind" if behind else "at the head",
            meaning=(
                "Figures of these households are added up from the journal until they have caught"
                " up: right, and slower. It should be over within a minute."
                if behind
                else "Every household's figures have every event. Should they ever look wrong,"
                " build them again from the books."
            ),
            runbook="rebuild-of-the-read-models",
            acts=(
                Act(
                    name="read_models",
                    label="Rebuild",
                    question="Build every read model again?",
                    detail=(
                        "All are dropped and made again from the events, a few households at once."
                        " Dashboards stay right meanwhile, and are slower."
                    ),
                ),
            ),
        ),
    )


async def ask_outbox(place: Place) -> Sequence[Part]:
    """Tell what waits for the relay, and who leads the relays and the schedule."""
    if place.settings.servers.kafka is None:
        return ()
    from pfh.features.delivery.relay_events import WORK as RELAY_WORK
    from pfh.runtime.schedule import WORK as SCHEDULE_WORK

    backlog = await SqlOutbox(place.services.database, place.services.clock).backlog()
    seconds = 0 if backlog.oldest_at is None else place.age(backlog.oldest_at)
    state: State = OK
    if seconds > OUTBOX_LOOK_SECONDS:
        state = ACT if seconds > OUTBOX_ACT_SECONDS else LOOK
    waiting = f"{counted_text(backlog.events, 'event')} waiting"
    outbox = Part(
        key="outbox",
        title="Outbox",
        state=state,
        shown=waiting if seconds <= OUTBOX_LOOK_SECONDS else f"{waiting}, {span_text(seconds)} old",
        meaning=(
            "What is committed reaches Kafka at once."
            if state == OK
            else "No relay takes committed events to Kafka, or Kafka does not take them. Nothing is"
            " lost: start a relay or the brokers, and it empties by itself."
        ),
        runbook="outbox-backlog",
    )
    return (
        outbox,
        await _led(place.services, RELAY_WORK, "relay", "Relay", "outbox-backlog"),
        await _led(
            place.services, SCHEDULE_WORK, "scheduler", "Scheduler", "log-rotation-and-cleanup"
        ),
    )


async def _led(services: Services, work: str, key: str, title: str, anchor: str) -> Part:
    from pfh.adapters.leadership.postgres import key as lock_of

    async def unit(connection: Connection) -> bool:
        # Books in SQLite have one process, which is its own leader.
        if connection.dialect != "postgres":
            return True
        return bool(await connection.fetch_value(_IS_LED, lock_of(work)))

    is_led = await services.database.read(unit)
    return Part(
        key=key,
        title=title,
        state=OK if is_led else ACT,
        shown="one leads" if is_led else "none runs",
        meaning=(
            "One process does the work; any others stand by."
            if is_led
            else f"Start `pfh {'relay' if key == 'relay' else 'schedule'}`: until then"
            f" {'events wait' if key == 'relay' else 'nothing is cleaned up or backed up'}."
        ),
        runbook=anchor,
    )


async def ask_parked(place: Place) -> Sequence[Part]:
    """Tell which households wait for help with an event that could not be sent or applied."""
    if place.settings.servers.kafka is None:
        return ()
    found = await parked_households(place.services)
    lines = tuple(
        Line(
            key=f"{one.group}-{one.household_id}",
            text=f"Household {one.household_id}",
            note=f"event {one.household_seq} ({one.event_type}), {one.group}: {one.error}",
            state=ACT,
        )
        for one in found[:_LINES_MAX]
    )
    return (
        Part(
            key="dead-letters",
            title="Dead letters",
            state=ACT if found else OK,
            shown=counted_text(len(found), "household") + " parked" if found else "none",
            meaning=(
                "An event of each cannot be sent or applied, so its dashboard is computed from the"
                " books and nothing of it reaches Kafka. Find out why, repair that, then replay."
                if found
                else "No event is refused anywhere."
            ),
            runbook="dead-letters",
            acts=(
                Act(
                    name="dead_letters",
                    label="Replay",
                    question=f"Replay {counted_text(len(found), 'household')}?",
                    detail=_REPLAY_DETAIL,
                ),
            )
            if found
            else (),
            lines=lines,
        ),
    )


async def parked_households(services: Services) -> list[ParkedHousehold]:
    """Return every household that waits for help, of the relay and of each consumer group."""
    found = list(await SqlParking(services.database).every())
    for event, error, at in await SqlOutbox(services.database, services.clock).quarantined():
        where = (event.household_id, event.household_seq, event.event_id, event.type)
        found.append(ParkedHousehold(RELAY, *where, error, 1, at))
    return found


class LagQuestion:
    """Asks the brokers how far the consumers are, one question at a time.

    It exists because the client waits in a thread: one that hangs must not be joined by another at
    each refresh of the page. Several questions follow one another in it, so that a busy cluster may
    take longer than somebody waits; what it told a moment ago is shown meanwhile.
    """

    def __init__(self, *, wait_seconds: float = 3.0) -> None:
        """Ask nothing yet; nobody waits longer than `wait_seconds`, less than for other parts."""
        self._wait_seconds = wait_seconds
        self._lag: KafkaLag | None = None
        self._asked: asyncio.Task[None] | None = None
        self._told: tuple[int, ClusterLag] | None = None

    async def __call__(self, place: Place) -> Sequence[Part]:
        """Tell the lag of each group, where there are brokers."""
        if place.settings.servers.kafka is None:
            return ()
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._measure(place), name="lag")
            # Whoever waits for it hears of a failure; when nobody does any more, nobody wants to.
            self._asked.add_done_callback(lambda task: task.cancelled() or task.exception())
        with contextlib.suppress(TimeoutError, StreamUnavailable):
            await asyncio.wait_for(asyncio.shield(self._asked), self._wait_seconds)
        if self._told is None or place.age(self._told[0]) > LAG_FRESH_SECONDS:
            return (_UNTOLD,)
        return tuple(_consumer(group, place) for group in self._told[1].groups)

    async def _measure(self, place: Place) -> None:
        from pfh.runtime.delivery import lag_of

        self._lag = self._lag or lag_of(place.settings)
        assert self._lag is not None
        measured = await asyncio.to_thread(self._lag.measure)
        self._told = (place.services.clock.now(), measured)


def _consumer(group: GroupLag, place: Place) -> Part:
    waiting = sum(one.messages for one in group.partitions)
    state: State = OK
    if waiting > LAG_LOOK:
        state = ACT if waiting > LAG_ACT else LOOK
    shown = f"{counted_text(waiting, 'message')} behind" if waiting else "at the head"
    if group.oldest:
        seconds = max(0, place.now // MICROSECONDS - int(min(group.oldest.values())))
        shown += f", the oldest {span_text(seconds)} old"
    meaning = "Dashboards follow what is written."
    if not group.members:
        state = worse(state, ACT)
        shown = f"no member; {shown}"
        meaning = (
            f"Nobody consumes. Start `pfh consume --group {group.group}`; until then dashboards are"
            " computed from the books."
        )
    elif state != OK:
        meaning = "Dashboards are late. Look what the consumers do, and start further ones."
    return Part(
        key=f"lag-{group.group}",
        title=f"Consumers, {group.group}",
        state=state,
        shown=shown,
        meaning=meaning,
        runbook="kafka-consumer-lag",
    )
