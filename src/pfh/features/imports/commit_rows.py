"""Committing the rows of a file: batches of one transaction each, exact after a crash.

A batch writes its entries, balances, events, row keys and the import's progress in one commit, and
the writer serves other commands between batches. A run that was cut off goes on where it stopped,
because the number of rows already done is stored with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pfh.features.imports import store
from pfh.features.imports.formats.read import Statement
from pfh.features.imports.formats.statement import RowError, StatementAccount, StatementRow
from pfh.features.imports.prepare_rows import (
    EntryOrigin,
    KeyedRow,
    entries_of_rows,
    skip_reason,
)
from pfh.features.imports.row_keys import OutOfOrder, RowKeys
from pfh.features.imports.store import ImportRecord, RowKey
from pfh.features.imports.targets import TOO_MANY_ACCOUNTS, Targets
from pfh.features.ledger import api as ledger
from pfh.persistence.event_store import Origin, lock_household
from pfh.ports.database import Connection
from pfh.ports.services import Services

# As quick as 1,000 rows within a few percent, and a command that waits for the writer waits a third
# as long: creates beside an import are five times as many, and twice as many as with 500 rows.
BATCH_ROWS = 350
# With nobody to wait for it, a batch is as long as pays: fewer commits touch fewer pages twice.
BATCH_ROWS_ALONE = 1_000
ERRORS_KEPT = 1_000


@dataclass(slots=True)
class Findings:
    """What was found beyond the counts: errors by line (the first 1,000) and skipped rows."""

    errors: list[RowError] = field(default_factory=list)
    error_count: int = 0
    skipped_count: int = 0

    def add(self, line: int, field_name: str, message: str) -> None:
        """Count an error and keep it while there is room."""
        self.error_count += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(RowError(line, field_name, message))


class RowCommitter:
    """Commits the batches of one statement."""

    def __init__(
        self,
        services: Services,
        record: ImportRecord,
        origin: Origin,
        targets: Targets,
        progress: Callable[[ImportRecord], None],
    ) -> None:
        """Take an import whose status is `committing`."""
        self._services = services
        self._origin = origin
        self._targets = targets
        self._progress = progress
        self._keys = RowKeys()
        self.record = record
        self.findings = Findings()

    async def run(self, statement: Statement, *, batch_rows: int | None = None) -> ImportRecord:
        """Commit every row that is not done yet and return the import with its counts."""
        batches = statement.batches(batch_rows or BATCH_ROWS)
        to_skip = self.record.done_count
        upcoming = asyncio.create_task(asyncio.to_thread(next, batches, None))
        try:
            while (batch := await upcoming) is not None:
                # The next batch is parsed while the writer is busy with this one.
                upcoming = asyncio.create_task(asyncio.to_thread(next, batches, None))
                await self._make_accounts(batch)
                done, to_skip = min(to_skip, len(batch)), max(0, to_skip - len(batch))
                # Rows that an earlier run committed are numbered, so that their twins stay apart.
                self._number(batch[:done])
                if done < len(batch):
                    await self._commit(self._number(batch[done:]), len(batch) - done)
                    self._progress(self.record)
        finally:
            # A thread cannot be cancelled: it must have left the file before the file is closed.
            await asyncio.wait({upcoming})
        return self.record

    async def _make_accounts(self, rows: Sequence[StatementRow]) -> None:
        """Find or make the accounts of the rows, in a commit of their own."""
        missing = [
            row
            for row in {row.account: row for row in rows if skip_reason(row) is None}.values()
            if self._targets.known_target(row.account) is None
        ]
        missing = missing[: self._targets.room_for([row.account for row in missing])]
        if not missing:
            return

        async def unit(connection: Connection) -> None:
            await lock_household(connection, self.record.household_id)
            self._targets.begin()
            for row in missing:
                await self._targets.target(connection, row.account, row.commodity)

        await self._services.database.write(unit)
        self._targets.keep()

    def _number(self, rows: Sequence[StatementRow]) -> list[KeyedRow]:
        """Give each row its account and digest, leaving out those that cannot be booked.

        Done outside of the unit of work, so that twins are numbered once however often it is tried.
        """
        keyed = []
        digest_of, new = self._keys.digest, tuple.__new__
        targets = {account: self._targets.known_target(account) for account in _accounts(rows)}
        for row in rows:
            target = targets[row.account]
            if row.amount_minor == 0:  # `skip_reason`, without a call for each row.
                self.findings.skipped_count += 1
            elif target is None:
                self.findings.add(row.line, "account", TOO_MANY_ACCOUNTS)
            elif row.commodity != target.commodity:
                message = f"The row is in {row.commodity}, the account holds {target.commodity}."
                self.findings.add(row.line, "currency", message)
            else:
                try:
                    digest = digest_of(target.account_id, row)
                except OutOfOrder:
                    self.findings.add(row.line, "date", OutOfOrder.MESSAGE)
                else:
                    # Past the constructors of named tuples, which are Python and cost the double.
                    key = new(RowKey, (target.account_id, row.date, digest))
                    keyed.append(new(KeyedRow, (key, row, target)))
        return keyed

    async def _commit(self, keyed: Sequence[KeyedRow], row_count: int) -> None:
        record = self.record

        async def unit(connection: Connection) -> ImportRecord:
            await lock_household(connection, record.household_id)
            self._targets.begin()
            known = await store.known_keys(connection, [item.key for item in keyed])
            fresh = [item for item in keyed if item.key not in known]
            entry_ids = await self._book(connection, fresh)
            after = _counted(record, entry_ids, row_count, len(keyed) - len(fresh))
            await store.update_import(connection, after)
            return after

        self.record = await self._services.database.write(unit)
        self._targets.keep()

    async def _book(self, connection: Connection, fresh: Sequence[KeyedRow]) -> Sequence[int]:
        if not fresh:
            return []
        identifiers = self._services.identifiers
        entry_ids = identifiers.take(len(fresh))
        entries = await entries_of_rows(
            connection,
            self._targets,
            fresh,
            entry_ids,
            EntryOrigin(self.record.import_id, self._origin.occurred_at),
        )
        await ledger.post_entries(
            connection, self.record.household_id, self._origin, entries, identifiers
        )
        keys = [(*item.key, entry_id) for item, entry_id in zip(fresh, entry_ids, strict=True)]
        await store.insert_keys(connection, keys)
        return entry_ids


def _accounts(rows: Sequence[StatementRow]) -> set[StatementAccount | None]:
    return {row.account for row in rows}


def _counted(
    record: ImportRecord, entry_ids: Sequence[int], row_count: int, duplicates: int
) -> ImportRecord:
    # The clock of a worker that took the import over may be behind the one before.
    known = [*entry_ids, *filter(None, (record.first_entry_id, record.last_entry_id))]
    return replace(
        record,
        done_count=record.done_count + row_count,
        new_count=record.new_count + len(entry_ids),
        duplicate_count=record.duplicate_count + duplicates,
        first_entry_id=min(known, default=None),
        last_entry_id=max(known, default=None),
    )
