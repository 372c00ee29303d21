"""What a command line books can be reverted in the browser, even while it is under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.features.imports import manage_import
from pfh.features.imports.commit_rows import RowCommitter
from pfh.features.imports.errors import DatesUnclear, ImportNotReady
from pfh.features.imports.import_file import Owner, Wish, examine_file, import_file
from tests.integration.imports.conftest import Desk
from tests.integration.imports.statements import CSV


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    """Return a file on this machine."""
    path = tmp_path / "bank.csv"
    path.write_bytes(CSV)
    return Wish(path)


def owner(desk: Desk) -> Owner:
    return Owner(desk.actor.user_id, desk.actor.household_id)


async def test_revert_takes_out_what_the_command_line_booked(desk: Desk, wish: Wish) -> None:
    outcome = await import_file(desk.services, owner(desk), wish, lambda *_: None)
    assert (outcome.new, len(await desk.entries())) == (4, 4)
    (record,) = await manage_import.history_of_imports(
        desk.services, desk.actor, before=2**62, limit=10
    )
    assert (await desk.revert(record)).status == "reverted"
    assert await desk.entries() == []
    assert (await import_file(desk.services, owner(desk), wish, lambda *_: None)).new == 4
    assert await desk.faults() == []


async def test_command_line_stops_when_its_import_is_reverted_meanwhile(
    desk: Desk, wish: Wish
) -> None:
    async def revert() -> None:
        (record,) = await manage_import.history_of_imports(
            desk.services, desk.actor, before=2**62, limit=10
        )
        await manage_import.revert_import(desk.services, desk.actor, record.import_id)

    commit = RowCommitter.run

    async def overtaken(self, statement, **how):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        done = await commit(self, statement, **how)
        await revert()
        return done

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RowCommitter, "run", overtaken)
        with pytest.raises(ImportNotReady):
            await import_file(desk.services, owner(desk), wish, lambda *_: None)
    assert await desk.entries() == []
    assert await desk.faults() == []


async def test_ambiguous_dates_are_asked_for_before_anything_is_booked(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "open.csv"
    path.write_text("Date,Payee,Amount\n05/03/2024,A,-1.50\n06/03/2024,B,-2.50\n")
    with pytest.raises(DatesUnclear, match="05/03/2024") as refused:
        await import_file(desk.services, owner(desk), Wish(path), lambda *_: None)
    assert "--dates" in (refused.value.fix or "")
    assert await desk.entries() == []
    said = Wish(path, dates="mdy")
    assert (await import_file(desk.services, owner(desk), said, lambda *_: None)).new == 2
    assert [entry[0] for entry in await desk.entries()] == ["2024-05-03", "2024-06-03"]


async def test_dry_run_gives_the_warnings_of_the_preview(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text("Date,Payee,Amount\n05/03/2024,A,-1.50\n06/03/2024,B,-2.50\n")
    found = await examine_file(desk.services, owner(desk), Wish(path), lambda *_: None)
    assert "05/03/2024" in found.warnings[0]
    assert found.new == 2
