"""Reading a file without booking anything: counts, what is new, what is known, what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pfh.core.commodity import commodity
from pfh.core.money import format_minor
from pfh.features.imports import store
from pfh.features.imports.formats.read import Statement
from pfh.features.imports.formats.statement import StatementAccount, StatementRow
from pfh.features.imports.prepare_rows import skip_reason
from pfh.features.imports.row_keys import OutOfOrder, RowKeys
from pfh.features.imports.schemas import (
    CsvFindings,
    FoundAccount,
    FoundError,
    FoundNote,
    ImportFindings,
    SampleRow,
)
from pfh.features.imports.store import RowKey
from pfh.features.imports.targets import (
    ACCOUNTS_MAX,
    TOO_MANY_ACCOUNTS,
    Targets,
    account_key,
    suggested_name,
)
from pfh.ports.database import Database

BATCH_ROWS = 1_000
SAMPLE_ROWS = 200
ERRORS_SHOWN = 200
NOTES_SHOWN = 100


@dataclass(slots=True)
class Examined:
    """What a whole reading found; `rows` counts every movement of the file."""

    rows: int = 0
    new: int = 0
    duplicate: int = 0
    errors: list[FoundError] = field(default_factory=list)
    error_count: int = 0
    skipped: int = 0
    sample: list[SampleRow] = field(default_factory=list)
    accounts: dict[str, FoundAccount] = field(default_factory=dict)


class Examiner:
    """Goes through a statement once, in constant memory."""

    def __init__(self, database: Database | None, targets: Targets | None) -> None:
        """With neither database nor targets every sound row is new: a household that is empty."""
        self._database = database
        self._targets = targets
        self._keys = RowKeys()
        self._ids: dict[str, int] = {}
        self._codes: dict[int, str] = {}
        self.found = Examined()

    async def run(self, statement: Statement, progress: Callable[[Examined], None]) -> Examined:
        """Read every batch; `progress` is called after each."""
        batches = statement.batches(BATCH_ROWS)
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            await self._examine(batch)
            self.found.rows = statement.rows_read
            progress(self.found)
        found = self.found
        found.rows = statement.rows_read
        found.error_count += statement.error_count
        found.errors = sorted(
            [*found.errors, *(FoundError(*error) for error in statement.errors)],
            key=lambda error: error.line,
        )[:ERRORS_SHOWN]
        # A file may speak of an account without a single row.
        for account in statement.accounts:
            await self._meet(account, account.currency)
        return found

    async def _examine(self, rows: Sequence[StatementRow]) -> None:
        for row in {row.account: row for row in rows}.values():
            await self._meet(row.account, row.commodity)
        keys = [self._key(row) for row in rows]
        known = await self._known([key for key in keys if isinstance(key, RowKey)])
        for row, key in zip(rows, keys, strict=True):
            outcome = self._judge(key, known) if isinstance(key, RowKey) else key
            if len(self.found.sample) < SAMPLE_ROWS:
                self._show(row, *outcome)

    def _key(self, row: StatementRow) -> RowKey | tuple[str, str]:
        """Return the key of a row that can be booked, else its outcome with the reason."""
        reason = skip_reason(row)
        if reason is not None:
            self.found.skipped += 1
            return "skipped", reason
        account_id = self._ids.get(account_key(row.account))
        if account_id is None:
            return self._error(row, "account", TOO_MANY_ACCOUNTS)
        held = self._codes.get(account_id)
        if held is not None and held != row.commodity:
            reason = f"The row is in {row.commodity}, the account holds {held}."
            return self._error(row, "currency", reason)
        try:
            return RowKey(account_id, row.date, self._keys.digest(account_id, row))
        except OutOfOrder:
            return self._error(row, "date", OutOfOrder.MESSAGE)

    def _judge(self, key: RowKey, known: set[tuple[int, str, int]]) -> tuple[str, str | None]:
        if key in known:
            self.found.duplicate += 1
            return "duplicate", "Imported before: same account, date, amount and words or bank id."
        self.found.new += 1
        return "new", None

    def _error(self, row: StatementRow, field_name: str, message: str) -> tuple[str, str]:
        self.found.error_count += 1
        if len(self.found.errors) < ERRORS_SHOWN:
            self.found.errors.append(FoundError(row.line, field_name, message))
        return "error", message

    def _show(self, row: StatementRow, outcome: str, reason: str | None) -> None:
        self.found.sample.append(
            SampleRow(
                line=row.line,
                date=row.date,
                amount=format_minor(row.amount_minor, commodity(row.commodity)),
                currency=row.commodity,
                payee=row.payee,
                memo=row.memo,
                category=row.category,
                account=self._name_of(row),
                outcome=outcome,
                reason=reason,
            )
        )

    def _name_of(self, row: StatementRow) -> str:
        found = self.found.accounts.get(account_key(row.account))
        return suggested_name(row.account) if found is None else found.account_name

    async def _known(self, keys: Sequence[RowKey]) -> set[tuple[int, str, int]]:
        # Rows of accounts that do not exist yet cannot be known.
        real = [key for key in keys if key.account_id > 0]
        if self._database is None or not real:
            return set()
        return await self._database.read(lambda connection: store.known_keys(connection, real))

    async def _meet(self, account: StatementAccount | None, code: str) -> None:
        key = account_key(account)
        if key in self._ids or len(self._ids) >= ACCOUNTS_MAX:
            return
        record = None
        targets = self._targets
        if self._database is not None and targets is not None:
            record = await self._database.read(
                lambda connection: targets.find_target(connection, account)
            )
        # Accounts that do not exist yet are told apart by negative stand-ins.
        self._ids[key] = record.account_id if record else -1 - len(self._ids)
        # A new account will hold what its first row, or the file, says.
        named = (account.currency if account else "") or code
        self._codes[self._ids[key]] = (record.commodity if record else None) or named
        self.found.accounts[key] = FoundAccount(
            key,
            suggested_name(account),
            (account.kind if account else "") or "checking",
            (account.currency if account else "") or code,
            str(record.account_id) if record else None,
            record.name if record else suggested_name(account),
        )


def findings_of(statement: Statement, examined: Examined, *, remembered: bool) -> ImportFindings:
    """Return what is kept with the import of one reading."""
    guess = statement.guess
    return ImportFindings(
        encoding=statement.encoding,
        accounts=tuple(examined.accounts.values()),
        errors=tuple(examined.errors),
        notes=tuple(FoundNote(n.line, n.reason) for n in statement.notes[:NOTES_SHOWN]),
        warnings=tuple(statement.warnings),
        rows=tuple(examined.sample),
        skipped=examined.skipped,
        csv=None
        if guess is None
        else CsvFindings(
            guess.header, guess.sample, guess.confidence, guess.fingerprint, remembered
        ),
    )
