"""Administrators hear of backups that fail or are not made: once a day, and only by real mail."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pfh.adapters.clock.settable import SettableClock
from pfh.adapters.mailer.folder import FolderMailer
from pfh.features.backup import consumers
from pfh.features.backup.api import begin_record, finish_record, warn_administrators
from pfh.ports.backup_store import BackupStoreUnavailable
from pfh.ports.mailer import Message
from pfh.ports.services import Services
from tests.integration.backup.conftest import Installation

HOUR = 3_600.0
_POSTED = "SELECT COUNT(*) FROM mail_outbox WHERE kind = '{}' AND user_id IS NOT NULL"


class Deliverer:
    """A mailer whose letters leave; none is sent here, they stay in the outbox."""

    delivers = True

    async def send(self, message: Message) -> None:
        raise AssertionError(message)


def watched(installation: Installation) -> tuple[Services, SettableClock]:
    """Return the services with a mailer that delivers and a clock that stands."""
    clock = SettableClock()
    return replace(installation.services, mailer=Deliverer(), clock=clock), clock


async def end_backup(services: Services, state: str) -> None:
    record = await begin_record(services, "backup")
    await finish_record(services, replace(record, state=state))  # type: ignore[arg-type]  # by name


async def posted(installation: Installation, kind: str) -> object:
    return await installation.value(_POSTED.format(kind))


async def test_failure_is_told_once_a_day_until_a_backup_succeeds(
    installation: Installation,
) -> None:
    services, clock = watched(installation)
    await end_backup(services, "failed")
    told = await asyncio.gather(*(warn_administrators(services, every_hours=24) for _ in range(4)))
    assert sorted(told) == [0, 0, 0, 1], "several processes look at once"
    clock.advance(23 * HOUR)
    assert await warn_administrators(services, every_hours=24) == 0
    clock.advance(2 * HOUR)
    assert await warn_administrators(services, every_hours=24) == 1
    assert await posted(installation, "backup_failed") == 2
    clock.advance(25 * HOUR)
    await end_backup(services, "done")
    assert await warn_administrators(services, every_hours=24) == 0


async def test_age_is_told_above_the_hours_of_the_schedule_and_not_below(
    installation: Installation,
) -> None:
    services, clock = watched(installation)
    assert await warn_administrators(services, every_hours=24) == 0, "the first is still to come"
    await end_backup(services, "done")
    clock.advance(25 * HOUR)
    assert await warn_administrators(services, every_hours=24) == 0
    clock.advance(2 * HOUR)
    assert await warn_administrators(services, every_hours=24) == 1
    assert await posted(installation, "backup_old") == 1


async def test_folder_gets_no_letters_and_nobody_but_administrators_does(
    family: Installation,
) -> None:
    await end_backup(family.services, "failed")
    assert isinstance(family.services.mailer, FolderMailer)
    assert await warn_administrators(family.services, every_hours=24) == 0
    services, _ = watched(family)
    assert await family.value("SELECT COUNT(*) FROM users WHERE role = 'admin'") == 1
    await services.database.write(
        lambda connection: connection.execute("UPDATE users SET role = 'user'")
    )
    assert await warn_administrators(services, every_hours=24) == 0


class Broken:
    """Backups that cannot be made, and record it."""

    every_hours = 24

    async def make_due(self, services: Services) -> bool:
        await end_backup(services, "failed")
        raise BackupStoreUnavailable("the disk is gone")


async def test_consumer_tells_of_a_backup_that_failed_and_fails_itself(
    family: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "FIRST_PAUSE_SECONDS", 0.0)
    services, _ = watched(family)
    with pytest.raises(BackupStoreUnavailable):
        await consumers.run(replace(services, backups=Broken()), asyncio.Event())
    assert await posted(family, "backup_failed") == 1
