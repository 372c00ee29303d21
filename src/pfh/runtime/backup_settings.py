"""The settings of backups: where they lie, how often they are made, and who can read them.

Without a place there are none. With a place there must be a key: a backup that anybody can read is
a leak, and one whose key lies beside the books is lost with them, so the hub makes none up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pfh.runtime import setting_values as read
from pfh.runtime.postgres_settings import POSTGRES_HOST
from pfh.runtime.server_settings import S3_ENDPOINT
from pfh.runtime.setting_reader import Reader
from pfh.runtime.setting_values import Setting

KEEP_DAILY: Final = 7
KEEP_WEEKLY: Final = 4
KEEP_MONTHLY: Final = 12
_HOURS_MAX: Final = 24 * 31

BACKUP_DIR: Final = Setting(
    "PFH_BACKUP_DIR",
    read.folder,
    "none: no backups",
    "Folder of the backups; on another disk than the data folder.",
)
BACKUP_S3_PREFIX: Final = Setting(
    "PFH_BACKUP_S3_PREFIX",
    read.object_prefix,
    "none",
    "Instead of a folder: beginning of the backups' names in the bucket of S3_BUCKET, such as"
    " backups.",
)
BACKUP_KEY: Final = Setting(
    "PFH_BACKUP_KEY",
    read.passphrase,
    "required with a place",
    "Key of the backups, 20 characters or more, which `pfh backup new-key` makes; or name a file in"
    " PFH_BACKUP_KEY_FILE. Keep it outside of this machine, too: nothing is read without it.",
    secret=True,
)
BACKUP_EVERY_HOURS: Final = Setting(
    "PFH_BACKUP_EVERY_HOURS",
    read.whole_number(1, _HOURS_MAX),
    "none: by `pfh backup` alone",
    "Hours between two backups that a running hub makes by itself.",
)
BACKUP_KEEP_DAILY: Final = Setting(
    "PFH_BACKUP_KEEP_DAILY",
    read.whole_number(1, 10_000),
    str(KEEP_DAILY),
    "Of so many last days with backups, the newest backup of each is kept.",
)
BACKUP_KEEP_WEEKLY: Final = Setting(
    "PFH_BACKUP_KEEP_WEEKLY",
    read.whole_number(0, 10_000),
    str(KEEP_WEEKLY),
    "The same for weeks.",
)
BACKUP_KEEP_MONTHLY: Final = Setting(
    "PFH_BACKUP_KEEP_MONTHLY",
    read.whole_number(0, 10_000),
    str(KEEP_MONTHLY),
    "The same for months; any other backup is deleted after a new one was made and verified.",
)
DRILL_USER: Final = Setting(
    "PFH_DRILL_USER",
    read.any_text,
    "POSTGRES_USER",
    "Role that makes the throwaway database of `pfh drill` on PostgreSQL and drops it: may make"
    " databases (CREATEDB) and connect to POSTGRES_DB, and needs nothing of what is in it.",
)
DRILL_PASSWORD: Final = Setting(
    "PFH_DRILL_PASSWORD",
    read.safe_password,
    "required with PFH_DRILL_USER",
    "That role's password; or name a file in PFH_DRILL_PASSWORD_FILE.",
    secret=True,
)
BACKUP_SETTINGS: Final[tuple[Setting[Any], ...]] = (
    BACKUP_DIR, BACKUP_S3_PREFIX, BACKUP_KEY, BACKUP_EVERY_HOURS, BACKUP_KEEP_DAILY,
    BACKUP_KEEP_WEEKLY, BACKUP_KEEP_MONTHLY, DRILL_USER, DRILL_PASSWORD,
)  # fmt: skip
_NEED_A_PLACE: Final = (
    BACKUP_EVERY_HOURS, BACKUP_KEEP_DAILY, BACKUP_KEEP_WEEKLY, BACKUP_KEEP_MONTHLY,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Where backups lie: a folder or a prefix in the bucket, None when neither is set.

    A key may be set without a place, to read a backup that lies anywhere. A drill has a role of its
    own and that role's password, or neither.
    """

    folder: Path | None = None
    s3_prefix: str | None = None
    key: bytes | None = field(default=None, repr=False)
    every_hours: int | None = None
    keep_daily: int = KEEP_DAILY
    keep_weekly: int = KEEP_WEEKLY
    keep_monthly: int = KEEP_MONTHLY
    drill_user: str | None = None
    drill_password: str | None = field(default=None, repr=False)

    @property
    def has_place(self) -> bool:
        """Whether backups are made at all."""
        return self.folder is not None or self.s3_prefix is not None


def read_backup(reader: Reader, data_dir: Path) -> BackupSettings:
    """Read what is set; a place without a key is a mistake, and so is one inside the books."""
    folder, prefix = reader.optional(BACKUP_DIR), reader.optional(BACKUP_S3_PREFIX)
    if folder is None and prefix is None:
        reader.require_absent(_NEED_A_PLACE, unless=BACKUP_DIR)
    elif not reader.is_set(BACKUP_KEY):
        reader.mistake(
            f"{BACKUP_KEY.name} is missing: backups are sealed. Make a key with `pfh backup"
            f" new-key`, keep it where it outlives this machine, and name its file in"
            f" {BACKUP_KEY.name}_FILE."
        )
    if folder is not None and prefix is not None:
        reader.mistake(f"Set {BACKUP_DIR.name} or {BACKUP_S3_PREFIX.name}, not both.")
    if prefix is not None and not reader.is_set(S3_ENDPOINT):
        reader.require_absent((BACKUP_S3_PREFIX,), unless=S3_ENDPOINT)
    if folder is not None and folder.is_relative_to(data_dir):
        reader.mistake(
            f"{BACKUP_DIR.name} lies in the data folder {data_dir}: what destroys the one destroys"
            " the other. Name a folder on another disk."
        )
    drill_user = _drill_user(reader)
    return BackupSettings(
        folder=folder,
        s3_prefix=prefix,
        key=reader.secret(BACKUP_KEY),
        every_hours=reader.optional(BACKUP_EVERY_HOURS),
        keep_daily=reader.value(BACKUP_KEEP_DAILY, KEEP_DAILY),
        keep_weekly=reader.value(BACKUP_KEEP_WEEKLY, KEEP_WEEKLY),
        keep_monthly=reader.value(BACKUP_KEEP_MONTHLY, KEEP_MONTHLY),
        drill_user=drill_user,
        drill_password=drill_user and reader.secret(DRILL_PASSWORD, required=True),
    )


def _drill_user(reader: Reader) -> str | None:
    if not reader.is_set(POSTGRES_HOST):
        reader.require_absent((DRILL_USER, DRILL_PASSWORD), unless=POSTGRES_HOST)
        return None
    if not reader.is_set(DRILL_USER):
        reader.require_absent((DRILL_PASSWORD,), unless=DRILL_USER)
    return reader.optional(DRILL_USER)
