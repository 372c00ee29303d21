"""SQLite's errors in the port's words.

It exists so that use-cases catch `UniqueViolation` and its kin without knowing the driver, and so
that an operator reads what happened (disk full, locked, not writable) instead of a code.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from pfh.ports.database import (
    DatabaseTimeout,
    DatabaseUnavailable,
    ForeignKeyViolation,
    UniqueViolation,
)

# Extended result codes carry the primary code in their low byte (sqlite.org/rescode.html).
_PRIMARY: Final = 0xFF
_UNIQUE: Final = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)
_UNAVAILABLE: Final = {
    sqlite3.SQLITE_FULL: "the disk of the data directory is full",
    sqlite3.SQLITE_IOERR: "the database file cannot be read or written (disk error)",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database",
    sqlite3.SQLITE_PERM: "the database file may not be accessed",
    sqlite3.SQLITE_READONLY: "the database file is not writable",
}
_TIMEOUT: Final = {
    sqlite3.SQLITE_BUSY: "another process holds the write lock of the database file",
    sqlite3.SQLITE_LOCKED: "a table is locked by another connection",
    sqlite3.SQLITE_INTERRUPT: "a statement took longer than its limit",
}


def translate(error: sqlite3.Error | OverflowError, *, may_write: bool = True) -> Exception:
    """Return the port's error for a driver's error, or the same error when it is a bug.

    Args:
        error: what the driver raised.
        may_write: False in a read unit, where "read only" is the caller's bug, not the disk's.
    """
    if isinstance(error, OverflowError):
        return ValueError("an integer argument does not fit 64 bits")
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        closed = isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error)
        return DatabaseUnavailable("the database was closed") if closed else error
    if code in _UNIQUE:
        return UniqueViolation(_constraint(str(error)))
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return ForeignKeyViolation("a row points at one that does not exist")
    return _by_primary_code(error, code & _PRIMARY, may_write=may_write)


def _by_primary_code(error: sqlite3.Error, primary: int, *, may_write: bool) -> Exception:
    if primary == sqlite3.SQLITE_READONLY and not may_write:
        return RuntimeError("a read unit may not write")
    if primary in _UNAVAILABLE:
        return DatabaseUnavailable(_UNAVAILABLE[primary])
    if primary in _TIMEOUT:
        return DatabaseTimeout(_TIMEOUT[primary])
    return error


def _constraint(message: str) -> str:
    """Cut the name out of `UNIQUE constraint failed: accounts.household_id, accounts.name`.

    An index on expressions is named (`… failed: index 'uq_accounts_name'`), the others by columns.
    """
    _, _, named = message.partition(": ")
    if named.startswith("index "):
        return named.removeprefix("index ").strip("'")
    return named
