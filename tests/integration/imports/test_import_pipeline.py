"""Importing bank files: once is once, twice is once, and a revert leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pfh.features.accounts.api import AccountClosed
from pfh.features.imports import manage_import
from pfh.features.imports.commit_rows import RowCommitter
from pfh.features.imports.errors import ImportNotFound, ImportNotReady, UploadTooLarge
from pfh.features.imports.formats.read import open_statement
from pfh.features.imports.imported_file import decode_findings, decode_settings
from pfh.features.imports.run_import import origin_of, targets_of
from pfh.features.imports.schemas import ImportSettings, SettingsPatch
from pfh.features.imports.targets import CATEGORY_WORDS_MAX, TOO_MANY_CATEGORIES
from pfh.features.ledger.api import ListFilter, list_transactions
from pfh.features.ledger.change_transaction import change_transaction
from pfh.features.ledger.schemas import TransactionPatch
from pfh.persistence.idempotency import IdempotencyKeyReused
from pfh.ports.actor import NotAllowed
from tests.integration.identity.hub import Hub
from tests.integration.imports import statements
from tests.integration.imports.conftest import Desk, open_desk


async def test_preview_counts_and_books_nothing(desk: Desk) -> None:
    preview = await desk.upload("march.csv", statements.CSV)
    assert (preview.status, preview.format, preview.row_count) == ("preview", "csv", 4)
    assert (preview.new_count, preview.duplicate_count, preview.error_count) == (4, 0, 0)
    assert [row.outcome for row in decode_findings(preview.findings).rows] == ["new"] * 4
    assert await desk.entries() == []


async def test_commit_books_every_row_and_twins_stay_two(desk: Desk) -> None:
    done = await desk.import_file("march.csv", statements.CSV)
    assert (done.status, done.new_count, done.done_count) == ("committed", 4, 4)
    assert await desk.entries() == [
        ("2026-03-01", -320, "Corner Bakery", "Uncategorised expense"),
        ("2026-03-01", -320, "Corner Bakery", "Uncategorised expense"),
        ("2026-03-02", 250_000, "Acme Payroll", "Uncategorised income"),
        ("2026-03-05", -4_510, "Green Grocer", "Uncategorised expense"),
    ]
    assert await desk.faults() == []


async def test_same_file_again_changes_nothing_and_says_so(desk: Desk) -> None:
    first = await desk.import_file("march.csv", statements.CSV)
    before = await desk.services.event_log.head(desk.actor.household_id)
    settings = ImportSettings(accounts={"*": await _account_of(desk, first.import_id)})
    again = await desk.upload("copy.csv", statements.CSV, settings)
    assert (again.new_count, again.duplicate_count) == (0, 4)
    assert {row.outcome for row in decode_findings(again.findings).rows} == {"duplicate"}
    done = await desk.commit(again)
    assert (done.new_count, done.duplicate_count) == (0, 4)
    assert len(await desk.entries()) == 4
    # Only the event of the import itself was added.
    after = await desk.services.event_log.head(desk.actor.household_id)
    assert after.household_seq == before.household_seq + 1


async def test_a_file_that_names_no_account_goes_where_those_of_its_shape_went(desk: Desk) -> None:
    first = await desk.import_file("march.csv", statements.CSV)
    again = await desk.upload("march.csv", statements.CSV)
    assert (again.new_count, again.duplicate_count) == (0, 4)
    [found] = decode_findings(again.findings).accounts
    assert found.account_id == await _account_of(desk, first.import_id)
    # A new account is what the person says, though one is known.
    anew = SettingsPatch(accounts={})
    changed = await manage_import.change_import(
        desk.services, desk.actor, again.import_id, patch=anew
    )
    other = await desk.commit(await desk.ended(changed))
    assert (other.new_count, other.duplicate_count) == (4, 0)
    # Now they went to two, and only the person knows.
    third = await desk.upload("march.csv", statements.CSV)
    assert (third.new_count, third.duplicate_count) == (4, 0)
    await desk.revert(other)
    fourth = await desk.upload("march.csv", statements.CSV)
    assert (fourth.new_count, fourth.duplicate_count) == (0, 4)


async def test_overlapping_file_adds_only_what_is_new(desk: Desk) -> None:
    first = await desk.import_file("march.csv", statements.CSV)
    longer = statements.CSV + b"2026-03-01,Corner Bakery,rolls,-3.20\n2026-03-06,Cinema,,-12.00\n"
    settings = ImportSettings(accounts={"*": await _account_of(desk, first.import_id)})
    done = await desk.commit(await desk.upload("longer.csv", longer, settings))
    assert (done.new_count, done.duplicate_count) == (2, 4)
    assert [e[2] for e in await desk.entries()].count("Corner Bakery") == 3
    assert await desk.faults() == []


async def test_ofx_goes_to_the_account_with_its_number_the_second_time(desk: Desk) -> None:
    await desk.import_file("a.ofx", statements.ofx(("F1", "20260301", "-5.00", "Kiosk")))
    rows = (("F1", "20260301", "-5.00", "Kiosk"), ("F2", "20260302", "-6.00", "Kiosk"))
    done = await desk.import_file("b.ofx", statements.ofx(*rows))
    assert (done.new_count, done.duplicate_count) == (1, 1)
    real = await desk.hub.rows(
        "SELECT name, external_id FROM accounts WHERE household_id = $1 AND commodity IS NOT NULL",
        desk.actor.household_id,
    )
    assert real == [("Checking 8877", "998877")]


async def test_bank_that_reuses_an_id_loses_no_row(desk: Desk) -> None:
    rows = (("F1", "20260301", "-5.00", "Kiosk"), ("F1", "20260301", "-7.00", "Kiosk"))
    done = await desk.import_file("a.ofx", statements.ofx(*rows))
    assert done.new_count == 2


async def test_categories_of_the_file_are_found_or_made_and_refunds_keep_theirs(
    desk: Desk,
) -> None:
    await desk.import_file("cats.csv", statements.CATEGORIES)
    assert [(e[1], e[3]) for e in await desk.entries()] == [
        (-4_510, "Groceries"),
        (500, "Groceries"),
        (-3_000, "Zoo"),
        (250_000, "Salary"),
    ]
    assert await desk.faults() == []


async def test_rows_in_another_currency_than_the_account_are_errors_with_their_line(
    desk: Desk,
) -> None:
    first = await desk.import_file("a.ofx", statements.ofx(("F1", "20260301", "-5.00", "Kiosk")))
    dollars = statements.ofx(("F9", "20260309", "-5.00", "Diner"), currency="USD")
    done = await desk.import_file("b.ofx", dollars)
    assert (first.new_count, done.new_count, done.error_count) == (1, 0, 1)
    error = decode_findings(done.findings).errors[0]
    assert (error.field, error.line) == ("currency", 14)
    assert error.message == "The row is in USD, the account holds EUR."


async def test_revert_takes_everything_out_and_lets_it_come_again(desk: Desk) -> None:
    done = await desk.import_file("march.csv", statements.CSV)
    reverted = await desk.revert(done)
    assert (reverted.status, reverted.done_count) == ("reverted", 4)
    assert await desk.entries() == []
    assert await desk.faults() == []
    again = await desk.import_file("march.csv", statements.CSV)
    assert again.new_count == 4


async def test_revert_takes_an_edited_entry_out_and_forgets_its_row(desk: Desk) -> None:
    done = await desk.import_file("march.csv", statements.CSV)
    listed = await list_transactions(desk.services, desk.actor, ListFilter())
    patch = TransactionPatch(transaction_date="2026-02-14")
    await change_transaction(desk.services, desk.actor, int(listed.items[0].id), patch)
    await desk.revert(done)
    assert await desk.entries() == []
    again = await desk.import_file("march.csv", statements.CSV)
    assert (again.new_count, again.duplicate_count) == (4, 0)


async def test_chosen_mapping_is_remembered_for_files_of_the_shape(desk: Desk) -> None:
    content = b"Date,Who,Out,Amount\n2026-03-01,Bakery,1,3.20\n2026-03-02,Bakery,1,4.20\n"
    preview = await desk.upload("odd.csv", content)
    mapping = decode_settings(preview.settings).mapping
    assert mapping is not None
    inverted = msgspec.structs.replace(mapping, sign="inverted", amount=3, debit=None, credit=None)
    changed = await manage_import.change_import(
        desk.services, desk.actor, preview.import_id, SettingsPatch(mapping=inverted)
    )
    assert [row.amount for row in decode_findings(changed.findings).rows] == ["-3.20", "-4.20"]
    later = await desk.upload("later.csv", content.replace(b"03-0", b"04-0"))
    assert [row.amount for row in decode_findings(later.findings).rows] == ["-3.20", "-4.20"]
    found = decode_findings(later.findings).csv
    assert found is not None
    assert found.remembered


async def test_unreadable_file_fails_with_words_and_can_be_discarded(desk: Desk) -> None:
    failed = await desk.upload("photo.ofx", b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert failed.status == "failed"
    assert decode_findings(failed.findings).failure
    await manage_import.discard_import(desk.services, desk.actor, failed.import_id)
    with pytest.raises(ImportNotFound):
        await manage_import.read_import(desk.services, desk.actor, failed.import_id)


async def test_steps_out_of_order_are_refused(desk: Desk) -> None:
    preview = await desk.upload("march.csv", statements.CSV)
    with pytest.raises(ImportNotReady):
        await manage_import.revert_import(desk.services, desk.actor, preview.import_id)
    done = await desk.commit(preview)
    with pytest.raises(ImportNotReady):
        await manage_import.discard_import(desk.services, desk.actor, done.import_id)
    # Committing twice is committing once.
    assert (await desk.commit(done)).new_count == 4
    assert len(await desk.entries()) == 4


async def test_other_household_sees_no_import(hub: Hub, desk: Desk) -> None:
    mine = await desk.upload("march.csv", statements.CSV)
    async with open_desk(hub, "bob@example.org") as other:
        for step in (
            manage_import.read_import,
            manage_import.commit_import,
            manage_import.revert_import,
        ):
            with pytest.raises(ImportNotFound):
                await step(other.services, other.actor, mine.import_id)


async def test_viewer_may_not_import(desk: Desk) -> None:
    desk.actor = replace(desk.actor, household_role="viewer")
    with pytest.raises(NotAllowed):
        await desk.upload("march.csv", statements.CSV)


async def test_upload_over_the_limit_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.integration.imports.conftest.UPLOAD_BYTES_MAX", 10)
    with pytest.raises(UploadTooLarge):
        await desk.upload("march.csv", statements.CSV)
    assert await desk.hub.rows("SELECT COUNT(*) FROM imports") == [(0,)]


async def _account_of(desk: Desk, import_id: int) -> str:
    rows = await desk.hub.rows(
        "SELECT p.account_id FROM entries e JOIN postings p ON p.entry_id = e.entry_id"
        " WHERE e.import_id = $1 AND p.line = 0 LIMIT 1",
        import_id,
    )
    return str(rows[0][0])


async def test_upload_with_the_same_key_is_the_same_import(desk: Desk) -> None:
    first = await desk.upload("march.csv", statements.CSV, key="k1")
    again = await desk.upload("march.csv", statements.CSV, key="k1")
    assert again.import_id == first.import_id
    assert await desk.hub.rows("SELECT COUNT(*) FROM imports") == [(1,)]
    with pytest.raises(IdempotencyKeyReused):
        await desk.upload("march.csv", statements.CSV + b"\n2026-03-09,X,,-1.00\n", key="k1")
    assert await desk.hub.rows("SELECT COUNT(*) FROM imports") == [(1,)]


async def test_makes_no_more_categories_when_a_file_has_too_many(desk: Desk) -> None:
    head = "Date,Payee,Category,Amount\n"
    rows = [f"2026-03-01,Shop {n},Kind {n},-1.00\n" for n in range(CATEGORY_WORDS_MAX + 20)]
    done = await desk.import_file("kinds.csv", (head + "".join(rows)).encode())
    assert (done.status, done.new_count) == ("committed", CATEGORY_WORDS_MAX + 20)
    assert decode_findings(done.findings).warnings[-1:] == (TOO_MANY_CATEGORIES,)
    names = [category for *_, category in await desk.entries()]
    assert names.count("Uncategorised expense") == 20
    assert len(set(names)) == CATEGORY_WORDS_MAX + 1


async def test_file_that_names_too_many_accounts_says_which_rows_it_leaves_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("targets", "examine_import"):
        monkeypatch.setattr(f"pfh.features.imports.{module}.ACCOUNTS_MAX", 2)
    rows = "".join(f"2026-03-0{n},Kiosk,-1.00,Pocket {n}\n" for n in range(1, 5))
    preview = await desk.upload("many.csv", b"Date,Payee,Amount,Account\n" + rows.encode())
    assert (preview.new_count, preview.error_count) == (2, 2)
    done = await desk.commit(preview)
    assert (done.new_count, done.error_count) == (2, 2)
    assert [error.field for error in decode_findings(done.findings).errors] == ["account"] * 2
    assert await desk.faults() == []


async def test_preview_of_a_new_account_tells_rows_in_another_currency(desk: Desk) -> None:
    content = (
        b"Date,Payee,Amount,Account,Currency\n"
        b"2026-03-01,Kiosk,-1.00,Pocket,EUR\n2026-03-02,Diner,-2.00,Pocket,USD\n"
    )
    preview = await desk.upload("mixed.csv", content)
    assert (preview.new_count, preview.error_count) == (1, 1)
    done = await desk.commit(preview)
    assert (done.new_count, done.error_count) == (1, 1)


async def test_import_into_an_account_that_was_closed_since_cannot_be_reverted(desk: Desk) -> None:
    done = await desk.import_file("march.csv", statements.CSV)
    account_id = int(await _account_of(desk, done.import_id))
    await desk.services.database.write(
        lambda connection: connection.execute(
            "UPDATE accounts SET closed_at = 1 WHERE account_id = $1", account_id
        )
    )
    with pytest.raises(AccountClosed):
        await desk.revert(done)
    assert len(await desk.entries()) == 4


async def test_import_that_was_cut_off_goes_on_in_the_middle_of_a_batch(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "march.csv"
    path.write_bytes(statements.CSV + b"2026-03-01,Corner Bakery,rolls,-3.20\n")
    done = await desk.import_file("march.csv", statements.CSV)
    # As a stop after three rows would have left it, with batches of another size.
    listed = await list_transactions(desk.services, desk.actor, ListFilter())
    await delete_for_good(desk, int(listed.items[0].id))
    left = replace(done, status="committing", done_count=3, new_count=3)
    settings = ImportSettings(accounts={"*": await _account_of(desk, done.import_id)})
    targets, currency = await targets_of(desk.services, left, settings)
    with open_statement(path, currency=currency) as statement:
        committer = RowCommitter(
            desk.services, left, origin_of(desk.services, left), targets, lambda _: None
        )
        after = await committer.run(statement, batch_rows=2)
    assert (after.done_count, after.new_count, after.duplicate_count) == (5, 5, 0)
    assert [e[2] for e in await desk.entries()].count("Corner Bakery") == 3
    assert len(await desk.entries()) == 5


async def delete_for_good(desk: Desk, entry_id: int) -> None:
    """Take the last row's entry and key away, as if they had never been committed."""
    for sql in (
        "DELETE FROM import_rows WHERE entry_id = $1",
        "DELETE FROM postings WHERE entry_id = $1",
        "DELETE FROM entries WHERE entry_id = $1",
    ):
        await desk.services.database.write(
            lambda connection, sql=sql: connection.execute(sql, entry_id)  # type: ignore[misc]
        )
