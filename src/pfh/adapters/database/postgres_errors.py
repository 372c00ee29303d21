"""PostgreSQL's errors in the port's words, and which of them allow the unit to run again.

It exists so that use-cases catch `UniqueViolation` and its kin without knowing the driver, and so
that the words of an incident (ECONNREFUSED, too many connections) name its cause.
"""

from __future__ import annotations

import errno
import re
import ssl
from typing import Final

import asyncpg
from asyncpg import exceptions

from pfh.ports.database import (
    DatabaseTimeout,
    DatabaseUnavailable,
    ForeignKeyViolation,
    UniqueViolation,
)

# The whole unit may run again: the server undid it, or knows its plan no more after a migration.
CONFLICTS: Final = (
    exceptions.SerializationError,
    exceptions.DeadlockDetectedError,
    exceptions.InvalidCachedStatementError,
    exceptions.OutdatedSchemaCacheError,
)
# The connection is of no use any more; the unit is undone unless its COMMIT was already sent.
LOST: Final = (
    exceptions.PostgresConnectionError,
    exceptions.AdminShutdownError,
    exceptions.CrashShutdownError,
    exceptions.CannotConnectNowError,
    # A server that is stopped says goodbye to an idle connection, and the driver then takes the
    # next statement for a second one on it, until it learns that the connection is closed.
    exceptions.InternalClientError,
    OSError,
)
# What `written_if_confirmed` fails with when somebody else has changed or locked the row.
NOT_CONFIRMED: Final = exceptions.DivisionByZeroError
_TIMEOUTS: Final = (
    (exceptions.QueryCanceledError, "a statement took longer than its limit"),
    (exceptions.LockNotAvailableError, "a lock was not free within its limit"),
    (exceptions.IdleInTransactionSessionTimeoutError, "a unit of work was idle for too long"),
    (CONFLICTS, "other units of work kept changing the same rows"),
    (TimeoutError, "the server did not answer in time"),
)
_UNAVAILABLE: Final = (
    (exceptions.TooManyConnectionsError, "TOO_MANY_CONNECTIONS: the server has no free connection"),
    (exceptions.DiskFullError, "the disk of the database server is full"),
    (exceptions.ReadOnlySQLTransactionError, "the server takes no writes now (it is a standby)"),
    (exceptions.InvalidAuthorizationSpecificationError, "the server refuses the user or password"),
    (exceptions.InvalidCatalogNameError, "the database does not exist on the server"),
)

_ARGUMENT: Final = re.compile(r"\$\d+")


class ConnectionLost(DatabaseUnavailable):
    """The connection broke; whether the unit may run again depends on its COMMIT."""


def translate(
    error: BaseException, *, is_closed: bool = False, may_write: bool = True
) -> Exception:
    """Return the port's error for a driver's error, or the same error when it is a bug.

    A value that its column's type cannot hold is a `ValueError` on both dialects.

    Conflicts that allow another attempt come back as they are; `exhausted` names them at the end.

    Args:
        error: what the driver raised.
        is_closed: True when the connection turned out to be closed, which explains most errors.
        may_write: False in a read unit, where "read only" is the caller's bug, not the server's.
    """
    if isinstance(error, exceptions.UniqueViolationError):
        return UniqueViolation(error.constraint_name or "")
    if isinstance(error, exceptions.ForeignKeyViolationError | exceptions.RestrictViolationError):
        return ForeignKeyViolation("a row points at one that does not exist")
    if isinstance(error, exceptions.ReadOnlySQLTransactionError) and not may_write:
        return RuntimeError("a read unit may not write")
    if isinstance(error, CONFLICTS):
        return error
    if isinstance(error, exceptions.DataError):
        # The driver's own words would carry the value, which is nobody's business in a log.
        argument = _ARGUMENT.search(str(error))
        which = f"argument {argument[0]}" if argument else type(error).__name__
        return ValueError(f"a value does not fit its type or range (64 bits, text): {which}")
    return exhausted(error, is_closed=is_closed)


def exhausted(error: BaseException, *, is_closed: bool = False) -> Exception:
    """Return the port's error for one that no further attempt is made for."""
    for kinds, words in _TIMEOUTS:
        if isinstance(error, kinds):
            return DatabaseTimeout(words)
    for kind, words in _UNAVAILABLE:
        if isinstance(error, kind):
            return DatabaseUnavailable(words)
    if isinstance(error, LOST) or (is_closed and isinstance(error, asyncpg.InterfaceError)):
        return ConnectionLost(f"the connection to the server failed: {_cause(error)}")
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


def unreachable(error: BaseException) -> DatabaseUnavailable:
    """Return the error of a connection that could not be made, whatever stopped it."""
    found = exhausted(error)
    return found if isinstance(found, DatabaseUnavailable) else DatabaseUnavailable(str(found))


def _cause(error: BaseException) -> str:
    """Name the cause without host or user: `ECONNREFUSED`, or the driver's class."""
    if isinstance(error, ssl.SSLError):
        return f"TLS, {error.reason or 'the server ended it'}"
    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number, str(number)) if number else type(error).__name__
