"""The drill restores, measures, and speaks up when a backup is no good."""

from __future__ import annotations

import secrets

import obstore
import pytest

from pfh.adapters.backup.s3_store import S3Backups
from pfh.adapters.backup.sealed_file import BackupUnreadable, WrongBackupKey
from pfh.adapters.objects.s3 import connect
from pfh.features.backup.api import last_drill, list_records, newest_first, show_backups
from pfh.observability.metrics import exposition
from pfh.ports.backup_store import BackupMissing
from pfh.ports.database import Connection
from pfh.runtime.backup.problems import BackupNotFound
from pfh.runtime.settings import load_settings
from tests.integration.backup.conftest import Installation, folder_environment
from tests.servers.found import Server
from tests.servers.s3 import options_of

METRICS = (
    "backup_last_success_timestamp_seconds",
    "backup_last_drill_timestamp_seconds",
    "backup_last_drill_failure_timestamp_seconds",
    "backup_drill_rto_seconds",
    "backup_rpo_seconds",
)


async def metrics_of(installation: Installation) -> dict[str, float]:
    """Return what any process tells of backups."""
    await show_backups(installation.services.database)
    lines = exposition().decode().splitlines()
    return {
        name: float(line.split()[1])
        for name in METRICS
        for line in lines
        if line.startswith(f"{name} ")
    }


async def test_drill_restores_the_newest_backup_and_records_what_it_took(
    installation: Installation,
) -> None:
    made = await installation.back_up()
    databases = await _databases(installation)
    done = await installation.drill()
    assert (done.backup, done.entries) == (made.name, made.manifest.facts.entries)
    assert done.rto > 0
    assert done.rpo == 0  # Nothing was changed since the backup.
    told = await metrics_of(installation)
    assert told["backup_last_success_timestamp_seconds"] >= made.manifest.taken_at // 10**6
    assert told["backup_last_drill_timestamp_seconds"] > 0
    assert told["backup_last_drill_failure_timestamp_seconds"] == 0
    assert told["backup_drill_rto_seconds"] == pytest.approx(done.rto / 10**6)
    record = await last_drill(installation.services)
    assert record is not None
    assert (record.backup, record.rto, record.rpo) == (made.name, done.rto, 0)
    # The throwaway place is gone.
    assert await _databases(installation) == databases
    assert not list((installation.settings.data_dir / "drill").rglob("*.sqlite"))


async def test_work_since_the_backup_is_the_recovery_point(family: Installation) -> None:
    made = await family.back_up()

    async def work(connection: Connection) -> None:
        await connection.execute(
            "UPDATE events SET occurred_at = $1"
            " WHERE position = (SELECT MAX(position) FROM events)",
            made.manifest.taken_at + 1,
        )

    await family.services.database.write(work)
    done = await family.drill()
    assert 0 < done.rpo < 600 * 10**6


@pytest.mark.parametrize("harm", ["cut", "flip", "key", "none"])
async def test_drill_fails_loudly_and_is_recorded(family: Installation, harm: str) -> None:
    expected: type[Exception] = BackupUnreadable
    if harm == "none":
        expected = BackupNotFound
    else:
        made = await family.back_up()
        path = family.backups / made.name
        content = bytearray(path.read_bytes())
        if harm == "cut":
            path.write_bytes(content[:-1])
        elif harm == "flip":
            content[-100] ^= 1
            path.write_bytes(content)
        else:
            expected = WrongBackupKey
            family = family.with_settings(key=b"another key for the tests of backups")
    with pytest.raises(expected):
        await family.drill()
    [record] = await list_records(family.services, "drill", limit=10)
    assert record.state == "failed"
    assert record.error
    told = await metrics_of(family)
    assert told["backup_last_drill_failure_timestamp_seconds"] > 0
    assert told["backup_last_drill_timestamp_seconds"] == 0


async def test_bucket_keeps_backups_and_gives_them_back(
    family: Installation, s3_server: Server
) -> None:
    options = options_of(s3_server.address)
    prefix = f"backups/{secrets.token_hex(4)}"
    environment = {
        **folder_environment(family.folder),
        "S3_ENDPOINT": options.endpoint,
        "S3_BUCKET": options.bucket,
        "S3_ACCESS_KEY": options.access_key,
        "S3_SECRET_KEY": options.secret_key,
        "PFH_BACKUP_S3_PREFIX": prefix,
    }
    del environment["PFH_BACKUP_DIR"]
    hub = Installation(load_settings(environment), family.services, family.folder)
    made = await hub.back_up()
    store = S3Backups(options, prefix, family.folder / "drafts")
    assert newest_first(store.names()) == [made.name]
    assert not list((family.settings.data_dir / "backup").rglob("sealed"))
    done = await hub.drill()
    assert done.backup == made.name
    # A short object that somebody else has put there.
    broken = "pfh-20991231T000000Z-00000000.pfhbackup"
    obstore.put(connect(options), f"{prefix}/{broken}", b"PFHBACKUP")
    with pytest.raises(BackupUnreadable):
        await hub.drill()
    for name in (made.name, broken):
        store.delete(name)
    store.delete(made.name)
    assert newest_first(store.names()) == []
    with pytest.raises(BackupMissing), store.open(made.name):
        pass


async def _databases(installation: Installation) -> list[str]:
    if installation.drop is None:
        return []

    async def unit(connection: Connection) -> list[str]:
        found = await connection.fetch_all(
            "SELECT datname FROM pg_database WHERE datname LIKE 'pfh_drill_%' ORDER BY 1"
        )
        return [str(row[0]) for row in found]

    return await installation.services.database.read(unit)
