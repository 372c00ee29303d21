"""Proving the books from scratch: sums, kept balances and totals, every entry against its events.

Nothing kept is believed: each figure is added up again, and each entry is compared with the last
event that tells of it, so that a row changed by hand is found and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pfh.features.ledger import account_totals, events, store
from pfh.features.ledger.prove_trash import trash_faults
from pfh.features.ledger.snapshot import EntrySnapshot
from pfh.features.tags import api as tags
from pfh.ports.database import Connection, Database, Row

BATCH_ENTRIES = 1_000
_UNBALANCED = """
    SELECT p.entry_id, p.commodity, SUM(p.amount_minor)
    FROM postings p JOIN entries e ON e.entry_id = p.entry_id
    WHERE e.household_id = $1
    GROUP BY p.entry_id, p.commodity HAVING SUM(p.amount_minor) <> 0
    ORDER BY p.entry_id"""
_WRONG_BALANCES = """
    SELECT account_id, commodity, SUM(kept), SUM(counted), SUM(kept_count), SUM(count) FROM (
        SELECT b.account_id AS account_id, b.commodity AS commodity, b.amount_minor AS kept,
               0 AS counted, b.posting_count AS kept_count, 0 AS count
        FROM balances b JOIN accounts a ON a.account_id = b.account_id
        WHERE a.household_id = $1
        UNION ALL
        SELECT p.account_id, p.commodity, 0, p.amount_minor, 0, 1
        FROM postings p JOIN accounts a ON a.account_id = p.account_id
        WHERE a.household_id = $1) AS both_sides
    GROUP BY account_id, commodity
    HAVING SUM(kept) <> SUM(counted) OR SUM(kept_count) <> SUM(count)
    ORDER BY account_id"""
_MONTH = {"sqlite": "SUBSTR(e.date, 1, 7)", "postgres": "TO_CHAR(e.date, 'YYYY-MM')"}
_WRONG_TOTALS = """
    SELECT month, kind, commodity, SUM(kept), SUM(counted), SUM(kept_count), SUM(count) FROM (
        SELECT month, transaction_type AS kind, commodity, amount_minor AS kept, 0 AS counted,
               entry_count AS kept_count, 0 AS count
        FROM entry_totals WHERE household_id = $1
        UNION ALL
        SELECT {month}, e.transaction_type, p.commodity, 0, ABS(p.amount_minor), 0, 1
        FROM entries e JOIN postings p ON p.entry_id = e.entry_id AND p.line = 0
        WHERE e.household_id = $1) AS both_sides
    GROUP BY month, kind, commodity
    HAVING SUM(kept) <> SUM(counted) OR SUM(kept_count) <> SUM(count)
    ORDER BY month, kind"""
# Sums that disagree with the balance of their account are not told to anybody.
_WRONG_ACCOUNT_TOTALS = """
    SELECT account_id, month, kind, commodity, SUM(kept), SUM(counted), SUM(kept_count), SUM(count)
    FROM (
        SELECT t.account_id, t.month, t.transaction_type AS kind, t.commodity,
               t.amount_minor AS kept, 0 AS counted, t.entry_count AS kept_count, 0 AS count
        FROM account_totals t JOIN accounts a ON a.account_id = t.account_id
        WHERE a.household_id = $1
        UNION ALL
        SELECT p.account_id, {month}, e.transaction_type, p.commodity, 0, SUM(ABS(p.amount_minor)),
               0, COUNT(DISTINCT p.entry_id)
        FROM postings p JOIN entries e ON e.entry_id = p.entry_id
             JOIN accounts a ON a.account_id = p.account_id
        WHERE a.household_id = $1 AND a.account_class IN ('asset', 'liability')
        GROUP BY p.account_id, {month}, e.transaction_type, p.commodity) AS both_sides
    WHERE account_id NOT IN (SELECT b.account_id FROM balances b WHERE {disagrees})
    GROUP BY account_id, month, kind, commodity
    HAVING SUM(kept) <> SUM(counted) OR SUM(kept_count) <> SUM(count)
    ORDER BY account_id, month, kind"""
_STRANGE_POSTINGS = """
    SELECT p.entry_id, p.line FROM postings p
    JOIN entries e ON e.entry_id = p.entry_id
    JOIN accounts a ON a.account_id = p.account_id
    WHERE e.household_id = $1 AND (a.household_id <> e.household_id OR p.date <> e.date)
    ORDER BY p.entry_id, p.line"""
_IDS = """
    SELECT entry_id FROM entries WHERE household_id = $1 AND entry_id > $2
    ORDER BY entry_id LIMIT $3"""
# The sign keeps SQLite from walking through all events of the household for each batch.
_LAST_EVENTS = """
    SELECT e.subject_id, e.type, e.payload FROM events e
    JOIN (SELECT subject_id, MAX(position) AS position FROM events
          WHERE +household_id = $1 AND subject_id = ANY($2::bigint[])
            AND type LIKE 'Entry%' GROUP BY subject_id) last
      ON last.position = e.position"""
_MERGED_PAYEES = """
    SELECT payee_id, merged_into_id FROM payees
    WHERE household_id = $1 AND payee_id = ANY($2::bigint[]) AND merged_into_id IS NOT NULL"""
_LIVE_BY_EVENTS = """
    SELECT SUM(CASE type WHEN 'EntryPosted' THEN 1 WHEN 'EntryRestored' THEN 1
                         WHEN 'EntryDeleted' THEN -1 ELSE 0 END)
    FROM events WHERE household_id = $1"""
_COUNT = "SELECT COUNT(*) FROM entries WHERE household_id = $1"
_MISSING = """
    SELECT last.subject_id
    FROM (SELECT subject_id, MAX(position) AS position FROM events
          WHERE household_id = $1 AND type LIKE 'Entry%' GROUP BY subject_id) last
    JOIN events e ON e.position = last.position
    LEFT JOIN entries n ON n.entry_id = last.subject_id AND n.household_id = $1
    WHERE e.type <> 'EntryDeleted' AND n.entry_id IS NULL
    ORDER BY last.subject_id LIMIT 50"""
_TOLD_OF = """
    SELECT DISTINCT subject_id FROM events
    WHERE +household_id = $1 AND subject_id = ANY($2::bigint[])"""
_SEARCH_TEXTS = "SELECT entry_id, search_text FROM entries WHERE entry_id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was proven, or the sentences that say where it fails."""

    name: str
    faults: tuple[str, ...]


async def verify_books(
    database: Database, household_id: int, progress: Callable[[int], None] | None = None
) -> list[Check]:
    """Return the checks of one household; `progress` is called with the entries compared."""

    async def sums(connection: Connection) -> list[Check]:
        return [
            Check("entries sum to zero", await _unbalanced(connection, household_id)),
            Check("postings belong to their entry", await _strange(connection, household_id)),
            Check("kept balances", await _balances(connection, household_id)),
            Check("kept totals", await _totals(connection, household_id)),
            Check("kept totals of accounts", await _account_totals(connection, household_id)),
            Check("trash", await trash_faults(connection, household_id)),
        ]

    checks = await database.read(sums)
    faults = await _compare_with_events(database, household_id, progress)
    return [*checks, Check("entries are what their events say", tuple(faults))]


async def _unbalanced(connection: Connection, household_id: int) -> tuple[str, ...]:
    rows = await connection.fetch_all(_UNBALANCED, household_id)
    return tuple(
        f"postings: entry {entry_id} is off by {int(total)} minor units of {code}"
        for entry_id, code, total in rows
    )


async def _strange(connection: Connection, household_id: int) -> tuple[str, ...]:
    rows = await connection.fetch_all(_STRANGE_POSTINGS, household_id)
    return tuple(
        f"postings: entry {entry_id}, line {line} has another date or household than its entry"
        for entry_id, line in rows
    )


async def _balances(connection: Connection, household_id: int) -> tuple[str, ...]:
    rows = await connection.fetch_all(_WRONG_BALANCES, household_id)
    return tuple(
        f"balances: account {row[0]} keeps {int(row[2])} {row[1]} in {int(row[4])} postings,"
        f" the journal has {int(row[3])} in {int(row[5])}"
        for row in rows
    )


async def _totals(connection: Connection, household_id: int) -> tuple[str, ...]:
    sql = _WRONG_TOTALS.replace("{month}", _MONTH[connection.dialect])
    rows = await connection.fetch_all(sql, household_id)
    return tuple(
        f"entry_totals: {row[0]} {row[1]} {row[2]} keeps {int(row[3])} in {int(row[5])} entries,"
        f" the journal has {int(row[4])} in {int(row[6])}"
        for row in rows
    )


async def _account_totals(connection: Connection, household_id: int) -> tuple[str, ...]:
    sql = _WRONG_ACCOUNT_TOTALS.replace("{month}", account_totals.MONTH[connection.dialect])
    sql = sql.replace("{disagrees}", account_totals.DISAGREES)
    return tuple(
        f"account_totals: account {row[0]} {row[1]} {row[2]} keeps {int(row[4])} {row[3]} in"
        f" {int(row[6])} entries, the journal has {int(row[5])} in {int(row[7])}"
        for row in await connection.fetch_all(sql, household_id)
    )


async def _compare_with_events(
    database: Database, household_id: int, progress: Callable[[int], None] | None
) -> list[str]:
    faults: list[str] = []
    last = 0
    while True:

        async def unit(connection: Connection, after: int = last) -> tuple[list[int], list[str]]:
            rows = await connection.fetch_all(_IDS, household_id, after, BATCH_ENTRIES)
            ids = [int(row[0]) for row in rows]
            return ids, await _batch_faults(connection, household_id, ids) if ids else []

        ids, found = await database.read(unit)
        faults.extend(found)
        if progress is not None:
            progress(len(ids))
        if len(ids) < BATCH_ENTRIES:
            break
        last = ids[-1]

    async def counts(connection: Connection) -> tuple[int, int]:
        live = await connection.fetch_value(_LIVE_BY_EVENTS, household_id)
        return int(live or 0), int(await connection.fetch_value(_COUNT, household_id))

    by_events, kept = await database.read(counts)
    if by_events != kept:
        faults.append(f"entries: household {household_id} has {kept}, its events leave {by_events}")

        async def missing(connection: Connection) -> list[str]:
            rows = await connection.fetch_all(_MISSING, household_id)
            return [
                f"entries: entry {row[0]}: its events tell of it, and it is not there"
                for row in rows
            ]

        faults.extend(await database.read(missing))
    return faults


async def _batch_faults(connection: Connection, household_id: int, ids: Sequence[int]) -> list[str]:
    entries = await store.find_entries(connection, household_id, ids)
    rows = await connection.fetch_all(_LAST_EVENTS, household_id, list(ids))
    told = {int(row[0]): _told(row) for row in rows}
    known = [entry for entry in told.values() if entry is not None]
    since = await _since(connection, household_id, known)
    faults = []
    for entry in entries:
        if entry.entry_id not in told:
            difference: str | None = "no event tells of it"
        else:
            difference = _difference(entry, told[entry.entry_id], since)
        if difference is not None:
            faults.append(f"entries: entry {entry.entry_id}: {difference}")
    return faults + await _search_faults(connection, told)


async def _search_faults(
    connection: Connection, told: Mapping[int, EntrySnapshot | None]
) -> list[str]:
    """Name the entries that the search would find by other words than their events have."""
    return [
        f"entries: entry {entry_id}: its search_text is not that of its last event"
        for entry_id, text in await connection.fetch_all(_SEARCH_TEXTS, list(told))
        if (entry := told[int(entry_id)]) is not None and text != store.search_text_of(entry)
    ]


@dataclass(frozen=True, slots=True)
class _Since:
    """What happened to payees and tags besides the events that name them.

    `renamed` are those with any event of their own: their names are not those of the entries.
    """

    merged_payees: Mapping[int, int]
    tags: frozenset[int]
    renamed: frozenset[int]

    def names_of(self, tags: Sequence[tuple[int, str]]) -> dict[int, str]:
        """Return the tags that still exist with their names, empty when they have another now."""
        return {
            tag_id: "" if tag_id in self.renamed else name.casefold()
            for tag_id, name in tags
            if tag_id in self.tags
        }


async def _since(
    connection: Connection, household_id: int, told: Sequence[EntrySnapshot]
) -> _Since:
    payee_ids = sorted({entry.payee_id for entry in told if entry.payee_id is not None})
    tag_ids = sorted({tag_id for entry in told for tag_id, _ in entry.tags})
    merged = await connection.fetch_all(_MERGED_PAYEES, household_id, payee_ids)
    present = await tags.existing_tags(connection, household_id, tag_ids)
    own = await connection.fetch_all(_TOLD_OF, household_id, [*payee_ids, *tag_ids])
    return _Since(
        {int(row[0]): int(row[1]) for row in merged},
        frozenset(tag_id for tag_id, _ in present),
        frozenset(int(row[0]) for row in own),
    )


def _told(row: Row) -> EntrySnapshot | None:
    """Return the entry as its last event left it; None when that event deleted it."""
    _, kind, payload = row
    if kind == events.ENTRY_DELETED:
        return None
    if kind == events.ENTRY_CHANGED:
        return events.decode_change(payload).after
    return events.decode_entry(payload)


def _difference(entry: EntrySnapshot, told: EntrySnapshot | None, since: _Since) -> str | None:
    """Say which field of the stored entry differs from its last event; None when all agree."""
    if told is None:
        return "its last event deleted it"
    for name in entry.__struct_fields__:
        stored, wanted = getattr(entry, name), getattr(told, name)
        if name == "payee_id":
            wanted = since.merged_payees.get(wanted, wanted)
        elif name == "payee":
            if told.payee_id in since.renamed or told.payee_id in since.merged_payees:
                continue
            # The first spelling of a payee stays, whatever later entries wrote.
            stored, wanted = stored.casefold(), wanted.casefold()
        elif name == "tags":
            stored, wanted = since.names_of(stored), since.names_of(wanted)
        if stored != wanted:
            return f"its {name} is not what its last event says"
    return None
