"""SQL of imports: the import itself, the keys of its rows, remembered mappings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pfh.ports.database import Connection, Row

_COLUMNS = """import_id, household_id, user_id, file_name, format, status, object_key, settings,
    findings, row_count, new_count, duplicate_count, error_count, done_count, first_entry_id,
    last_entry_id, created_at, committed_at, reverted_at, claimed_by"""
_INSERT = f"""
    INSERT INTO imports ({_COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20)"""
_UPDATE = """
    UPDATE imports
    SET format = $3, status = $4, settings = $5, findings = $6, row_count = $7, new_count = $8,
        duplicate_count = $9, error_count = $10, done_count = $11, first_entry_id = $12,
        last_entry_id = $13, committed_at = $14, reverted_at = $15,
        claimed_by = $17, claimed_until = CASE WHEN $17::bigint IS NULL THEN NULL
                                               ELSE claimed_until END
    WHERE household_id = $1 AND import_id = $2 AND COALESCE(claimed_by, 0) = $16"""
_FIND = f"SELECT {_COLUMNS} FROM imports WHERE household_id = $1 AND import_id = $2"
_FIND_TO_CHANGE = f"{_FIND} FOR UPDATE"
_LIST = f"""
    SELECT {_COLUMNS} FROM imports
    WHERE household_id = $1 AND import_id < $2 AND status <> 'discarded'
    ORDER BY import_id DESC LIMIT $3"""
# What a command line books has no kept file, and is its own work.
_WAITS = "(status = 'reverting' OR status IN ('reading', 'committing') AND object_key <> '')"
_UNFINISHED = f"""
    SELECT {_COLUMNS} FROM imports
    WHERE {_WAITS} AND COALESCE(claimed_until, 0) <= $1
    ORDER BY import_id"""
_CLAIM = f"""
    UPDATE imports SET claimed_by = $2, claimed_until = $4
    WHERE import_id = $1 AND {_WAITS} AND COALESCE(claimed_until, 0) <= $3
    RETURNING {_COLUMNS}"""
_RENEW = "UPDATE imports SET claimed_until = $3 WHERE import_id = $1 AND claimed_by = $2"
_RELEASE = "UPDATE imports SET claimed_until = NULL WHERE import_id = $1 AND claimed_by = $2"
_RELEASE_ALL = "UPDATE imports SET claimed_until = NULL WHERE claimed_until IS NOT NULL"
# The unary plus keeps SQLite from probing every digest on every day: it walks the days of the
# batch, which lie side by side, and looks the digests up in memory.
_KNOWN = {
    "sqlite": """
        SELECT account_id, date, digest FROM import_rows
        WHERE account_id = $1 AND date = ANY($2::text[]) AND +digest = ANY($3::bigint[])""",
    # PostgreSQL would do just that, so there the lists are the columns of the keys.
    "postgres": """
        SELECT r.account_id, r.date, r.digest
        FROM unnest($1::bigint[], $2::text[]::date[], $3::bigint[])
             AS wanted(account_id, date, digest)
        JOIN import_rows r ON r.account_id = wanted.account_id AND r.date = wanted.date
                          AND r.digest = wanted.digest""",
}
_INSERT_ROW = """
    INSERT INTO import_rows (account_id, date, digest, entry_id) VALUES ($1, $2, $3, $4)"""
_DELETE_ROWS = """
    DELETE FROM import_rows
    WHERE account_id = $1 AND date = $2 AND entry_id = $3"""
_ENTRIES_OF = """
    SELECT entry_id FROM entries
    WHERE {household} = $1 AND entry_id BETWEEN $2 AND $3 AND import_id = $4
    ORDER BY entry_id LIMIT $5"""
# The plus keeps SQLite on the range of ids. It would keep PostgreSQL from knowing how many rows a
# household has, and make it read every entry of everybody.
_ENTRIES_OF_TEXTS = {
    "sqlite": _ENTRIES_OF.format(household="+household_id"),
    "postgres": _ENTRIES_OF.format(household="household_id"),
}
_CLOSED_ACCOUNT_OF = """
    SELECT a.name FROM accounts a
    WHERE a.household_id = $1 AND a.closed_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM postings p JOIN entries e ON e.entry_id = p.entry_id
        WHERE p.account_id = a.account_id AND e.import_id = $2)
    ORDER BY a.account_id LIMIT 1"""
_FIND_MAPPING = "SELECT mapping FROM csv_mappings WHERE household_id = $1 AND fingerprint = $2"
_STORE_MAPPING = """
    INSERT INTO csv_mappings (household_id, fingerprint, mapping, created_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (household_id, fingerprint) DO UPDATE
    SET mapping = excluded.mapping, created_at = excluded.created_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One import; counts of rows, instants in microseconds; `settings` and `findings` are JSON."""

    import_id: int
    household_id: int
    user_id: int
    file_name: str
    format: str
    status: str
    object_key: str
    settings: str
    findings: str
    row_count: int = 0
    new_count: int = 0
    duplicate_count: int = 0
    error_count: int = 0
    done_count: int = 0
    first_entry_id: int | None = None
    last_entry_id: int | None = None
    created_at: int
    committed_at: int | None = None
    reverted_at: int | None = None
    claimed_by: int | None = None


class RowKey(NamedTuple):
    """The key of a bank row: account, ISO date, digest of 63 bits; equal to the stored row."""

    account_id: int
    date: str
    digest: int


_NAMES = [name.strip() for name in _COLUMNS.split(",")]


def _record(row: Row) -> ImportRecord:
    return ImportRecord(**dict(zip(_NAMES, row, strict=True)))


async def insert_import(connection: Connection, record: ImportRecord) -> None:
    """Add one import."""
    await connection.execute(_INSERT, *(getattr(record, name) for name in _NAMES))


class ClaimLost(Exception):
    """Another worker took the import over, or a person turned it back: nothing may be stored."""


async def update_import(
    connection: Connection, record: ImportRecord, *, release: bool = False
) -> None:
    """Store everything of an import that may change, if its claim is still that of the record.

    `release` ends the claim, so that the next step is anybody's.

    Raises:
        ClaimLost: the unit of work must be undone.
    """
    changed = await connection.execute(
        _UPDATE,
        record.household_id,
        record.import_id,
        record.format,
        record.status,
        record.settings,
        record.findings,
        record.row_count,
        record.new_count,
        record.duplicate_count,
        record.error_count,
        record.done_count,
        record.first_entry_id,
        record.last_entry_id,
        record.committed_at,
        record.reverted_at,
        record.claimed_by or 0,
        None if release else record.claimed_by,
    )
    if not changed:
        raise ClaimLost(record.import_id)


async def find_import(
    connection: Connection, household_id: int, import_id: int
) -> ImportRecord | None:
    """Return one import of the household."""
    row = await connection.fetch_one(_FIND, household_id, import_id)
    return None if row is None else _record(row)


async def find_import_to_change(
    connection: Connection, household_id: int, import_id: int
) -> ImportRecord | None:
    """Return one import, which nobody else changes until the unit of work ends."""
    row = await connection.fetch_one(_FIND_TO_CHANGE, household_id, import_id)
    return None if row is None else _record(row)


async def list_imports(
    connection: Connection, household_id: int, *, before: int, limit: int
) -> list[ImportRecord]:
    """Return imports, latest first, without the discarded ones."""
    rows = await connection.fetch_all(_LIST, household_id, before, limit)
    return [_record(row) for row in rows]


async def unfinished_imports(connection: Connection, now: int) -> list[ImportRecord]:
    """Return the imports that wait for a step and have no worker, of all households."""
    return [_record(row) for row in await connection.fetch_all(_UNFINISHED, now)]


async def claim_import(
    connection: Connection, import_id: int, *, claim: int, now: int, until: int
) -> ImportRecord | None:
    """Take an import that waits for a step; None when another worker has it or none is to do.

    `claim` is a new identifier; `now` and `until` are instants in microseconds.
    """
    row = await connection.fetch_one(_CLAIM, import_id, claim, now, until)
    return None if row is None else _record(row)


async def renew_claim(connection: Connection, import_id: int, *, claim: int, until: int) -> bool:
    """Keep an import for longer; False when it is no longer ours."""
    return await connection.execute(_RENEW, import_id, claim, until) > 0


async def release_claim(connection: Connection, import_id: int, *, claim: int) -> None:
    """Let others take an import whose step was left in the middle."""
    await connection.execute(_RELEASE, import_id, claim)


async def release_every_claim(connection: Connection) -> None:
    """Let all claims go, for a hub that knows that no other process is at work."""
    await connection.execute(_RELEASE_ALL)


async def known_keys(connection: Connection, keys: Sequence[RowKey]) -> set[tuple[int, str, int]]:
    """Return those of the keys that were imported before, as (account, date, digest)."""
    if not keys:
        return set()
    if connection.dialect == "postgres":
        columns = [list(column) for column in zip(*keys, strict=True)]
        return set(map(tuple, await connection.fetch_all(_KNOWN["postgres"], *columns)))
    by_account: dict[int, tuple[set[str], list[int]]] = {}
    for account_id, date, digest in keys:
        found = by_account.get(account_id)
        if found is None:
            found = by_account[account_id] = (set(), [])
        found[0].add(date)
        found[1].append(digest)
    known: set[tuple[int, str, int]] = set()
    for account_id, (dates, digests) in by_account.items():
        sql = _KNOWN["sqlite"]
        known.update(
            map(tuple, await connection.fetch_all(sql, account_id, sorted(dates), digests))
        )
    return known


async def insert_keys(connection: Connection, rows: Sequence[tuple[int, str, int, int]]) -> None:
    """Remember (account, date, digest, entry id) of committed rows."""
    await connection.execute_many(_INSERT_ROW, rows)


async def forget_keys(connection: Connection, rows: Sequence[tuple[int, str, int]]) -> None:
    """Forget (account, date, entry id) of reverted rows, so that they may be imported again."""
    await connection.execute_many(_DELETE_ROWS, rows)


async def entries_of_import(
    connection: Connection, record: ImportRecord, *, limit: int
) -> list[int]:
    """Return up to `limit` entries that this import brought and that still stand."""
    rows = await connection.fetch_all(
        _ENTRIES_OF_TEXTS[connection.dialect],
        record.household_id,
        record.first_entry_id or 0,
        record.last_entry_id or 0,
        record.import_id,
        limit,
    )
    return [int(row[0]) for row in rows]


async def closed_account_of(connection: Connection, record: ImportRecord) -> str | None:
    """Return the name of a closed account that entries of the import still touch."""
    found = await connection.fetch_value(_CLOSED_ACCOUNT_OF, record.household_id, record.import_id)
    return None if found is None else str(found)


async def find_mapping(connection: Connection, household_id: int, fingerprint: str) -> str | None:
    """Return the JSON of the mapping that a person chose for files of this shape."""
    found = await connection.fetch_value(_FIND_MAPPING, household_id, fingerprint)
    return None if found is None else str(found)


async def store_mapping(
    connection: Connection, household_id: int, fingerprint: str, mapping: str, now: int
) -> None:
    """Remember the mapping for files of this shape."""
    await connection.execute(_STORE_MAPPING, household_id, fingerprint, mapping, now)
