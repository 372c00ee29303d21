"""Half a setting of backups is refused with the way to repair it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import load_settings

KEY = "a key for the tests of backups"
POSTGRES = {
    "POSTGRES_HOST": "db.test", "POSTGRES_DB": "hub", "POSTGRES_USER": "hub",
    "POSTGRES_PASSWORD": "b-3-y-8",
}  # fmt: skip


def mistake(**environment: str) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({"PFH_DATA_DIR": "/srv/pfh", **environment})
    [sentence] = caught.value.mistakes
    return sentence


def test_without_a_place_there_are_no_backups_and_a_key_may_be_set() -> None:
    backup = load_settings({"PFH_BACKUP_KEY": KEY}).backup
    assert not backup.has_place
    assert backup.key == KEY.encode()


def test_folder_key_and_retention_are_read() -> None:
    backup = load_settings(
        {
            "PFH_BACKUP_DIR": "/mnt/usb",
            "PFH_BACKUP_KEY": KEY,
            "PFH_BACKUP_EVERY_HOURS": "24",
            "PFH_BACKUP_KEEP_MONTHLY": "0",
        }
    ).backup
    assert (backup.folder, backup.every_hours) == (Path("/mnt/usb"), 24)
    assert (backup.keep_daily, backup.keep_weekly, backup.keep_monthly) == (7, 4, 0)
    assert KEY not in repr(backup)


def test_place_without_a_key_is_refused_with_the_command_that_makes_one() -> None:
    assert "pfh backup new-key" in mistake(PFH_BACKUP_DIR="/mnt/usb")


def test_place_inside_the_data_folder_is_refused() -> None:
    sentence = mistake(PFH_BACKUP_DIR="/srv/pfh/backups", PFH_BACKUP_KEY=KEY)
    assert "another disk" in sentence


def test_short_key_is_refused_and_not_repeated() -> None:
    sentence = mistake(PFH_BACKUP_DIR="/mnt/usb", PFH_BACKUP_KEY="walrus")
    assert "at least 20 characters" in sentence
    assert "walrus" not in sentence


def test_schedule_without_a_place_is_refused() -> None:
    assert "PFH_BACKUP_DIR is missing" in mistake(PFH_BACKUP_EVERY_HOURS="24")


def test_prefix_without_a_bucket_is_refused() -> None:
    assert "S3_ENDPOINT" in mistake(PFH_BACKUP_S3_PREFIX="backups", PFH_BACKUP_KEY=KEY)


def test_prefix_that_leaves_its_place_is_refused() -> None:
    s3 = {"S3_ENDPOINT": "http://127.0.0.1:9", "S3_BUCKET": "b", "S3_ACCESS_KEY": "access-name"}
    s3["S3_SECRET_KEY"] = "a secret of the bucket"
    sentence = mistake(PFH_BACKUP_S3_PREFIX="../other", PFH_BACKUP_KEY=KEY, **s3)
    assert "lower-case letters" in sentence


def test_role_of_drills_is_read_with_its_password() -> None:
    backup = load_settings(
        {**POSTGRES, "PFH_DRILL_USER": "drill", "PFH_DRILL_PASSWORD": "a-2-z-9"}
    ).backup
    assert (backup.drill_user, backup.drill_password) == ("drill", "a-2-z-9")
    assert "a-2-z-9" not in repr(backup)
    assert load_settings(POSTGRES).backup.drill_user is None


def test_half_a_role_of_drills_is_refused() -> None:
    assert "PFH_DRILL_PASSWORD is missing" in mistake(**POSTGRES, PFH_DRILL_USER="drill")
    assert "PFH_DRILL_USER is missing" in mistake(**POSTGRES, PFH_DRILL_PASSWORD="a-2-z-9")
    assert "POSTGRES_HOST is missing" in mistake(PFH_DRILL_USER="drill")
