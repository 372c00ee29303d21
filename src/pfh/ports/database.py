"""The database port: units of work on one connection, committed before they return.

It exists so that a use-case is written once and runs on SQLite (on one writer thread, grouped into
shared commits) and on PostgreSQL (on a pooled connection) without knowing which.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

Dialect: TypeAlias = Literal["sqlite", "postgres"]
Value: TypeAlias = "int | str | bytes | Sequence[int] | Sequence[str] | None"
# A row is read by position or by unpacking; both drivers' rows allow it.
Row: TypeAlias = Sequence[Any]
Result = TypeVar("Result")


class Connection(Protocol):
    """One connection inside one unit of work.

    SQL is written with `$1`-style parameters, one statement a call. Integers must fit 64 bits
    signed, else the call is a `ValueError`. Dates are ISO text, instants are integer microseconds,
    money is integer minor units, hashes are bytes. A sum of integers comes back as an integer. A
    list goes to `= ANY($n::bigint[])`, `= ANY($n::text[])` or `<> ALL(…)`; an empty one matches
    nothing (everything for `<> ALL`).

    A failed statement dooms its unit: the unit may turn the error into its own, but when it returns
    as if nothing had happened, the error is raised and nothing is stored. What may fail in the
    ordinary course is written `ON CONFLICT`. BEGIN, COMMIT and SAVEPOINT are the adapter's own.
    """

    @property
    def dialect(self) -> Dialect:
        """The dialect spoken, for the few statements that need two texts."""
        ...

    async def fetch_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return every row of a query, in its order."""
        ...

    async def fetch_one(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row of a query, or None."""
        ...

    async def fetch_value(self, sql: str, *arguments: Value) -> Any:  # noqa: ANN401 -- a column's own type
        """Return the first column of the first row, or None."""
        ...

    async def execute(self, sql: str, *arguments: Value) -> int:
        """Run one statement and return the number of rows that it changed."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for each row of arguments, in their order."""
        ...

    async def lock(self, sql: str, *numbers: int) -> int:
        """Run a SELECT … FOR UPDATE for its locks alone and return how many rows it found.

        As the first statement of a unit it travels with the BEGIN. Every later statement sees what
        was committed before the locks were got. A foreseen unit in company gets them only with its
        writes (`confirm`), and is told 1.
        """
        ...

    def expect(self, sql: str, *arguments: Value) -> None:
        """Say that the unit is going to ask this query, so that it may travel with the next one.

        Only a hint: the rows are those that the query finds when it is sent, and it is sent again
        when the unit has written to one of its tables meanwhile. Columns are integers, text and
        bytes.
        """
        ...

    def defer(self, table: str, sql: str, *arguments: Value) -> None:
        """Run one INSERT, UPDATE or DELETE on a table, at the latest before the next statement.

        Several travel as one. They do not see each other's rows; on PostgreSQL, one may read what
        another returns from `written_<table>`. The error of one comes with the statement that
        follows or at the end of the unit, so that a unit cannot turn it into its own.
        """
        ...

    def confirm(self, sql: str, *arguments: Value) -> None:
        """Say what must still be found when the deferred writes are made: a SELECT … FOR UPDATE.

        In company a foreseen unit asks before it has its locks. The row that this finds must prove
        that nothing has changed since its first question, which it belonged to; otherwise nothing
        is written and the unit runs again, alone. Where the locks were got first, nothing is asked.
        """
        ...

    def announce(self, household_id: int) -> None:
        """Tell subscribers, after the commit and only then, that a household has new events."""
        ...


Unit: TypeAlias = Callable[[Connection], Awaitable[Result]]


class Database(Protocol):
    """Where the truth is kept.

    Guarantees: `write` returns only after a durable COMMIT; a unit that raises leaves nothing
    behind and its exception reaches the caller unchanged, other units of a shared commit are
    unaffected; units of one database are serialisable with each other as far as they lock the same
    rows: a unit that decides from a row reads it `FOR UPDATE` (the event head of a household stands
    for all its rows), while `SET n = n + $1` and `ON CONFLICT DO UPDATE` lock by themselves.

    A unit awaits only its own connection and has no effect but SQL, since it may run again: after a
    serialization failure, a broken connection, or when a neighbour spoilt a shared commit. It sees
    the context variables of its caller and must not set any. A caller that is cancelled does not
    know whether its unit was stored.

    Errors: `DatabaseUnavailable`, `UniqueViolation`, `ForeignKeyViolation`, `DatabaseTimeout` (see
    below), a write in a read unit is a `RuntimeError`; anything else is a bug.
    """

    @property
    def dialect(self) -> Dialect:
        """The dialect of every connection of this database."""
        ...

    async def read(self, unit: Unit[Result]) -> Result:
        """Run a unit on one consistent snapshot; it may not write."""
        ...

    async def look_up(self, sql: str, *arguments: Value) -> Row | None:
        """Return the first row of one SELECT, or None: a `read` of one statement.

        For the questions of every request, since a server is asked once and not three times.
        Columns are integers, text and bytes.
        """
        ...

    async def look_up_all(self, sql: str, *arguments: Value) -> Sequence[Row]:
        """Return every row of one SELECT, in its order: as `look_up`, for more than one row."""
        ...

    async def read_to_show(self, unit: Unit[Result], household_id: int) -> Result:
        """Run a unit whose result is shown to a person or written to a file, and decides nothing.

        It may run on a replica, on one consistent snapshot that holds every event of the household
        that was committed, by whichever process, before the call. Of rows that change without an
        event of this household (sessions, answers for idempotency keys, read models) it may see an
        older state. So it is for lists, reports and exports of what the household's events tell,
        and never for what a write is decided from. Otherwise it is `read`.
        """
        ...

    async def write(self, unit: Unit[Result], *, foreseen: bool = False) -> Result:
        """Run a unit in one transaction and return its result once it is durable.

        Args:
            unit: what to do.
            foreseen: it locks first, asks what it expected, confirms what it decided from, and
                defers its writes. Only a hint, for units that come often: on PostgreSQL such units
                of several callers, without a lock in common, share a transaction. One that does
                otherwise runs again, alone.
        """
        ...

    async def write_one(self, sql: str, *arguments: Value) -> Row | None:
        """Run one writing statement as a unit of its own; return its first row once it is durable.

        A server is asked once and not three times. When the connection breaks meanwhile,
        `DatabaseUnavailable` says that the outcome is unknown: for what may be asked twice.
        """
        ...

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener(household_id)` on the event loop after commits that announced it.

        A hint, not a truth: it may be missed or doubled, and is never early. Returns the
        unsubscriber.
        """
        ...

    async def check(self) -> None:
        """Make one cheap round trip; raise `DatabaseUnavailable` when it fails."""
        ...

    async def close(self) -> None:
        """Finish the units already accepted, refuse new ones and release every resource."""
        ...


class DatabaseError(Exception):
    """The root of the errors an adapter may raise on purpose."""


class DatabaseUnavailable(DatabaseError):
    """The server or file cannot be reached, or the database was closed."""


class DatabaseTimeout(DatabaseError):
    """A lock, a statement, the pool or the writer's queue took longer than its limit."""


class UniqueViolation(DatabaseError):
    """A row with that key exists; `constraint` names the constraint or the columns."""

    def __init__(self, constraint: str) -> None:
        """Keep the name of the constraint, never the values."""
        super().__init__(constraint)
        self.constraint = constraint


class ForeignKeyViolation(DatabaseError):
    """A row points at one that does not exist."""
