"""A backup comes back as it was, on both databases, and only whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pfh.adapters.backup.sealed_file import (
    HEAD_BYTES,
    BackupCutOff,
    BackupDamaged,
    BackupUnreadable,
    NotABackup,
    WrongBackupKey,
)
from pfh.core.errors import Problem
from pfh.features.backup.api import backup_standing, list_records
from pfh.migrations.metadata import metadata
from pfh.ports.database import Connection
from pfh.runtime.backup.problems import BackupNotFound, RestoredBooksDiffer, RestoreRefused
from pfh.runtime.backup.scheduled import ScheduledBackups
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.services import open_services
from tests.integration.backup.conftest import KEY, Installation


def new_name() -> str:
    return f"pfh_restored_{secrets.token_hex(6)}"


async def test_restored_books_are_equal_and_verified(installation: Installation) -> None:
    made = await installation.back_up()
    assert made.manifest.facts.entries == await installation.value("SELECT COUNT(*) FROM entries")
    assert made.manifest.facts.turnover["EUR"] > 0
    name = new_name()
    restored = await installation.restore(made.name, name)
    assert restored.faults == []
    assert restored.manifest == made.manifest
    async with open_services(restored.settings, exclusive=False) as services:

        async def unit(connection: Connection) -> object:
            return await connection.fetch_value("SELECT COUNT(*) FROM entries")

        assert await services.database.read(unit) == made.manifest.facts.entries
    _drop(installation, name)


async def test_backup_is_recorded_and_holds_nothing_that_can_be_read(
    installation: Installation,
) -> None:
    made = await installation.back_up()
    standing = await backup_standing(installation.services.database)
    assert standing.last_backup is not None
    assert standing.last_backup.backup == made.name
    assert standing.last_backup.length == (installation.backups / made.name).stat().st_size
    assert standing.last_failed_backup is None
    content = (installation.backups / made.name).read_bytes()
    assert b"SQLite format" not in content
    assert b"PGDMP" not in content
    assert b"Maya" not in content
    assert _left_overs(installation) == []


async def test_files_of_open_imports_come_along(family: Installation) -> None:
    import_key = await _pretend_upload(family, b"Date,Amount\n2026-11-01,5.00\n")
    made = await family.back_up()
    assert f"objects/{import_key}" in made.manifest.members
    name = new_name()
    await family.restore(made.name, name)
    assert (family.folder / name / "objects" / import_key).read_bytes().startswith(b"Date,")


async def test_file_that_was_released_meanwhile_is_told_and_not_missed(
    family: Installation,
) -> None:
    import_key = await _pretend_upload(family, b"x")
    await family.services.objects.delete(import_key)
    made = await family.back_up()
    assert made.manifest.missing_objects == [import_key]
    assert (await family.restore(made.name, new_name())).faults == []


def test_every_table_that_names_files_is_asked_for_them() -> None:
    naming = [table.name for table in metadata.sorted_tables if "object_key" in table.columns]
    assert naming == ["imports"], "copy_books.py must ask the new table, too"


async def test_key_of_tokens_stays_at_home(family: Installation) -> None:
    made = await family.back_up()
    assert list(made.manifest.members) == ["pfh.sqlite"]
    name = new_name()
    await family.restore(made.name, name)
    keys = [folder / "secret.key" for folder in (family.settings.data_dir, family.folder / name)]
    assert keys[0].read_bytes() != keys[1].read_bytes()


async def test_restore_never_goes_over_books(installation: Installation) -> None:
    made = await installation.back_up()
    name = new_name()
    await installation.restore(made.name, name)
    with pytest.raises(RestoreRefused, match=name):
        await installation.restore(made.name, name)
    live = installation.settings.database
    own = live.database if isinstance(live, PostgresSettings) else "data"
    with pytest.raises(RestoreRefused, match="never goes over"):
        await installation.restore(made.name, own)
    _drop(installation, name)


@pytest.mark.parametrize("harm", ["flip", "cut", "append", "key", "other"])
async def test_bad_backup_is_refused_in_its_own_words_and_leaves_nothing(
    family: Installation, harm: str
) -> None:
    made = await family.back_up()
    path = family.backups / made.name
    content, key = bytearray(path.read_bytes()), KEY
    expected: dict[str, type[BackupUnreadable]] = {
        "flip": BackupDamaged,
        "cut": BackupCutOff,
        "append": BackupUnreadable,
        "key": WrongBackupKey,
        "other": NotABackup,
    }
    if harm == "flip":
        content[HEAD_BYTES + (len(content) - HEAD_BYTES) // 2] ^= 1
    elif harm == "cut":
        del content[HEAD_BYTES - 1 :]
    elif harm == "append":
        content += b"\0"
    elif harm == "key":
        key = "another key for the tests of backups"
    else:
        content = bytearray(b"-- PostgreSQL database dump\n" * 100)
    path.write_bytes(content)
    name = new_name()
    with pytest.raises(expected[harm]):
        await family.restore(made.name, name, key)
    assert not (family.folder / name).exists()
    assert _left_overs(family) == []


@pytest.mark.postgres
async def test_database_that_cannot_be_restored_is_gone_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await installation.back_up()

    def differ(*_: object) -> None:
        raise RestoredBooksDiffer("The restored books differ: entries is 1, not 2.")

    # After the rows are there, and before anybody is told that they are.
    for module in ("restore_folder", "restore_database"):
        monkeypatch.setattr(f"pfh.runtime.backup.{module}.require_equal", differ)
    name = new_name()
    with pytest.raises(RestoredBooksDiffer):
        await installation.restore(made.name, name)
    assert not (installation.folder / name).exists()
    assert not await _has_database(installation, name)
    assert _left_overs(installation) == []


async def test_failed_backup_deletes_nothing_and_is_recorded(
    family: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await family.back_up()
    hub = family.with_settings(keep_daily=1, keep_weekly=0, keep_monthly=0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pfh.runtime.backup.make_backup.pack", full)
    with pytest.raises(Problem, match="No space left on device"):
        await hub.back_up()
    assert [path.name for path in family.backups.iterdir() if path.is_file()] == [kept.name]
    [failed, done] = await list_records(family.services, "backup", limit=10)
    assert (failed.state, done.state) == ("failed", "done")
    assert "No space left" in (failed.error or "")


async def test_what_cannot_be_read_back_is_no_backup(
    family: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_fsync = os.fsync

    def bad_disk(descriptor: int) -> None:
        """Lose a byte of what was written, as a disk may that says that all is well."""
        if os.fstat(descriptor).st_size > 100_000:
            os.pwrite(descriptor, b"\0\1\2\3", 50_000)
        real_fsync(descriptor)

    monkeypatch.setattr("pfh.runtime.backup.make_backup.os.fsync", bad_disk)
    with pytest.raises(BackupDamaged):
        await family.back_up()
    assert _left_overs(family) == []
    assert [path for path in family.backups.iterdir() if path.is_file()] == []


async def test_superseded_backups_go_when_a_new_one_is_proven(family: Installation) -> None:
    first = await family.back_up()
    foreign = family.backups / "photos.zip"
    foreign.write_bytes(b"mine")
    hub = family.with_settings(keep_daily=1, keep_weekly=1, keep_monthly=1)
    old = family.backups / "pfh-20250101T000000Z-00000000.pfhbackup"
    old.write_bytes(b"of another time")
    second = await hub.back_up()
    # The month of the old one is the second newest with a backup, and one month is kept.
    assert old.name in second.removed
    assert not old.exists()
    assert foreign.exists()
    # Of two backups of one second, either may stand for the day.
    kept = {path.name for path in family.backups.glob("*.pfhbackup")}
    assert len(kept) == 1
    assert kept < {first.name, second.name}


async def test_missing_backup_is_named(family: Installation) -> None:
    with pytest.raises(BackupNotFound, match="no backup"):
        await family.restore("latest", new_name())


async def test_hub_makes_a_backup_when_one_is_due_and_not_before(
    installation: Installation,
) -> None:
    scheduled = ScheduledBackups(installation.settings, 24)
    assert await scheduled.make_due(installation.services)
    assert not await scheduled.make_due(installation.services)
    [record] = await list_records(installation.services, "backup", limit=10)
    assert record.state == "done"


async def _pretend_upload(family: Installation, content: bytes) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    key = "imports/1/statement.csv"
    await family.services.objects.put(key, chunks(), size_max=1_000)

    async def unit(connection: Connection) -> None:
        household = await connection.fetch_value("SELECT MIN(household_id) FROM households")
        await connection.execute(
            "INSERT INTO imports (import_id, household_id, user_id, file_name, format, status,"
            " object_key, settings, findings, row_count, new_count, duplicate_count, error_count,"
            " done_count, created_at) VALUES (1, $1, 1, 'statement.csv', 'csv', 'preview', $2,"
            " '{}', '{}', 0, 0, 0, 0, 0, 1)",
            household,
            key,
        )

    await family.services.database.write(unit)
    return key


def _left_overs(installation: Installation) -> list[Path]:
    """Return the drafts that are still there, wherever they may be."""
    drafts = [
        path
        for folder in installation.folder.rglob(".pfh-drafts")
        for path in folder.iterdir()
        if path.is_dir()
    ]
    return [*drafts, *installation.folder.glob(".*restore-*")]


async def _has_database(installation: Installation, name: str) -> bool:
    if installation.drop is None:
        return False
    return bool(await installation.value(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def _drop(installation: Installation, name: str) -> None:
    live = installation.settings.database
    if installation.drop is not None and isinstance(live, PostgresSettings):
        installation.drop(f"postgresql://x/{name}")
