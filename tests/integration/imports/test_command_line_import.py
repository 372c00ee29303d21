"""What a command line books can be reverted in the browser, even while it is under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.features.imports import manage_import
from pfh.features.imports.commit_rows import RowCommitter
from pfh.features.imports.errors import DatesUnclear, ImportNotReady
from pfh.features.imports.import_file import Owner, Wish, examine_file, import_file
from pfh.features.imports.imported_file import decode_findings
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


def table(tmp_path: Path, *days: int) -> Wish:
    """Return a file that names no account, with a row for each day of March 2024."""
    path = tmp_path / "export.csv"
    rows = [f"2024-03-{day:02},Shop {day},-{day}.50" for day in days]
    path.write_text("\n".join(["Date,Payee,Amount", *rows, ""]))
    return Wish(path)


async def accounts_named(desk: Desk) -> list[str]:
    rows = await desk.hub.rows(
        "SELECT name FROM accounts WHERE household_id = $1 AND name LIKE 'Imported%' ORDER BY name",
        desk.actor.household_id,
    )
    return [row[0] for row in rows]


async def told_accounts(desk: Desk) -> list[str]:
    """Return the account that each import says its rows went to, the latest first."""
    records = await manage_import.history_of_imports(
        desk.services, desk.actor, before=2**62, limit=10
    )
    return [decode_findings(record.findings).accounts[0].account_name for record in records]


async def test_same_table_again_is_known_though_it_names_no_account(
    desk: Desk, tmp_path: Path
) -> None:
    wish = table(tmp_path, 1, 2, 3)
    assert (await import_file(desk.services, owner(desk), wish, lambda *_: None)).new == 3
    for _ in range(2):
        found = await examine_file(desk.services, owner(desk), wish, lambda *_: None)
        again = await import_file(desk.services, owner(desk), wish, lambda *_: None)
        assert (found.duplicate, again.new, again.duplicate) == (3, 0, 3)
        assert "“Imported account” has most of these rows" in again.warnings[0]
        assert again.warnings == found.warnings
    assert await accounts_named(desk) == ["Imported account"]
    assert await desk.faults() == []


async def test_rows_that_cannot_be_read_do_not_make_a_known_table_a_new_one(
    desk: Desk, tmp_path: Path
) -> None:
    wish = table(tmp_path, 1)
    with wish.path.open("a") as file:
        file.write("2024-03-02,Shop,some\n2024-03-03,Shop,more\n")
    first = await import_file(desk.services, owner(desk), wish, lambda *_: None)
    assert (first.new, len(first.errors)) == (1, 2)
    assert (await import_file(desk.services, owner(desk), wish, lambda *_: None)).new == 0


async def test_table_that_shares_most_rows_goes_to_the_account_that_has_them(
    desk: Desk, tmp_path: Path
) -> None:
    await import_file(desk.services, owner(desk), table(tmp_path, 1, 2, 3), lambda *_: None)
    later = await import_file(desk.services, owner(desk), table(tmp_path, 2, 3, 4), lambda *_: None)
    assert (later.new, later.duplicate) == (1, 2)
    assert await accounts_named(desk) == ["Imported account"]


async def test_table_of_other_rows_gets_an_account_of_its_own_and_a_word(
    desk: Desk, tmp_path: Path
) -> None:
    await import_file(desk.services, owner(desk), table(tmp_path, 1, 2, 3), lambda *_: None)
    other = table(tmp_path, 3, 7, 8)
    first = await import_file(desk.services, owner(desk), other, lambda *_: None)
    # One row that both have is no proof: fees of one day are alike at a bank.
    assert (first.new, first.duplicate) == (3, 0)
    assert "files of this shape went to “Imported account” before" in first.warnings[0]
    assert await accounts_named(desk) == ["Imported account", "Imported account 2"]
    assert await told_accounts(desk) == ["Imported account 2", "Imported account"]
    again = await import_file(desk.services, owner(desk), other, lambda *_: None)
    assert (again.new, again.duplicate) == (0, 3)
    assert "“Imported account 2” has most" in again.warnings[0]


async def test_table_that_was_booked_in_the_browser_is_known(desk: Desk, tmp_path: Path) -> None:
    wish = table(tmp_path, 1, 2, 3)
    await desk.import_file("export.csv", wish.path.read_bytes())
    again = await import_file(desk.services, owner(desk), wish, lambda *_: None)
    assert (again.new, again.duplicate) == (0, 3)
