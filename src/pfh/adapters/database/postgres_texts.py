"""Several statements in one text, so that they cost PostgreSQL's client one round trip.

It exists because the driver sends one statement a message and waits for its answer; each wait costs
the client as much as the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

# Texts are constants of the stores, and so are the ways in which they meet.
_TEXTS_MAX: Final = 1024
_TOKEN: Final = re.compile(r"(?P<kept>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|\$(?P<number>\d+)")
_FOR_UPDATE: Final = re.compile(r"\bFOR UPDATE\b")
_INT64_MAX: Final = 2**63 - 1


def with_numbers(sql: str, numbers: Sequence[int]) -> str:
    """Return a statement with its `$n` written out, for the protocol that knows no parameters.

    Nothing but integers of 64 bits can get into the text.

    Raises:
        TypeError: an argument is no integer.
        ValueError: it does not fit 64 bits.

    Example: `SELECT 1 FROM t WHERE id = $1` with 7 → `SELECT 1 FROM t WHERE id = (7)::bigint`.
    """
    for number in numbers:
        if type(number) is not int:
            message = f"a lock is found by integers, not by {type(number).__name__}"
            raise TypeError(message)
        if not -_INT64_MAX - 1 <= number <= _INT64_MAX:
            message = "an integer does not fit 64 bits"
            raise ValueError(message)

    def replace(match: re.Match[str]) -> str:
        place = match["number"]
        return match[0] if place is None else f"('{numbers[int(place) - 1]:d}')::bigint"

    return _TOKEN.sub(replace, sql)


@lru_cache(_TEXTS_MAX)
def asked_together(texts: tuple[tuple[str, int], ...]) -> str:
    """Return one query with a column for each query: an array of its rows.

    Args:
        texts: each query and the number of its arguments, which follow each other.
    """
    columns = []
    before = 0
    for sql, count in texts:
        columns.append(f"ARRAY(SELECT ROW(asked.*) FROM ({_moved(sql, before)}) AS asked)")
        before += count
    return f"SELECT {', '.join(columns)}"


@lru_cache(_TEXTS_MAX)
def rows_of(sql: str) -> str:
    """Return a query with exactly one row: an array of the rows of another."""
    return asked_together(((sql, 0),))


@lru_cache(_TEXTS_MAX)
def without_locks(sql: str) -> str:
    """Return a query that reads what its SELECT … FOR UPDATE would lock, and locks nothing."""
    return _FOR_UPDATE.sub("", sql)


@lru_cache(_TEXTS_MAX)
def confirmed_at_once(sql: str) -> str:
    """Return a query with one row: an array of what a SELECT … FOR UPDATE finds without waiting.

    A row that another transaction has locked is not in it.
    """
    return f"SELECT ARRAY({_FOR_UPDATE.sub('FOR UPDATE SKIP LOCKED', sql)})"


@lru_cache(_TEXTS_MAX)
def written_if_confirmed(
    confirmed: tuple[str, int], writes: tuple[tuple[str, str, int], ...]
) -> str:
    """Return one statement that makes every write, or fails and makes none.

    It divides by zero unless the SELECT … FOR UPDATE finds a row that nobody else has locked.
    PostgreSQL promises no order among the parts, and nothing depends on one but who waits for whom:
    it makes what no other part reads of last, so the row is locked first.

    Args:
        confirmed: the SELECT and the number of its arguments, which come first.
        writes: as `written_together` has them.
    """
    sql, before = confirmed
    parts = [f"confirmed AS ({_FOR_UPDATE.sub('FOR UPDATE SKIP LOCKED', sql)})"]
    for table, write, count in writes:
        parts.append(f"written_{table} AS ({_moved(write, before)})")
        before += count
    return f"WITH {', '.join(parts)} SELECT 1 / (SELECT COUNT(*) FROM confirmed)"


@lru_cache(_TEXTS_MAX)
def written_together(writes: tuple[tuple[str, str, int], ...]) -> str:
    """Return one statement that makes every write; what one returns is `written_<table>`.

    Args:
        writes: the table, which must differ, the statement and the number of its arguments.
    """
    parts = []
    before = 0
    for table, sql, count in writes:
        parts.append((table, _moved(sql, before)))
        before += count
    *others, (_, last) = parts
    if not others:
        return last
    return f"WITH {', '.join(f'written_{table} AS ({sql})' for table, sql in others)} {last}"


def _moved(sql: str, before: int) -> str:
    """Return the text with its parameters counted from `before`."""

    def replace(match: re.Match[str]) -> str:
        place = match["number"]
        return match[0] if place is None else f"${int(place) + before}"

    return _TOKEN.sub(replace, sql)
