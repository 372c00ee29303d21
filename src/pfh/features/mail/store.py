"""The SQL of the outbox.

A letter is claimed by making it due again later: whoever dies with it loses it after the lease, and
then another sends it. `attempts` tells one claim from the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pfh.ports.database import Connection, Row

_COLUMNS = """mail_id, user_id, kind, language, recipient, content, correlation_id, state, attempts,
    created_at, due_at, useful_until, ended_at, last_error"""
_INSERT = f"""
    INSERT INTO mail_outbox ({_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9, $10, NULL, NULL)"""
_NEXT = """
    SELECT mail_id FROM mail_outbox WHERE state = 'due' AND due_at <= $1
    ORDER BY due_at, mail_id LIMIT 1"""
_CLAIM = f"""
    UPDATE mail_outbox SET due_at = $2, attempts = attempts + 1
    WHERE mail_id = ({_NEXT} %s) AND state = 'due'
    RETURNING {_COLUMNS}"""
# Letters have no order among them, so nobody waits for one that another process has.
_CLAIM_BY_DIALECT = {"sqlite": _CLAIM % "", "postgres": _CLAIM % "FOR UPDATE SKIP LOCKED"}
# What is sent is no longer needed: the row stays for the operator, without anything of the person.
_MARK_SENT = """
    UPDATE mail_outbox SET state = 'sent', ended_at = $2, content = '{}', recipient = '',
        last_error = NULL
    WHERE mail_id = $1 AND state = 'due'"""
_POSTPONE = """
    UPDATE mail_outbox SET due_at = $3, last_error = $4
    WHERE mail_id = $1 AND attempts = $2 AND state = 'due'"""
_GIVE_BACK = """
    UPDATE mail_outbox SET due_at = $3, attempts = attempts - 1
    WHERE mail_id = $1 AND attempts = $2 AND state = 'due'"""
_BURY = """
    UPDATE mail_outbox SET state = 'dead', ended_at = $3, last_error = $4
    WHERE mail_id = $1 AND attempts = $2 AND state = 'due'"""
_LIST = f"""
    SELECT {_COLUMNS} FROM mail_outbox
    WHERE state = ANY($1::text[]) ORDER BY mail_id DESC LIMIT $2"""
_FIND = f"SELECT {_COLUMNS} FROM mail_outbox WHERE mail_id = $1"
_REVIVE = """
    UPDATE mail_outbox SET state = 'due', due_at = $2, attempts = 0, ended_at = NULL
    WHERE mail_id = $1 AND state = 'dead' AND (useful_until IS NULL OR useful_until > $2)"""
_REVIVE_ALL = """
    UPDATE mail_outbox SET state = 'due', due_at = $1, attempts = 0, ended_at = NULL
    WHERE state = 'dead' AND (useful_until IS NULL OR useful_until > $1)"""
_WAS_POSTED = """
    SELECT 1 FROM mail_outbox WHERE kind = ANY($1::text[]) AND created_at > $2 LIMIT 1"""
_COUNT = """
    SELECT state, count(*), min(created_at) FROM mail_outbox WHERE state IN ('due', 'dead')
    GROUP BY state"""
_FORGET = """
    DELETE FROM mail_outbox WHERE mail_id IN (
        SELECT mail_id FROM mail_outbox WHERE state = $1 AND created_at < $2
        ORDER BY mail_id LIMIT $3)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRecord:
    """One letter in the outbox; instants in microseconds, `content` the JSON of its values.

    `state`: due (to be sent), sent, dead (given up, an operator may retry), void (for nobody).
    """

    mail_id: int
    user_id: int | None
    kind: str
    language: str
    recipient: str
    content: str
    correlation_id: str
    state: str
    attempts: int
    created_at: int
    due_at: int
    useful_until: int | None
    ended_at: int | None
    last_error: str | None


async def insert_mail(connection: Connection, mail: MailRecord) -> None:
    """Put a letter into the outbox, in the caller's unit of work."""
    await connection.execute(
        _INSERT,
        mail.mail_id,
        mail.user_id,
        mail.kind,
        mail.language,
        mail.recipient,
        mail.content,
        mail.correlation_id,
        mail.state,
        mail.created_at,
        mail.useful_until,
    )


async def was_posted(connection: Connection, kinds: Sequence[str], *, since: int) -> bool:
    """Tell whether a letter of one of these kinds was put into the outbox after an instant."""
    return await connection.fetch_value(_WAS_POSTED, list(kinds), since) is not None


async def has_due(connection: Connection, *, now: int) -> bool:
    """Tell whether any letter waits to be sent."""
    return await connection.fetch_value(_NEXT, now) is not None


async def claim_mail(connection: Connection, *, now: int, until: int) -> MailRecord | None:
    """Take the letter that has waited longest, for oneself until an instant; None without one."""
    sql = _CLAIM_BY_DIALECT[connection.dialect]
    return _mail(await connection.fetch_one(sql, now, until))


async def mark_sent(connection: Connection, mail_id: int, *, now: int) -> None:
    """Note that a letter was taken over; also by one who had lost it, for it was."""
    await connection.execute(_MARK_SENT, mail_id, now)


async def postpone(connection: Connection, mail: MailRecord, *, due_at: int, error: str) -> None:
    """Let a letter be tried again later."""
    await connection.execute(_POSTPONE, mail.mail_id, mail.attempts, due_at, error)


async def give_back(connection: Connection, mail: MailRecord, *, due_at: int) -> None:
    """Undo a claim that came to nothing; it does not count as an attempt."""
    await connection.execute(_GIVE_BACK, mail.mail_id, mail.attempts, due_at)


async def bury(connection: Connection, mail: MailRecord, *, now: int, error: str) -> None:
    """Give a letter up until an operator wants it tried again."""
    await connection.execute(_BURY, mail.mail_id, mail.attempts, now, error)


async def find_mail(connection: Connection, mail_id: int) -> MailRecord | None:
    """Return a letter in whatever state, or None."""
    return _mail(await connection.fetch_one(_FIND, mail_id))


async def list_mail(
    connection: Connection, states: Sequence[str], *, limit: int
) -> list[MailRecord]:
    """Return the newest letters in any of the states."""
    rows = await connection.fetch_all(_LIST, list(states), limit)
    return [found for row in rows if (found := _mail(row)) is not None]


async def revive(connection: Connection, mail_id: int | None, *, now: int) -> int:
    """Make one dead letter due again, or all of them; not those that have lost their use."""
    if mail_id is None:
        return await connection.execute(_REVIVE_ALL, now)
    return await connection.execute(_REVIVE, mail_id, now)


async def count_waiting(connection: Connection) -> dict[str, tuple[int, int]]:
    """Return state → how many letters, and when the oldest was written; for due and dead."""
    rows = await connection.fetch_all(_COUNT)
    return {str(row[0]): (int(row[1]), int(row[2])) for row in rows}


async def forget(connection: Connection, state: str, *, before: int, limit: int) -> int:
    """Delete letters in a state that were written before an instant; return how many."""
    return await connection.execute(_FORGET, state, before, limit)


def _mail(row: Row | None) -> MailRecord | None:
    if row is None:
        return None
    names = MailRecord.__dataclass_fields__
    return MailRecord(**dict(zip(names, row, strict=True)))
