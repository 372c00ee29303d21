"""Trying a migration again while somebody else holds a lock that it needs.

It exists because a migration that waits is worse than one that fails: every request that comes
after it queues behind it. So it waits for a second, lets the queue pass, and comes back.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pfh.migrations.patience import LOCK_SECONDS, LockNotGranted, Tell

Result = TypeVar("Result")
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 8.0
# lock_not_available and deadlock_detected: both undo the transaction, and both pass.
_HELD: Final = frozenset({"55P03", "40P01"})
# Who has been in a transaction for as long as we waited, and has touched a table. Other people's
# transactions have no beginning for who may not see it.
_HOLDERS: Final = sa.text("""
    SELECT a.pid, coalesce(nullif(a.application_name, ''), a.backend_type, 'without a name')
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND (a.xact_start IS NULL OR a.xact_start < clock_timestamp() - make_interval(secs => :held))
      AND EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                  WHERE l.pid = a.pid AND l.granted AND c.relkind IN ('r', 'p')
                    AND c.relnamespace = current_schema()::regnamespace)
    ORDER BY a.xact_start NULLS LAST LIMIT 3""")


async def patiently(
    connection: AsyncConnection,
    work: Callable[[sa.Connection], Result],
    patience: float,
    tell: Tell,
) -> Result:
    """Run `work` until it gets its locks, for `patience` seconds at most; it commits.

    Raises:
        LockNotGranted: it did not; the transaction that wanted them is undone.
    """
    await connection.execute(sa.text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
    # The limit is the session's: it outlasts each migration's commit.
    await connection.commit()
    end = time.monotonic() + patience
    for pause in _pauses():
        try:
            result = await connection.run_sync(work)
            await connection.commit()
        except sa.exc.DBAPIError as error:
            await connection.rollback()
            if getattr(error.orig, "sqlstate", None) not in _HELD:
                raise
            held = f"a table is locked, {await _holders(connection)}"
            if time.monotonic() + pause > end:
                raise LockNotGranted(
                    f"{held}; gave up after {patience:g} s, and nothing of the migration that"
                    " wanted it is left: let that transaction end, then run it again"
                ) from error
            tell(f"Waiting: {held}; next try in {pause:.1f} s.")
            await asyncio.sleep(pause)
        else:
            return result
    raise AssertionError  # The pauses have no end.


async def _holders(connection: AsyncConnection) -> str:
    found = (await connection.execute(_HOLDERS, {"held": LOCK_SECONDS})).all()
    await connection.rollback()
    if not found:
        return "by whom is not known"
    return "perhaps by " + ", ".join(f"process {pid} ({name})" for pid, name in found)


def _pauses() -> Iterator[float]:
    """Double up to the longest; apart by chance, so as not to meet the same job each time."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.75, 1.25)  # noqa: S311 -- no secret
        pause = min(pause * 2, _LONGEST_PAUSE)
