"""The SQL of people; sessions and their tokens are in session_store.py."""

from __future__ import annotations

from dataclasses import dataclass, field

from pfh.ports.database import Connection, Row

_COLUMNS = """user_id, email, email_key, password_hash, first_name, last_name, role, epoch,
    terms_accepted_at, created_at, disabled_at, email_verified_at, language"""
_INSERT = f"""
    INSERT INTO users ({_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
_FIND = f"SELECT {_COLUMNS} FROM users WHERE user_id = $1"
_FIND_BY_EMAIL = f"SELECT {_COLUMNS} FROM users WHERE email_key = $1"
_ADMINISTRATORS = f"""
    SELECT {_COLUMNS} FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY user_id"""
_IS_ANYBODY_HERE = "SELECT 1 FROM users LIMIT 1"
# Two first sign-ups at once must not both find nobody; SQLite has one writer anyway. The number is
# the name of the lock: "pfhusers" in ASCII.
_LOCK_FIRST_USER = "SELECT pg_advisory_xact_lock($1)"
_FIRST_USER_LOCK = int.from_bytes(b"pfhusers", "big")
_UPDATE_PROFILE = """
    UPDATE users SET email = $2, email_key = $3, first_name = $4, last_name = $5,
        email_verified_at = $6, language = $7
    WHERE user_id = $1"""
_MARK_VERIFIED = """
    UPDATE users SET email_verified_at = COALESCE(email_verified_at, $2) WHERE user_id = $1"""
_RESET_HASH = """
    UPDATE users SET password_hash = $2, epoch = epoch + 1 WHERE user_id = $1 RETURNING epoch"""
# The old hash is part of the condition, so that of two changes at once the second is refused.
_CHANGE_HASH = """
    UPDATE users SET password_hash = $3, epoch = epoch + 1
    WHERE user_id = $1 AND password_hash = $2 RETURNING epoch"""
_REPLACE_HASH = "UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2"
_IS_LAST_ADMINISTRATOR = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM users WHERE user_id <> $1)
      AND NOT EXISTS (
        SELECT 1 FROM users WHERE user_id <> $1 AND role = 'admin' AND disabled_at IS NULL)"""
# In an order that no foreign key refuses.
_DELETE_USER = (
    """DELETE FROM refresh_tokens WHERE session_id IN (
        SELECT session_id FROM sessions WHERE user_id = $1)""",
    "DELETE FROM sessions WHERE user_id = $1",
    "DELETE FROM idempotency_keys WHERE user_id = $1",
    "DELETE FROM mail_outbox WHERE user_id = $1",
    "DELETE FROM link_codes WHERE user_id = $1",
    "DELETE FROM users WHERE user_id = $1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """One person; instants in microseconds; access tokens of an older `epoch` are void.

    `language` is that of their letters, None for English; `email_verified_at` is None until they
    followed the link of a letter to their present address.
    """

    user_id: int
    email: str
    email_key: str
    password_hash: str = field(repr=False)
    first_name: str
    last_name: str
    role: str
    epoch: int
    terms_accepted_at: int
    created_at: int
    disabled_at: int | None = None
    email_verified_at: int | None = None
    language: str | None = None


async def insert_user(connection: Connection, user: UserRecord) -> None:
    """Store a new person; raises UniqueViolation when the e-mail is taken."""
    await connection.execute(
        _INSERT,
        user.user_id,
        user.email,
        user.email_key,
        user.password_hash,
        user.first_name,
        user.last_name,
        user.role,
        user.epoch,
        user.terms_accepted_at,
        user.created_at,
        user.disabled_at,
        user.email_verified_at,
        user.language,
    )


async def role_of_next_user(connection: Connection) -> str:
    """Return admin for the first person of the installation, user for all others."""
    if connection.dialect == "postgres":
        await connection.fetch_value(_LOCK_FIRST_USER, _FIRST_USER_LOCK)
    return "user" if await connection.fetch_value(_IS_ANYBODY_HERE) else "admin"


async def find_user(connection: Connection, user_id: int) -> UserRecord | None:
    """Return a person, or None."""
    return _user(await connection.fetch_one(_FIND, user_id))


async def find_user_by_email(connection: Connection, email_key: str) -> UserRecord | None:
    """Return the person with this case-folded address, or None."""
    return _user(await connection.fetch_one(_FIND_BY_EMAIL, email_key))


async def administrators(connection: Connection) -> list[UserRecord]:
    """Return every person who may operate the installation, the first first."""
    found = (_user(row) for row in await connection.fetch_all(_ADMINISTRATORS))
    return [user for user in found if user is not None]


async def update_profile(connection: Connection, user: UserRecord) -> None:
    """Store names, address and language; raises UniqueViolation when the e-mail is taken."""
    await connection.execute(
        _UPDATE_PROFILE,
        user.user_id,
        user.email,
        user.email_key,
        user.first_name,
        user.last_name,
        user.email_verified_at,
        user.language,
    )


async def mark_verified(connection: Connection, user_id: int, *, now: int) -> None:
    """Note that the person's present address is theirs; the first time counts."""
    await connection.execute(_MARK_VERIFIED, user_id, now)


async def reset_hash(connection: Connection, user_id: int, *, new_hash: str) -> int:
    """Store another password, whatever the old one was, and return the new epoch."""
    epoch: int = await connection.fetch_value(_RESET_HASH, user_id, new_hash)
    return epoch


async def update_password(
    connection: Connection, user_id: int, *, old_hash: str, new_hash: str
) -> int | None:
    """Store another password and return the new epoch; None when the old one changed meanwhile."""
    epoch: int | None = await connection.fetch_value(_CHANGE_HASH, user_id, old_hash, new_hash)
    return epoch


async def replace_hash(
    connection: Connection, user_id: int, *, old_hash: str, new_hash: str
) -> None:
    """Store the same password hashed with newer parameters; sessions stay."""
    await connection.execute(_REPLACE_HASH, user_id, old_hash, new_hash)


async def is_last_administrator(connection: Connection, user_id: int) -> bool:
    """Tell whether others are left without this person, and no administrator among them."""
    return bool(await connection.fetch_value(_IS_LAST_ADMINISTRATOR, user_id))


async def delete_user(connection: Connection, user_id: int) -> None:
    """Remove a person with everything that is theirs alone."""
    for sql in _DELETE_USER:
        await connection.execute(sql, user_id)


def _user(row: Row | None) -> UserRecord | None:
    if row is None:
        return None
    return UserRecord(
        user_id=row[0],
        email=row[1],
        email_key=row[2],
        password_hash=row[3],
        first_name=row[4],
        last_name=row[5],
        role=row[6],
        epoch=row[7],
        terms_accepted_at=row[8],
        created_at=row[9],
        disabled_at=row[10],
        email_verified_at=row[11],
        language=row[12],
    )
