"""SQL that writes entries: rows, kept balances, trash; reading lists is in `list_store.py`.

Every function runs inside the caller's unit of work; none commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pfh.core.balance import check_balance, check_total
from pfh.features.ledger import events
from pfh.features.ledger.account_totals import add_to_account_totals, book_account_totals
from pfh.features.ledger.snapshot import EntrySnapshot, PostingSnapshot
from pfh.features.ledger.store_booking import ADD_TO_BALANCE, ADD_TO_TOTAL, book
from pfh.ports.database import Connection, Row, Value

_INSERT_ENTRY = """
    INSERT INTO entries (entry_id, household_id, date, transaction_type, status, payee_id,
                         description, notes, search_text, import_id, version, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
_INSERT_POSTING = """
    INSERT INTO postings (entry_id, line, account_id, date, amount_minor, commodity, memo)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_INSERT_TAG = "INSERT INTO entry_tags (entry_id, tag_id) VALUES ($1, $2)"
_ADD_TO_BALANCE = f"""
    INSERT INTO balances (account_id, commodity, amount_minor, posting_count)
    VALUES ($1, $2, $3, $4) {ADD_TO_BALANCE}"""
_BALANCES_OF = "SELECT amount_minor FROM balances WHERE account_id = ANY($1::bigint[])"
# Smaller changes would have to come a million times to reach the limit of a balance or a total.
_LARGE_MINOR = 10**12
_ADD_TO_TOTAL = f"""
    INSERT INTO entry_totals (household_id, transaction_type, commodity, month,
                              amount_minor, entry_count)
    VALUES ($1, $2, $3, $4, $5, $6) {ADD_TO_TOTAL}"""
_TOTAL_OF = """
    SELECT SUM(amount_minor) FROM entry_totals
    WHERE household_id = $1 AND transaction_type = $2 AND commodity = $3"""
# The unary plus keeps SQLite from walking every entry of the household instead of the few ids.
_FIND_ENTRIES = """
    SELECT e.entry_id, e.date, e.transaction_type, e.description,
           COALESCE(p.merged_into_id, e.payee_id), COALESCE(m.name, p.name, ''),
           e.notes, e.status, e.import_id, e.version, e.created_at
    FROM entries e LEFT JOIN payees p ON p.payee_id = e.payee_id
                   LEFT JOIN payees m ON m.payee_id = p.merged_into_id
    WHERE e.entry_id = ANY($2::bigint[]) AND +e.household_id = $1
    ORDER BY e.entry_id"""
_FIND_POSTINGS = """
    SELECT p.entry_id, p.account_id, a.account_class, p.amount_minor, p.commodity, p.memo
    FROM postings p JOIN accounts a ON a.account_id = p.account_id
    WHERE p.entry_id = ANY($1::bigint[]) ORDER BY p.entry_id, p.line"""
_FIND_TAGS = """
    SELECT e.entry_id, t.tag_id, t.name FROM entry_tags e JOIN tags t ON t.tag_id = e.tag_id
    WHERE e.entry_id = ANY($1::bigint[]) ORDER BY e.entry_id, t.name_key"""
# The legs on `Opening balances` are few: at most one for each account, whatever the history.
_FIND_OPENINGS = """
    SELECT own.entry_id, own.account_id, own.amount_minor, own.date
    FROM postings equity JOIN postings own ON own.entry_id = equity.entry_id AND own.line = 0
    WHERE equity.account_id = $1 AND CAST($2 AS BIGINT) IN (0, own.account_id)"""
_DELETE_TAGS = "DELETE FROM entry_tags WHERE entry_id = ANY($1::bigint[])"
_DELETE_POSTINGS = "DELETE FROM postings WHERE entry_id = ANY($1::bigint[])"
_DELETE_ENTRIES = "DELETE FROM entries WHERE entry_id = ANY($2::bigint[]) AND +household_id = $1"
_INSERT_TRASH = """
    INSERT INTO trash (entry_id, household_id, deleted_at, content) VALUES ($1, $2, $3, $4)"""
_FIND_TRASH = "SELECT content FROM trash WHERE household_id = $1 AND entry_id = $2"
_DELETE_TRASH = "DELETE FROM trash WHERE household_id = $1 AND entry_id = $2"
_LIST_TRASH = """
    SELECT entry_id, deleted_at, content FROM trash
    WHERE household_id = $1 AND (deleted_at, entry_id) < ($2, $3)
    ORDER BY deleted_at DESC, entry_id DESC LIMIT $4"""
_LAST_EVENT = """
    SELECT event_id, type, payload, occurred_at FROM events
    WHERE subject_id = $2 AND household_id = $1 ORDER BY position DESC LIMIT 1"""
_FIRST_EVENT = """
    SELECT payload FROM events
    WHERE subject_id = $2 AND household_id = $1 AND type = 'EntryPosted'
    ORDER BY position LIMIT 1"""
_HISTORY = """
    SELECT event_id, type, actor_id, occurred_at, payload FROM events
    WHERE subject_id = $2 AND household_id = $1 ORDER BY position DESC LIMIT $3"""


def search_text_of(entry: EntrySnapshot) -> str:
    """Return what the text search reads: payee, description, notes and memos, case-folded."""
    words = [entry.description]
    if entry.payee and entry.payee != entry.description:
        words.append(entry.payee)
    if entry.notes:
        words.append(entry.notes)
    for posting in entry.postings:
        if posting.memo:
            words.append(posting.memo)  # noqa: PERF401 -- most have none, and a generator costs more
    return "\n".join(words).casefold() if len(words) > 1 else entry.description.casefold()


async def insert_entries(
    connection: Connection, household_id: int, entries: Sequence[EntrySnapshot]
) -> None:
    """Write entries with their postings and tags, and add them to the balances."""
    entry_rows: list[tuple[Value, ...]] = []
    posting_rows: list[tuple[Value, ...]] = []
    tag_rows: list[tuple[int, int]] = []
    for entry in entries:
        entry_id, date = entry.entry_id, entry.date
        entry_rows.append(
            (
                entry_id,
                household_id,
                date,
                entry.transaction_type,
                entry.status,
                entry.payee_id,
                entry.description,
                entry.notes,
                search_text_of(entry),
                entry.import_id,
                entry.version,
                entry.created_at,
            )
        )
        line = 0
        for posting in entry.postings:
            account_id, amount, code = posting.account_id, posting.amount_minor, posting.commodity
            posting_rows.append((entry_id, line, account_id, date, amount, code, posting.memo))
            line += 1  # noqa: SIM113 -- enumerate makes a tuple for each of a million postings
        if entry.tags:
            tag_rows.extend((entry_id, tag_id) for tag_id, _ in entry.tags)
    if len(entries) == 1 and connection.dialect == "postgres":
        changes = _balance_changes(entries, sign=1)
        connection.defer("entries", _INSERT_ENTRY, *entry_rows[0])
        book(connection, household_id, entries[0], changes)
        book_account_totals(connection, entries[0])
        await _check_large_balances(connection, changes)
        await _check_large_totals(connection, household_id, _total_changes(entries, sign=1))
        return
    await connection.execute_many(_INSERT_ENTRY, entry_rows)
    await connection.execute_many(_INSERT_POSTING, posting_rows)
    if tag_rows:
        await connection.execute_many(_INSERT_TAG, tag_rows)
    await _add_to_balances(connection, entries, sign=1)
    await _add_to_totals(connection, household_id, entries, sign=1)
    await add_to_account_totals(connection, entries, sign=1)


async def remove_entries(
    connection: Connection, household_id: int, entries: Sequence[EntrySnapshot]
) -> None:
    """Take entries out of the books again: rows, tags and balances."""
    entry_ids = [entry.entry_id for entry in entries]
    await connection.execute(_DELETE_TAGS, entry_ids)
    await connection.execute(_DELETE_POSTINGS, entry_ids)
    await connection.execute(_DELETE_ENTRIES, household_id, entry_ids)
    await _add_to_balances(connection, entries, sign=-1)
    await _add_to_totals(connection, household_id, entries, sign=-1)
    await add_to_account_totals(connection, entries, sign=-1)


def _balance_changes(
    entries: Iterable[EntrySnapshot], *, sign: int
) -> Mapping[tuple[int, str], Sequence[int]]:
    """Return account and commodity → minor units and number of postings to add."""
    changes: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        for posting in entry.postings:
            change = changes[posting.account_id, posting.commodity]
            change[0] += sign * posting.amount_minor
            change[1] += sign
    return changes


async def _add_to_balances(
    connection: Connection, entries: Iterable[EntrySnapshot], *, sign: int
) -> None:
    changes = _balance_changes(entries, sign=sign)
    # One order for everybody, so that two writers never wait for each other in a circle.
    await connection.execute_many(
        _ADD_TO_BALANCE,
        [(account, code, *change) for (account, code), change in sorted(changes.items())],
    )
    await _check_large_balances(connection, changes)


async def _check_large_balances(
    connection: Connection, changes: Mapping[tuple[int, str], Sequence[int]]
) -> None:
    large = sorted({key[0] for key, change in changes.items() if abs(change[0]) >= _LARGE_MINOR})
    if large:
        for (amount_minor,) in await connection.fetch_all(_BALANCES_OF, large):
            check_balance(int(amount_minor))


def _total_changes(
    entries: Iterable[EntrySnapshot], *, sign: int
) -> Mapping[tuple[str, str, str], Sequence[int]]:
    """Return kind, commodity and month → minor units and number of entries to add."""
    changes: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        first = entry.postings[0]
        change = changes[entry.transaction_type, first.commodity, entry.date[:7]]
        change[0] += sign * abs(first.amount_minor)
        change[1] += sign
    return changes


async def _add_to_totals(
    connection: Connection, household_id: int, entries: Iterable[EntrySnapshot], *, sign: int
) -> None:
    changes = _total_changes(entries, sign=sign)
    await connection.execute_many(
        _ADD_TO_TOTAL,
        [(household_id, *key, *change) for key, change in sorted(changes.items())],
    )
    await _check_large_totals(connection, household_id, changes)


async def _check_large_totals(
    connection: Connection,
    household_id: int,
    changes: Mapping[tuple[str, str, str], Sequence[int]],
) -> None:
    # Over all months: whoever sums them, whichever they choose, stays within 64 bits.
    large = {
        (kind, code) for (kind, code, _), change in changes.items() if change[0] >= _LARGE_MINOR
    }
    for kind, code in sorted(large):
        total = await connection.fetch_value(_TOTAL_OF, household_id, kind, code)
        check_total(int(total), kind, code)


async def find_entries(
    connection: Connection, household_id: int, entry_ids: Sequence[int]
) -> list[EntrySnapshot]:
    """Return the entries that exist in this household, by id; the others are absent.

    A payee that was merged away is given as the one that it became; postings keep their accounts,
    since balances are kept by them.
    """
    rows = await connection.fetch_all(_FIND_ENTRIES, household_id, list(entry_ids))
    found = [int(row[0]) for row in rows]
    postings: dict[int, list[PostingSnapshot]] = {entry_id: [] for entry_id in found}
    for entry_id, *fields in await connection.fetch_all(_FIND_POSTINGS, found):
        postings[entry_id].append(PostingSnapshot(*fields))
    tags: dict[int, list[tuple[int, str]]] = {entry_id: [] for entry_id in found}
    for entry_id, tag_id, name in await connection.fetch_all(_FIND_TAGS, found):
        tags[entry_id].append((tag_id, name))
    return [_entry(row, postings[row[0]], tags[row[0]]) for row in rows]


def _entry(row: Row, postings: list[PostingSnapshot], tags: list[tuple[int, str]]) -> EntrySnapshot:
    entry_id, date, kind, description, payee_id, payee, notes, status, *rest = row
    import_id, version, created_at = rest
    return EntrySnapshot(
        entry_id=entry_id,
        date=date,
        transaction_type=kind,
        postings=tuple(postings),
        description=description,
        payee_id=payee_id,
        payee=payee,
        notes=notes,
        status=status,
        tags=tuple(tags),
        import_id=import_id,
        version=version,
        created_at=created_at,
    )


async def find_openings(
    connection: Connection, equity_id: int, account_id: int | None
) -> Sequence[Row]:
    """Return (entry id, account id, amount, date) of one opening balance, or of all."""
    return await connection.fetch_all(_FIND_OPENINGS, equity_id, account_id or 0)


async def put_into_trash(
    connection: Connection, household_id: int, entries: Sequence[EntrySnapshot], now: int
) -> None:
    """Keep the content of entries that were taken out of the books."""
    await connection.execute_many(
        _INSERT_TRASH,
        [(entry.entry_id, household_id, now, events.encode(entry)) for entry in entries],
    )


async def take_from_trash(
    connection: Connection, household_id: int, entry_id: int
) -> EntrySnapshot | None:
    """Remove one entry from the trash and return it; None when it is not there."""
    content = await connection.fetch_value(_FIND_TRASH, household_id, entry_id)
    if content is None:
        return None
    await connection.execute(_DELETE_TRASH, household_id, entry_id)
    return events.decode_entry(content)


async def list_trash(
    connection: Connection, household_id: int, *, before: tuple[int, int], limit: int
) -> list[tuple[int, EntrySnapshot]]:
    """Return deleted entries, latest first, as (deleted_at, entry)."""
    rows = await connection.fetch_all(_LIST_TRASH, household_id, *before, limit)
    return [(int(row[1]), events.decode_entry(row[2])) for row in rows]


async def last_event_of(
    connection: Connection, household_id: int, entry_id: int
) -> tuple[int, str, str] | None:
    """Return (event id, type, payload) of the last thing that happened to an entry."""
    row = await connection.fetch_one(_LAST_EVENT, household_id, entry_id)
    return None if row is None else (int(row[0]), str(row[1]), str(row[2]))


async def as_posted(
    connection: Connection, household_id: int, entry_id: int
) -> EntrySnapshot | None:
    """Return an entry as it first came into the books."""
    payload = await connection.fetch_value(_FIRST_EVENT, household_id, entry_id)
    return None if payload is None else events.decode_entry(payload)


async def history_of(
    connection: Connection, household_id: int, entry_id: int, *, limit: int
) -> Sequence[Row]:
    """Return (event id, type, actor id, occurred_at, payload) of an entry, latest first."""
    return await connection.fetch_all(_HISTORY, household_id, entry_id, limit)
