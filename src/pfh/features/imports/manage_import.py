"""The steps a person takes with an import: upload, choose, commit, revert, discard, look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import msgspec
from msgspec import UNSET

from pfh.core.commodity import commodity
from pfh.core.errors import Problem
from pfh.features.accounts import api as accounts
from pfh.features.imports import store
from pfh.features.imports.errors import ImportNotFound, ImportNotReady, UploadTooLarge
from pfh.features.imports.formats.csv_mapping import check_mapping
from pfh.features.imports.imported_file import decode_findings, decode_settings, encode
from pfh.features.imports.run_import import EMPTY_FINDINGS
from pfh.features.imports.schemas import ImportSettings, SettingsPatch
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.upload import Upload
from pfh.features.ledger.api import parse_id
from pfh.persistence.idempotency import Answer, RequestKey, once
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.objects import ObjectTooLarge
from pfh.ports.services import Services

FILE_NAME_LENGTH_MAX = 200
FORM_BYTES_MAX = 256 * 1024
# Most files are read in a moment; then the first answer already has the preview.
WAIT_SECONDS = 2.0
STEP_SECONDS = 0.02
SIGNAL = "imports"
CREATED = 201
UNFINISHED = frozenset({"reading", "committing", "reverting"})


def refuse_declared_size(content_length: str | None, size_max: int) -> None:
    """Refuse an upload that says itself that it is too large, before a byte of it is read.

    Raises:
        UploadTooLarge.
    """
    declared = int(content_length[:20]) if content_length and content_length.isdecimal() else 0
    # A form has boundaries and fields beside the file.
    if declared > size_max + FORM_BYTES_MAX:
        raise _too_large(size_max)


async def begin_import(  # noqa: PLR0913 -- an upload and all that is said about it
    services: Services,
    actor: Actor,
    *,
    upload: Upload,
    size_max: int,
    settings: Callable[[], ImportSettings],
    key: Callable[[bytes], RequestKey] | None = None,
) -> ImportRecord:
    """Store an uploaded file and start reading it; the preview is there already when that is quick.

    With an idempotency key, made from the digest of the file, the same upload is the same import.

    Raises:
        UploadTooLarge: nothing is kept; AccountNotFound and the like for a chosen account.
    """
    actor.require_writer()
    import_id = services.identifiers.next()
    object_key = f"imports/{actor.household_id}/{import_id}"
    try:
        await services.objects.put(object_key, upload.chunks(), size_max=size_max)
    except ObjectTooLarge:
        raise _too_large(size_max) from None
    try:
        # A form may tell the settings after the file, so they are asked for only now.
        chosen = settings()
        await _check_choices(services, actor, chosen)
        record = _new_import(services, actor, import_id, object_key, upload, chosen)
        made = key(upload.digest) if key else None

        async def unit(connection: Connection) -> Answer:
            await store.insert_import(connection, record)
            return Answer(CREATED, str(import_id).encode())

        answer = await services.database.write(once(made, unit))
    except Problem:
        await services.objects.delete(object_key)
        raise
    if answer.replayed:
        await services.objects.delete(object_key)
        return await read_import(services, actor, int(answer.body))
    return await _briefly(services, actor, record)


def _new_import(  # noqa: PLR0913 -- the parts of one row
    services: Services,
    actor: Actor,
    import_id: int,
    object_key: str,
    upload: Upload,
    chosen: ImportSettings,
) -> ImportRecord:
    return ImportRecord(
        import_id=import_id,
        household_id=actor.household_id,
        user_id=actor.user_id,
        file_name=_shown_name(upload.file_name),
        format="",
        status="reading",
        object_key=object_key,
        settings=encode(chosen).decode(),
        findings=EMPTY_FINDINGS,
        created_at=services.clock.now(),
    )


async def change_import(
    services: Services, actor: Actor, import_id: int, patch: SettingsPatch
) -> ImportRecord:
    """Read the file again with other choices; a chosen mapping is remembered for the shape.

    Raises:
        ImportNotFound, ImportNotReady (only a preview can change), MappingUnfit, AccountNotFound.
    """
    actor.require_writer()
    if patch.mapping is not UNSET:
        check_mapping(patch.mapping)

    async def unit(connection: Connection) -> ImportRecord:
        record = await _own_to_change(connection, actor, import_id)
        _expect(record, {"preview", "failed"}, "changed")
        given = {
            name: value
            for name in patch.__struct_fields__
            if (value := getattr(patch, name)) is not UNSET
        }
        settings = msgspec.structs.replace(decode_settings(record.settings), **given)
        found = decode_findings(record.findings)
        if patch.mapping is not UNSET and found.csv is not None:
            mapping = encode(patch.mapping).decode()
            await store.store_mapping(
                connection,
                actor.household_id,
                found.csv.fingerprint,
                mapping,
                services.clock.now(),
            )
        after = replace(record, status="reading", settings=encode(settings).decode())
        await store.update_import(connection, after, release=True)
        return after

    given_accounts = {} if patch.accounts is UNSET else patch.accounts
    given_currency = None if patch.currency is UNSET else patch.currency
    await _check_choices(
        services, actor, ImportSettings(accounts=given_accounts, currency=given_currency)
    )
    return await _briefly(services, actor, await services.database.write(unit))


async def commit_import(services: Services, actor: Actor, import_id: int) -> ImportRecord:
    """Start booking the rows of a preview; an import that is committed already stays as it is.

    Raises:
        ImportNotFound, ImportNotReady.
    """
    return await _advance(
        services, actor, import_id, ("preview", "committing", "committed"), "committed"
    )


async def revert_import(services: Services, actor: Actor, import_id: int) -> ImportRecord:
    """Start taking a committed import out of the books again, whole.

    Raises:
        ImportNotFound, ImportNotReady.
        AccountClosed: a closed account is empty and stays so.
    """
    return await _advance(
        services, actor, import_id, ("committed", "reverting", "reverted"), "reverted"
    )


async def discard_import(services: Services, actor: Actor, import_id: int) -> None:
    """Forget a preview or failed import that booked nothing, and its file.

    Raises:
        ImportNotFound, ImportNotReady.
    """
    actor.require_writer()

    async def unit(connection: Connection) -> ImportRecord:
        record = await _own_to_change(connection, actor, import_id)
        _expect(record, {"preview", "failed"}, "discarded")
        if record.first_entry_id is not None:
            message = "This import already booked entries."
            raise ImportNotReady(message, fix="Revert it instead.")
        await store.update_import(connection, replace(record, status="discarded"), release=True)
        return record

    record = await services.database.write(unit)
    await services.objects.delete(record.object_key)


async def read_import(services: Services, actor: Actor, import_id: int) -> ImportRecord:
    """Return one import with its present progress; raises ImportNotFound."""
    return await services.database.read(lambda connection: _own(connection, actor, import_id))


async def history_of_imports(
    services: Services, actor: Actor, *, before: int, limit: int
) -> list[ImportRecord]:
    """Return the household's imports, latest first."""
    return await services.database.read(
        lambda connection: store.list_imports(
            connection, actor.household_id, before=before, limit=limit
        )
    )


async def _advance(
    services: Services,
    actor: Actor,
    import_id: int,
    states: tuple[str, str, str],
    word: str,
) -> ImportRecord:
    actor.require_writer()
    before, between, after = states

    async def unit(connection: Connection) -> ImportRecord:
        record = await _own_to_change(connection, actor, import_id)
        if record.status in {between, after}:
            return record
        if word == "reverted" and record.first_entry_id is not None:
            # What was cut off has booked something too; a command line that died left "committing".
            _expect(record, {before, "failed", "committing"}, word)
        else:
            _expect(record, {before}, word)
        if word == "reverted":
            await _refuse_closed(connection, record)
        changed = replace(record, status=between, done_count=0)
        if word == "committed":
            # The counts of the preview make room for those of the work itself.
            changed = replace(changed, new_count=0, duplicate_count=0)
        await store.update_import(connection, changed, release=True)
        return changed

    record = await services.database.write(unit)
    return await _briefly(services, actor, record) if record.status == between else record


async def _refuse_closed(connection: Connection, record: ImportRecord) -> None:
    name = await store.closed_account_of(connection, record)
    if name is not None:
        raise accounts.AccountClosed(
            f"The account “{name}” is closed.", fix="Reopen it, then revert the import."
        )


async def _briefly(services: Services, actor: Actor, record: ImportRecord) -> ImportRecord:
    """Wake the consumer that does the step, and wait a little for its end."""
    services.signals.give(SIGNAL)
    waited = 0.0
    while record.status in UNFINISHED and waited < WAIT_SECONDS:
        await asyncio.sleep(STEP_SECONDS)
        waited += STEP_SECONDS
        record = await read_import(services, actor, record.import_id)
    return record


def _too_large(size_max: int) -> UploadTooLarge:
    return UploadTooLarge(
        f"The file is larger than {size_max} bytes.",
        field="file",
        fix="Export a shorter period and import it in parts.",
    )


async def _own(connection: Connection, actor: Actor, import_id: int) -> ImportRecord:
    return _shown(await store.find_import(connection, actor.household_id, import_id))


async def _own_to_change(connection: Connection, actor: Actor, import_id: int) -> ImportRecord:
    return _shown(await store.find_import_to_change(connection, actor.household_id, import_id))


def _shown(record: ImportRecord | None) -> ImportRecord:
    if record is None or record.status == "discarded":
        message = "There is no such import."
        raise ImportNotFound(message, fix="Look at the list of imports.")
    return record


def _expect(record: ImportRecord, states: set[str], word: str) -> None:
    if record.status not in states:
        message = f"An import that is {record.status} cannot be {word}."
        raise ImportNotReady(message, fix="Wait until its present step ends, then look again.")


async def _check_choices(services: Services, actor: Actor, settings: ImportSettings) -> None:
    if settings.currency is not None:
        commodity(settings.currency)
    if not settings.accounts:
        return

    async def unit(connection: Connection) -> None:
        for value in settings.accounts.values():
            await accounts.open_real_account(connection, actor.household_id, parse_id(value))

    await services.database.read(unit)


def _shown_name(file_name: str) -> str:
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if char.isprintable()).strip()
    return name[-FILE_NAME_LENGTH_MAX:] or "upload"
