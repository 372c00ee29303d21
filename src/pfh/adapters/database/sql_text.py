"""One SQL text for both dialects: PostgreSQL's spelling turned into SQLite's, once per text.

It exists so that stores write `$1`, casts, `= ANY($2::bigint[])` and `FOR UPDATE` once, and so that
the cost of the translation is one dictionary look-up per statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

# Texts are constants of the stores; more than this means that values are pasted into SQL.
TEXTS_MAX: Final = 4096

_TOKEN: Final = re.compile(
    r"""
      (?P<kept>'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/)
    | (?<![<>!])=\s*ANY\s*\(\s*\$(?P<any>\d+)(?:\s*::\s*\w+\s*\[\s*\])?\s*\)
    | (?:<>|!=)\s*ALL\s*\(\s*\$(?P<all>\d+)(?:\s*::\s*\w+\s*\[\s*\])?\s*\)
    | \bjson_each\s*\(\s*\$(?P<each>\d+)\s*\)
    | \$(?P<number>\d+)
    | (?P<cast>::\s*\w+(?:\s*\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\s*\[\s*\])?)
    | (?P<lock>\bFOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|KEY\s+SHARE|SHARE)\b
        (?:\s+OF\s+\w+(?:\s*,\s*\w+)*)?(?:\s+(?:SKIP\s+LOCKED|NOWAIT))?)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# A unit is inside a transaction that the adapter ends; these words would end it behind its back.
_FORBIDDEN: Final = re.compile(
    r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|START|ATTACH|DETACH|VACUUM)\b", re.IGNORECASE
)


class SqliteText(NamedTuple):
    """A text that SQLite understands, and which arguments (from 0) go in as a JSON array."""

    sql: str
    list_positions: tuple[int, ...]


def to_sqlite(sql: str) -> SqliteText:
    """Translate one statement from PostgreSQL's spelling.

    - `$n` becomes `?n`; `::type` and `::type[]` casts go away.
    - `= ANY($n::bigint[])` becomes `IN (SELECT value FROM json_each(?n))`, `<> ALL(…)` to `NOT IN`;
      such an argument, and one of a plain `json_each($n)`, is a Python list, sent as a JSON array.
    - `FOR UPDATE` and its kin go away: SQLite runs one writing unit at a time.
    - Literals, quoted names and comments are kept as they are.

    Raises:
        RuntimeError: the statement controls the transaction, which only the adapter may.

    Example: `SELECT a FROM t WHERE id = ANY($1::bigint[]) AND d < $2::date FOR UPDATE` →
    `SELECT a FROM t WHERE id IN (SELECT value FROM json_each(?1)) AND d < ?2 `, lists at (0,).
    """
    if _FORBIDDEN.match(sql):
        message = f"a unit of work may not control its transaction: {sql.split(maxsplit=1)[0]}"
        raise RuntimeError(message)
    lists: set[int] = set()

    def replace(match: re.Match[str]) -> str:
        kind, text = match.lastgroup, match.group(0)
        if kind == "kept":
            return text
        if kind in {"cast", "lock"}:
            return ""
        number = match.group(str(kind))
        if kind == "number":
            return f"?{number}"
        lists.add(int(number) - 1)
        words = {"any": " IN (SELECT value FROM {})", "all": " NOT IN (SELECT value FROM {})"}
        return words.get(str(kind), "{}").format(f"json_each(?{number})")

    return SqliteText(_TOKEN.sub(replace, sql), tuple(sorted(lists)))


class SqliteTexts(dict[str, SqliteText]):
    """The translations made so far; a missing one is made by the look-up itself."""

    def __missing__(self, sql: str) -> SqliteText:
        """Translate, remember and return."""
        if len(self) >= TEXTS_MAX:
            self.clear()
        translated = self[sql] = to_sqlite(sql)
        return translated


def encode_lists(arguments: Sequence[object], positions: tuple[int, ...]) -> list[object]:
    """Return the arguments with the lists at `positions` as JSON text; None and text are kept."""
    encoded = list(arguments)
    for position in positions:
        argument = encoded[position]
        if argument is not None and not isinstance(argument, str):
            encoded[position] = msgspec.json.encode(argument).decode()
    return encoded
