"""Asking every part at once, each in bounded time, so that a dead one hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pfh.observability.logging import get_logger
from pfh.ports.database import DatabaseError
from pfh.ports.documents import DocumentsUnavailable
from pfh.ports.event_stream import StreamUnavailable
from pfh.runtime.overview import delivery, servers, work
from pfh.runtime.overview.backups import ask_backups
from pfh.runtime.overview.parts import ACT, Overview, Part, PartGroup, Place
from pfh.runtime.overview.sign_ins import ask_sign_ins

# Longer than any server is asked, and short enough for somebody who waits.
PART_SECONDS: Final = 4.0
# What adapters raise of a server that is away; they log it themselves, once.
_AWAY: Final = (DatabaseError, DocumentsUnavailable, StreamUnavailable)
Ask: TypeAlias = Callable[[Place], Awaitable[Sequence[Part]]]
_LOGGER: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and what stands on the page when nobody answers it."""

    key: str
    title: str
    runbook: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class Chapter:
    """Questions whose answers are looked at together."""

    title: str
    questions: tuple[Question, ...]


def chapters() -> tuple[Chapter, ...]:
    """Return what is asked, in the order of the page; once for each process."""
    of_events = (
        Question("outbox", "Outbox, relay and scheduler", "outbox-backlog", delivery.ask_outbox),
        Question("dead-letters", "Dead letters", "dead-letters", delivery.ask_parked),
        Question("lag", "Consumers", "kafka-consumer-lag", delivery.LagQuestion()),
        Question(
            "read-models", "Read models", "rebuild-of-the-read-models", delivery.ask_read_models
        ),
    )
    return (
        Chapter(
            "Health",
            (
                Question(
                    "database", "Books", "database-connection-pool-exhaustion", servers.ask_program
                ),
                Question("servers", "Servers", "service-health-endpoints", servers.ask_servers),
                Question(
                    "mongodb",
                    "MongoDB, read models",
                    "mongodb-replica-set-issues",
                    servers.ask_documents,
                ),
                Question(
                    "third-parties",
                    "Third parties",
                    "third-party-outage",
                    servers.ask_third_parties,
                ),
            ),
        ),
        Chapter("From the books to the dashboards", of_events),
        Chapter("Backups", (Question("backup", "Backups", "database-backup", ask_backups),)),
        Chapter("Work and access", _questions_of_work()),
    )


def _questions_of_work() -> tuple[Question, ...]:
    return (
        Question("jobs", "Jobs", "cache-warming", work.ask_jobs),
        Question("letters", "Letters", "third-party-outage", work.ask_mail),
        Question("maintenance", "Maintenance mode", "maintenance-mode", work.ask_maintenance),
        Question(
            "sign-ins",
            "Sign-ins refused",
            "suspicious-authentication-activity",
            ask_sign_ins,
        ),
        Question(
            "blocks",
            "Refused addresses",
            "suspicious-authentication-activity",
            work.ask_blocks,
        ),
    )


class Overseer:
    """Looks over the installation; those who ask at the same time share one look."""

    def __init__(
        self,
        place: Place,
        asked: Sequence[Chapter] | None = None,
        *,
        part_seconds: float = PART_SECONDS,
    ) -> None:
        """Keep what to ask, and how long."""
        self._place = place
        self._chapters = chapters() if asked is None else tuple(asked)
        self._part_seconds = part_seconds
        self._looking: asyncio.Task[Overview] | None = None

    @property
    def place(self) -> Place:
        """Return the installation that is asked."""
        return self._place

    async def look(self) -> Overview:
        """Ask everything at once; takes as long as the slowest, 4 seconds at most."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="overview")
        # Shielded: one who goes away does not end the look of the others.
        return await asyncio.shield(self._looking)

    async def look_anew(self) -> Overview:
        """Ask everything again, after something was done that another's look may have missed."""
        return await self._look()

    async def _look(self) -> Overview:
        place = self._place.asked_now()
        groups = await asyncio.gather(*(self._group(place, one) for one in self._chapters))
        return Overview(groups=tuple(group for group in groups if group.parts))

    async def _group(self, place: Place, chapter: Chapter) -> PartGroup:
        answers = await asyncio.gather(*(self._answer(place, one) for one in chapter.questions))
        parts = tuple(part for answer in answers for part in answer)
        return PartGroup(title=chapter.title, parts=parts)

    async def _answer(self, place: Place, question: Question) -> Sequence[Part]:
        try:
            async with asyncio.timeout(self._part_seconds):
                return await question.ask(place)
        except TimeoutError:
            words = f"It gave no answer within {self._part_seconds:.0f} s."
            shown = "no answer"
        except _AWAY as error:
            words = f"It cannot be asked just now: {error}."
            shown = "away"
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page tells it
            _LOGGER.failure("overview_part_failed", error, part=question.key)
            words = f"Asking it failed: {str(error) or type(error).__name__}."
            shown = "cannot be asked"
        return (
            Part(
                key=question.key,
                title=question.title,
                state=ACT,
                shown=shown,
                meaning=words,
                runbook=question.runbook,
            ),
        )
