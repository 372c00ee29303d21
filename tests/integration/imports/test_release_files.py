"""An uploaded file is kept as long as its import may need it, and no longer."""

from __future__ import annotations

import pytest

from pfh.core.commodity import CurrencyUnknown
from pfh.features.imports import manage_import
from pfh.features.imports.release_files import ABANDONED_DAYS, release_files
from pfh.features.imports.schemas import ImportSettings, SettingsPatch
from pfh.features.imports.store import ImportRecord
from pfh.persistence.idempotency import IdempotencyKeyReused
from pfh.ports.objects import ObjectMissing
from tests.integration.imports import statements
from tests.integration.imports.conftest import Desk

_DAY_SECONDS = 86_400


async def _is_kept(desk: Desk, record: ImportRecord) -> bool:
    try:
        async for _ in desk.services.objects.get(record.object_key):
            break
    except ObjectMissing:
        return False
    return True


async def test_keeps_the_file_when_the_preview_waits(desk: Desk) -> None:
    preview = await desk.upload("march.csv", statements.CSV)
    assert await release_files(desk.services) == 0
    assert await _is_kept(desk, preview)
    assert (await desk.commit(preview)).status == "committed"


async def test_deletes_the_file_when_the_import_is_booked_and_reverts_without_it(
    desk: Desk,
) -> None:
    done = await desk.import_file("march.csv", statements.CSV)
    assert await release_files(desk.services) == 1
    assert not await _is_kept(desk, done)
    assert await release_files(desk.services) == 0
    assert (await desk.revert(done)).status == "reverted"
    assert await desk.entries() == []


async def test_discards_the_import_when_nobody_came_back_for_it(desk: Desk) -> None:
    preview = await desk.upload("march.csv", statements.CSV)
    desk.hub.clock.advance((ABANDONED_DAYS + 1) * _DAY_SECONDS)
    fresh = await desk.upload("april.csv", statements.CSV)
    assert await release_files(desk.services) == 1
    assert not await _is_kept(desk, preview)
    assert await _is_kept(desk, fresh)
    history = await manage_import.history_of_imports(
        desk.services, desk.actor, before=2**63 - 1, limit=10
    )
    assert [one.import_id for one in history] == [fresh.import_id]


async def test_keeps_no_file_when_the_key_was_used_for_another_one(desk: Desk) -> None:
    await desk.upload("march.csv", statements.CSV, key="march")
    before = await _stored_files(desk)
    with pytest.raises(IdempotencyKeyReused):
        await desk.upload("april.csv", statements.CSV + b"\n", key="march")
    assert await _stored_files(desk) == before


async def test_refuses_the_choice_when_the_currency_is_unknown(desk: Desk) -> None:
    preview = await desk.upload("march.csv", statements.CSV, ImportSettings())
    with pytest.raises(CurrencyUnknown):
        await manage_import.change_import(
            desk.services, desk.actor, preview.import_id, SettingsPatch(currency="ZZZ")
        )


async def _stored_files(desk: Desk) -> list[str]:
    root = desk.services.objects._root  # type: ignore[attr-defined]
    return sorted(path.name for path in root.rglob("*") if path.is_file())
