"""The long steps of an import, run in the background: reading, committing, reverting.

Each step starts from the state in the database and leaves a state there that it can go on from, so
that a stopped process loses nothing (see `consumers.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from pfh.core.errors import Problem
from pfh.features.households import api as households
from pfh.features.imports import events, store
from pfh.features.imports.commit_rows import RowCommitter
from pfh.features.imports.earlier_account import NO_ACCOUNT, earlier_account
from pfh.features.imports.examine_import import Examined, Examiner, findings_of
from pfh.features.imports.formats.csv_guess import Guess
from pfh.features.imports.formats.csv_mapping import Mapping
from pfh.features.imports.formats.read import Statement
from pfh.features.imports.imported_file import (
    decode_findings,
    decode_settings,
    encode,
    opened_statement,
)
from pfh.features.imports.schemas import FoundAccount, FoundError, ImportFindings, ImportSettings
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.targets import Targets
from pfh.features.ledger import api as ledger
from pfh.persistence.event_store import Origin, append, lock_household
from pfh.ports.database import Connection
from pfh.ports.objects import ObjectMissing
from pfh.ports.services import Services

REVERT_BATCH = 1_000
_ERRORS_KEPT = 200
Progress = Callable[[ImportRecord], None]


def origin_of(services: Services, record: ImportRecord) -> Origin:
    """Return who and why, for the events of an import."""
    return Origin(record.user_id, f"import-{record.import_id}", services.clock.now())


async def targets_of(
    services: Services, record: ImportRecord, settings: ImportSettings
) -> tuple[Targets, str]:
    """Return where the rows go and the currency of rows that do not say theirs."""

    async def unit(connection: Connection) -> str:
        return await households.base_commodity_of(connection, record.household_id)

    base = await services.database.read(unit)
    targets = Targets(
        record.household_id,
        origin_of(services, record),
        services.identifiers,
        chosen={key: int(value) for key, value in settings.accounts.items()},
        base_commodity=base,
        create_categories=settings.create_categories,
    )
    currency = await services.database.read(targets.chosen_commodity)
    return targets, currency or base


async def read_file(services: Services, record: ImportRecord, progress: Progress) -> ImportRecord:
    """Read a file into a preview; a file that cannot be read fails with the reason."""
    settings = decode_settings(record.settings)
    try:
        guess = await _guess_of(services, record, settings)
        settings, remembered = await _with_remembered_mapping(services, record, settings, guess)
        settings = await _with_earlier_account(services, record, settings, guess)
        targets, currency = await targets_of(services, record, settings)
        async with opened_statement(services, record, settings, currency) as statement:
            examiner = Examiner(services.database, targets)
            examined = await examiner.run(
                statement, lambda found: progress(_counted(record, found))
            )
            findings = findings_of(statement, examined, remembered=remembered)
            after = replace(
                _counted(record, examined),
                status="preview",
                format=statement.format.value,
                settings=encode(_with_mapping(settings, statement)).decode(),
                findings=encode(findings).decode(),
            )
    except (Problem, ObjectMissing) as problem:
        after = _failed(record, _words(problem))
    await _save(services, after)
    progress(after)
    return after


async def commit(services: Services, record: ImportRecord, progress: Progress) -> ImportRecord:
    """Book every row of a file whose import is `committing`."""
    settings = decode_settings(record.settings)
    origin = origin_of(services, record)
    try:
        targets, currency = await targets_of(services, record, settings)
        async with opened_statement(services, record, settings, currency) as statement:
            after = await commit_statement(
                services, record, statement, targets=targets, origin=origin, progress=progress
            )
    except (Problem, ObjectMissing) as problem:
        after = await fail(services, record, _words(problem))
    progress(after)
    return after


async def fail(services: Services, record: ImportRecord, words: str) -> ImportRecord:
    """Mark an import as failed for a reason in words; what it booked so far stays counted."""
    latest = await services.database.read(
        lambda connection: store.find_import(connection, record.household_id, record.import_id)
    )
    after = _failed(replace(latest or record, claimed_by=record.claimed_by), words)
    await _save(services, after)
    return after


async def commit_statement(  # noqa: PLR0913 -- an import and all it works with
    services: Services,
    record: ImportRecord,
    statement: Statement,
    *,
    targets: Targets,
    origin: Origin,
    progress: Progress,
    batch_rows: int | None = None,
) -> ImportRecord:
    """Book the rows of an opened statement and close the import with its event."""
    committer = RowCommitter(services, record, origin, targets, progress)
    record = await committer.run(statement, batch_rows=batch_rows)
    found = committer.findings
    errors = [FoundError(*error) for error in [*statement.errors, *found.errors]]
    previewed = decode_findings(record.findings or "{}")
    findings = msgspec.structs.replace(
        previewed,
        accounts=tuple(_with_target(one, targets) for one in previewed.accounts),
        errors=tuple(sorted(errors, key=lambda error: error.line)[:_ERRORS_KEPT]),
        skipped=found.skipped_count,
        warnings=(*statement.warnings, *targets.warnings),
    )
    done = replace(
        record,
        status="committed",
        format=statement.format.value,
        row_count=statement.rows_read,
        error_count=statement.error_count + found.error_count,
        committed_at=services.clock.now(),
        findings=encode(findings).decode(),
    )

    async def unit(connection: Connection) -> None:
        await lock_household(connection, done.household_id)
        await store.update_import(connection, done)
        draft = events.committed(services.identifiers.next(), done)
        await append(connection, done.household_id, origin, [draft])

    await services.database.write(unit)
    return done


def _with_target(found: FoundAccount, targets: Targets) -> FoundAccount:
    """Return an account of the file with the one that its rows went to, which may be new."""
    target = targets.target_of(found.key)
    if target is None:
        return found
    return msgspec.structs.replace(
        found, account_id=str(target.account_id), account_name=target.name
    )


async def revert(services: Services, record: ImportRecord, progress: Progress) -> ImportRecord:
    """Take out of the books every entry that an import brought and that still stands."""
    origin = origin_of(services, record)
    record = replace(record, done_count=0)
    while True:

        async def unit(connection: Connection, record: ImportRecord = record) -> ImportRecord:
            return await _revert_batch(services, connection, origin, record)

        record = await services.database.write(unit)
        progress(record)
        if record.status == "reverted":
            return record


async def _revert_batch(
    services: Services, connection: Connection, origin: Origin, record: ImportRecord
) -> ImportRecord:
    await lock_household(connection, record.household_id)
    entry_ids = await store.entries_of_import(connection, record, limit=REVERT_BATCH)
    entries = await ledger.find_entries(connection, record.household_id, entry_ids)
    if entries:
        keys = [await _key_of(connection, record.household_id, entry) for entry in entries]
        await store.forget_keys(connection, keys)
        await ledger.remove_entries(
            connection, record.household_id, origin, entries, services.identifiers
        )
    after = replace(record, done_count=record.done_count + len(entries))
    if len(entries) < REVERT_BATCH:
        after = replace(after, status="reverted", reverted_at=services.clock.now())
        draft = events.reverted(services.identifiers.next(), after)
        await append(connection, record.household_id, origin, [draft])
    await store.update_import(connection, after)
    return after


async def _key_of(
    connection: Connection, household_id: int, entry: ledger.EntrySnapshot
) -> tuple[int, str, int]:
    """Return account, date and entry id under which the row was remembered.

    An entry that was changed since may have another account or date; its first event has the old.
    """
    if entry.version > 1:
        entry = await ledger.as_posted(connection, household_id, entry.entry_id) or entry
    return entry.postings[0].account_id, entry.date, entry.entry_id


async def _guess_of(
    services: Services, record: ImportRecord, settings: ImportSettings
) -> Guess | None:
    """Return what a table looks like, where something may be remembered for its shape."""
    if settings.mapping is not None and record.format:
        return None
    async with opened_statement(services, record, settings, "") as statement:
        return statement.guess


async def _with_remembered_mapping(
    services: Services, record: ImportRecord, settings: ImportSettings, guess: Guess | None
) -> tuple[ImportSettings, bool]:
    """Take the mapping that was chosen before for files of this shape, unless one is chosen now."""
    if settings.mapping is not None or guess is None:
        return settings, False
    kept = await services.database.read(
        lambda connection: store.find_mapping(connection, record.household_id, guess.fingerprint)
    )
    if kept is None:
        return settings, False
    mapping = msgspec.json.decode(kept, type=Mapping)
    return msgspec.structs.replace(settings, mapping=mapping), True


async def _with_earlier_account(
    services: Services, record: ImportRecord, settings: ImportSettings, guess: Guess | None
) -> ImportSettings:
    """Send rows of a table that names no account where those of its shape went before.

    Only the first reading does: afterwards, a new account is what the person chose.
    """
    if guess is None or record.format or {NO_ACCOUNT, "*"} & settings.accounts.keys():
        return settings
    account_id = await services.database.read(
        lambda connection: earlier_account(connection, record, guess.fingerprint)
    )
    if account_id is None:
        return settings
    chosen = {**settings.accounts, NO_ACCOUNT: str(account_id)}
    return msgspec.structs.replace(settings, accounts=chosen)


def _with_mapping(settings: ImportSettings, statement: Statement) -> ImportSettings:
    if statement.guess is None:
        return settings
    return msgspec.structs.replace(settings, mapping=statement.guess.mapping)


def _counted(record: ImportRecord, found: Examined) -> ImportRecord:
    return replace(
        record,
        row_count=found.rows,
        new_count=found.new,
        duplicate_count=found.duplicate,
        error_count=found.error_count,
    )


def _words(problem: Exception) -> str:
    if isinstance(problem, Problem):
        return f"{problem.detail} {problem.fix or ''}".strip()
    return "The uploaded file is no longer kept. Upload it again."


def _failed(record: ImportRecord, words: str) -> ImportRecord:
    findings = msgspec.structs.replace(decode_findings(record.findings or "{}"), failure=words)
    return replace(record, status="failed", findings=encode(findings).decode())


async def _save(services: Services, record: ImportRecord) -> None:
    await services.database.write(lambda connection: store.update_import(connection, record))


EMPTY_FINDINGS = encode(ImportFindings()).decode()
