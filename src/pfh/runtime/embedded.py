"""The services of one process on one folder."""

from __future__ import annotations

import os
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from pfh.adapters.cache.memory import MemoryCache
from pfh.adapters.clock.system import SystemClock
from pfh.adapters.database.data_directory import hold_data_directory
from pfh.adapters.database.sqlite import open_sqlite
from pfh.adapters.documents.sql import SqlDocuments
from pfh.adapters.event_log.sql import SqlEventLog
from pfh.adapters.identifiers.time_ordered import TimeOrderedIdentifiers
from pfh.adapters.language_model.silent import SilentLanguageModel
from pfh.adapters.mailer.folder import FolderMailer
from pfh.adapters.objects.directory import DirectoryObjects
from pfh.adapters.sessions.sql import SqlSessions
from pfh.adapters.signals.memory import MemorySignals
from pfh.adapters.throttle.memory import MemoryThrottle
from pfh.ports.database import Database, DatabaseUnavailable
from pfh.ports.services import Services
from pfh.runtime.settings import Settings, SqliteSettings

SECRET_KEY_FILE: Final = "secret.key"  # noqa: S105 -- a file name
_SECRET_KEY_BYTES: Final = 32


async def build(
    settings: Settings, database: SqliteSettings, stack: AsyncExitStack, *, exclusive: bool
) -> Services:
    """Open the SQLite file and put the embedded adapters around it."""
    prepare_data_dir(settings, stack, exclusive=exclusive)
    opened = open_sqlite(database.path)
    stack.push_async_callback(opened.close)
    return around(settings, opened, exclusive=exclusive)


def prepare_data_dir(settings: Settings, stack: AsyncExitStack, *, exclusive: bool) -> None:
    """Create the data directory and, when exclusive, hold it until the stack closes."""
    if exclusive:
        stack.enter_context(hold_data_directory(settings.data_dir))
        return
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"the data directory {settings.data_dir} cannot be used: {error.strerror}"
        ) from error


def around(settings: Settings, database: Database, *, exclusive: bool) -> Services:
    """Return the services of a process whose only server, if any, is the database.

    `exclusive` says that no other process writes to the database.
    """
    clock = SystemClock(settings.time_zone)
    return Services(
        database=database,
        documents=SqlDocuments(database),
        event_log=SqlEventLog(database),
        cache=MemoryCache(),
        sessions=SqlSessions(database, clock, exclusive=exclusive),
        throttle=MemoryThrottle(clock),
        signals=MemorySignals(),
        objects=DirectoryObjects(settings.data_dir / "objects"),
        mailer=FolderMailer(settings.data_dir / "mail"),
        language_model=SilentLanguageModel(),
        clock=clock,
        identifiers=TimeOrderedIdentifiers(settings.node),
        token_key=settings.secret_key or kept_secret_key(settings.data_dir / SECRET_KEY_FILE),
        public_address=settings.base_url,
    )


def kept_secret_key(path: Path) -> bytes:
    """Return the key in the file, making both once; readable by the owner alone.

    Two processes that start together agree: the file appears whole, and the first one wins.

    Raises:
        DatabaseUnavailable: the file cannot be read or is too short to be a key.
    """
    if not path.exists():
        store_secret_key(path, secrets.token_hex(_SECRET_KEY_BYTES).encode())
    key = path.read_bytes().strip()
    if len(key) < _SECRET_KEY_BYTES:
        raise DatabaseUnavailable(f"{path} is too short to be a key: restore it or delete it")
    return key


def store_secret_key(path: Path, key: bytes) -> None:
    """Put the key into a file that appears whole; one that is there already stays as it is."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
