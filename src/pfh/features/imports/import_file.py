"""Importing a file that lies on this machine, in one pass: for the command line and the benchmarks.

The same pipeline as the web's, without the stay in the object store: the file is read once and
booked as it is read. A run that was cut off is taken up by running it again, since known rows are
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from pfh.features.accounts import api as accounts
from pfh.features.households import api as households
from pfh.features.identity import api as identity
from pfh.features.imports import store
from pfh.features.imports.commit_rows import BATCH_ROWS_ALONE, ERRORS_KEPT
from pfh.features.imports.earlier_account import NO_ACCOUNT, earlier_accounts
from pfh.features.imports.errors import DatesUnclear, ImportNotReady, TargetNotFound
from pfh.features.imports.examine_import import Examiner
from pfh.features.imports.formats.csv_guess import Guess
from pfh.features.imports.formats.csv_mapping import DateOrder, Mapping
from pfh.features.imports.formats.read import Statement, open_statement
from pfh.features.imports.imported_file import decode_findings, encode
from pfh.features.imports.run_import import commit_statement, origin_of
from pfh.features.imports.schemas import (
    CsvFindings,
    FoundAccount,
    FoundError,
    ImportFindings,
    ImportSettings,
)
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.targets import Targets, suggested_name
from pfh.persistence.event_store import Origin
from pfh.ports.database import Connection
from pfh.ports.services import Services

Progress = Callable[[int, int], None]
# Each is a reading of the file; who has more accounts at one bank says which.
_ACCOUNTS_TRIED = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose books: the person and their household."""

    user_id: int
    household_id: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A file, the name or id of the account for rows that name none, and their currency.

    `dates` is the order of the numbers in its dates, where the person says it.
    """

    path: Path
    account: str | None = None
    currency: str | None = None
    dates: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file brought; `errors` has the first 1,000, `warnings` what to check."""

    format: str
    rows: int
    new: int
    duplicate: int
    errors: tuple[FoundError, ...]
    warnings: tuple[str, ...] = ()


async def import_file(services: Services, owner: Owner, wish: Wish, progress: Progress) -> Outcome:
    """Book a file; `progress` gets the bytes and rows read so far.

    Raises:
        The problems of `open_statement`; TargetNotFound, AccountClosed for the account named;
        DatesUnclear when the file leaves open which number is the day and nobody said it;
        ImportNotReady when the import was reverted meanwhile.
    """
    plan = await _plan(services, owner, wish, is_booking=True)
    record = ImportRecord(
        import_id=services.identifiers.next(),
        household_id=owner.household_id,
        user_id=owner.user_id,
        file_name=wish.path.name[:200],
        format="",
        status="committing",
        object_key="",
        settings=encode(ImportSettings(currency=wish.currency)).decode(),
        findings=encode(plan.findings).decode(),
        created_at=services.clock.now(),
        # A person who reverts it meanwhile ends this claim, and with it our next batch.
        claimed_by=services.identifiers.next(),
    )
    origin = origin_of(services, record)
    targets = _targets(services, owner, plan, origin)
    with open_statement(wish.path, mapping=plan.mapping, currency=plan.currency) as statement:
        await services.database.write(lambda connection: store.insert_import(connection, record))
        try:
            done = await commit_statement(
                services,
                record,
                statement,
                targets=targets,
                origin=origin,
                progress=lambda _: progress(statement.bytes_read, statement.rows_read),
                batch_rows=BATCH_ROWS_ALONE,
            )
        except store.ClaimLost:
            message = "Somebody reverted this import while it was under way."
            raise ImportNotReady(message, fix="Import the file again if that was wrong.") from None
    found = decode_findings(done.findings)
    return Outcome(
        done.format,
        done.row_count,
        done.new_count,
        done.duplicate_count,
        found.errors,
        (*plan.notes, *found.warnings),
    )


async def examine_file(
    services: Services | None, owner: Owner | None, wish: Wish, progress: Progress
) -> Outcome:
    """Read a file and compare it with the books, if there are any; book nothing.

    Raises:
        As `import_file`.
    """
    if services is None or owner is None:
        unit = wish.currency or "EUR"
        mapping = _said(_guess(wish, unit), wish)
        with open_statement(wish.path, mapping=mapping, currency=unit) as statement:
            return await _examined(Examiner(None, None), statement, progress)
    plan = await _plan(services, owner, wish, is_booking=False)
    targets = _targets(services, owner, plan, origin_of(services, _nobody(owner)))
    with open_statement(wish.path, mapping=plan.mapping, currency=plan.currency) as statement:
        examiner = Examiner(services.database, targets)
        return await _examined(examiner, statement, progress, plan.notes)


async def _examined(
    examiner: Examiner, statement: Statement, progress: Progress, notes: Sequence[str] = ()
) -> Outcome:
    found = await examiner.run(
        statement, lambda so_far: progress(statement.bytes_read, so_far.rows)
    )
    return Outcome(
        statement.format.value,
        found.rows,
        found.new,
        found.duplicate,
        tuple(found.errors[:ERRORS_KEPT]),
        (*notes, *statement.warnings),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a file is read and where its rows go; `findings` are kept with the import."""

    chosen: dict[str, int]
    base: str
    currency: str
    mapping: Mapping | None
    findings: ImportFindings = field(default_factory=ImportFindings)
    notes: tuple[str, ...] = ()


async def _plan(services: Services, owner: Owner, wish: Wish, *, is_booking: bool) -> _Plan:
    chosen, base, currency = await _choices(services, owner, wish)
    guess = _guess(wish, currency)
    if guess is None:
        return _Plan(chosen, base, currency, None)
    mapping = await _mapping(services, owner, wish, guess, is_booking=is_booking)
    plan = _Plan(chosen, base, currency, mapping)
    if (mapping or guess.mapping).account is not None:
        return plan
    if wish.account is None:
        plan = await _with_earlier_account(services, owner, wish, plan, guess)
    name = suggested_name(None)
    found = FoundAccount(NO_ACCOUNT, name, "checking", plan.currency, None, name)
    table = CsvFindings(guess.header, (), guess.confidence, guess.fingerprint, mapping is not None)
    return replace(plan, findings=ImportFindings(accounts=(found,), csv=table))


async def _with_earlier_account(
    services: Services, owner: Owner, wish: Wish, plan: _Plan, guess: Guess
) -> _Plan:
    """Send the rows to the account that has most of them already: the file is of that one.

    Of a file whose rows no account has, nothing tells whose it is, and nobody is here to ask: it
    gets an account of its own, and a word about where such files went before.
    """
    earlier = await services.database.read(
        lambda connection: earlier_accounts(connection, owner.household_id, guess.fingerprint)
    )
    for account in earlier[:_ACCOUNTS_TRIED]:
        tried = replace(
            plan,
            chosen={NO_ACCOUNT: account.account_id},
            currency=wish.currency or account.commodity or plan.base,
            notes=(f"“{account.name}” has most of these rows already, so all go there.",),
        )
        targets = _targets(services, owner, tried, origin_of(services, _nobody(owner)))
        with open_statement(wish.path, mapping=plan.mapping, currency=tried.currency) as statement:
            found = await Examiner(services.database, targets).run(statement, lambda _: None)
        if found.duplicate > found.new:
            return tried
    if not earlier:
        return plan
    note = (
        f"A new account, since none has these rows; files of this shape went to"
        f" “{earlier[0].name}” before. If it is that one, revert this import and say --account."
    )
    return replace(plan, notes=(note,))


def _targets(services: Services, owner: Owner, plan: _Plan, origin: Origin) -> Targets:
    return Targets(
        owner.household_id,
        origin,
        services.identifiers,
        chosen=plan.chosen,
        base_commodity=plan.base,
    )


async def _choices(services: Services, owner: Owner, wish: Wish) -> tuple[dict[str, int], str, str]:
    """Return the chosen accounts, the base commodity and the currency of rows without one."""

    async def unit(connection: Connection) -> tuple[dict[str, int], str, str]:
        base = await households.base_commodity_of(connection, owner.household_id)
        if wish.account is None:
            return {}, base, wish.currency or base
        words = wish.account.casefold()
        for record in await accounts.all_accounts(connection, owner.household_id):
            if record.is_real and words in {record.name.casefold(), str(record.account_id)}:
                found = await accounts.open_real_account(
                    connection, owner.household_id, record.account_id
                )
                return {"*": found.account_id}, base, wish.currency or found.commodity or base
        message = f"There is no account named “{wish.account}”."
        raise TargetNotFound(message, field="--account", fix="Write the name as the hub shows it.")

    return await services.database.read(unit)


async def _mapping(
    services: Services, owner: Owner, wish: Wish, guess: Guess, *, is_booking: bool
) -> Mapping | None:
    """Return the mapping that was confirmed for such a table, or that the wish says."""
    said = _said(guess, wish)
    if said is not None:
        return said
    kept = await services.database.read(
        lambda connection: store.find_mapping(connection, owner.household_id, guess.fingerprint)
    )
    if kept is not None:
        return msgspec.json.decode(kept, type=Mapping)
    if is_booking and guess.are_dates_open:
        day = next((row[guess.mapping.date].strip() for row in guess.sample), "")
        raise DatesUnclear(
            f"Dates like “{day}” can be read in two ways, and nothing in the file tells which.",
            field="--dates",
            fix="Say --dates day-first, month-first or year-first; or import the file in the"
            " browser, where what you confirm is remembered.",
        )
    return None


def _guess(wish: Wish, currency: str) -> Guess | None:
    with open_statement(wish.path, currency=currency) as statement:
        return statement.guess


def _said(guess: Guess | None, wish: Wish) -> Mapping | None:
    if guess is None or wish.dates is None:
        return None
    return msgspec.structs.replace(guess.mapping, date_order=wish.dates)


def _nobody(owner: Owner) -> ImportRecord:
    return ImportRecord(
        import_id=0,
        household_id=owner.household_id,
        user_id=owner.user_id,
        file_name="",
        format="",
        status="reading",
        object_key="",
        settings="",
        findings="",
        created_at=0,
    )


async def owner_of(services: Services, email: str | None) -> Owner | None:
    """Return whose books are meant: those of the person named, else of the only household.

    None when nobody has this e-mail, when there is no household, or when there are several.
    """

    async def unit(connection: Connection) -> Owner | None:
        found = await identity.owners(connection, email)
        several = email is None and len({household_id for _, household_id in found}) > 1
        return Owner(*found[0]) if found and not several else None

    return await services.database.read(unit)
