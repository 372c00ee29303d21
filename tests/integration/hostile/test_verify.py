"""Changing one row behind the program's back: the proof of the books fails and names the row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Table

from pfh.entry.cli.books_work import verify_all
from pfh.migrations.metadata import metadata
from tests.integration.hostile.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONTH = "2026-11"


@dataclass(frozen=True)
class Step:
    """One statement: change (`sets`) or delete the rows of a table; `{transaction}` is an id."""

    table: str
    where: str
    sets: str | None = None


@dataclass(frozen=True)
class Corruption:
    """What is done to the books, and what the proof has to name."""

    name: str
    steps: tuple[Step, ...]
    told: str


def changed(table: str, where: str, sets: str, told: str) -> Corruption:
    return Corruption(f"{table}: {sets}", (Step(table, where, sets),), told)


def deleted(name: str, told: str, *steps: tuple[str, str]) -> Corruption:
    return Corruption(name, tuple(Step(table, where) for table, where in steps), told)


ENTRY = "entry_id = {transaction}"
LINE = ENTRY + " AND line = 0"
SAYS = "entry {transaction}"
POSTED = "subject_id = {transaction} AND type = 'EntryPosted'"
MINE = "household_id = {household}"
ACCOUNT = "account_id = {account}"
CATEGORY = "account_id = {category}"
CORRUPTIONS = (
    changed("postings", LINE, "amount_minor = amount_minor + 1", SAYS),
    changed("postings", LINE, "date = '2026-11-09'", SAYS),
    changed("postings", LINE, "account_id = {other_account}", SAYS),
    changed("postings", LINE, "memo = 'forged'", SAYS),
    changed("postings", LINE, "commodity = 'USD'", SAYS),
    changed("balances", ACCOUNT, "amount_minor = amount_minor + 1", "account {account}"),
    changed("balances", ACCOUNT, "posting_count = posting_count + 1", "account {account}"),
    changed(
        "entry_totals",
        MINE + " AND month = '2026-11'",
        "amount_minor = amount_minor + 1",
        "entry_totals: 2026-11 expense",
    ),
    changed(
        "account_totals",
        ACCOUNT + " AND month = '2026-11'",
        "amount_minor = amount_minor + 1",
        "account_totals: account {account} 2026-11",
    ),
    changed("entries", ENTRY, "description = 'forged'", SAYS),
    changed("entries", ENTRY, "status = 'reconciled'", SAYS),
    changed("entries", ENTRY, "notes = 'forged'", SAYS),
    changed("entries", ENTRY, "date = '2026-11-09'", SAYS),
    changed("entries", ENTRY, "transaction_type = 'income'", SAYS),
    changed("entries", ENTRY, "payee_id = NULL", SAYS),
    changed("entries", ENTRY, "import_id = {import}", SAYS),
    changed("entries", ENTRY, "version = version + 1", SAYS),
    changed("entries", ENTRY, "search_text = 'forged'", SAYS),
    changed("entries", ENTRY, "created_at = created_at + 1", SAYS),
    changed("events", POSTED, "payload = '{{}}'", "household {household}, number"),
    changed("events", POSTED, "type = 'EntryRestored'", "household {household}, number"),
    changed("events", POSTED, "occurred_at = occurred_at + 1", "household {household}, number"),
    changed("events", POSTED, "actor_id = NULL", "household {household}, number"),
    changed("events", POSTED, "hash = prev_hash", "household {household}, number"),
    changed("events", POSTED, "prev_hash = hash", "household {household}, number"),
    changed("event_heads", MINE, "household_seq = household_seq + 1", "household {household}"),
    changed(
        "monthly_summaries",
        MINE + " AND period = '2026-11'",
        "second_minor = second_minor + 1",
        "monthly_summaries ('2026-11'",
    ),
    changed("daily_category_spend", MINE, "first_minor = 1", "daily_category_spend"),
    changed("balance_history", MINE, "first_minor = first_minor + 1", "balance_history"),
    changed("trash", "entry_id = {deleted}", "content = '{{}}'", "trash: entry {deleted}"),
    changed("accounts", ACCOUNT, "name = 'forged'", "account {account}"),
    changed("accounts", ACCOUNT, "name_key = 'forged'", "account {account}"),
    changed("accounts", ACCOUNT, "closed_at = 1", "account {account}"),
    changed("accounts", ACCOUNT, "commodity = 'USD'", "account {account}"),
    changed("accounts", ACCOUNT, "account_class = 'liability'", "account {account}"),
    changed("accounts", CATEGORY, "parent_id = {other_category}", "account {category}"),
    changed("accounts", CATEGORY, "merged_into_id = {other_category}", "account {category}"),
    changed("payees", "name = 'Baker' AND " + MINE, "name = 'forged'", SAYS),
    changed("tags", "tag_id = {tag}", "name = 'forged'", SAYS),
    changed("households", MINE, "base_commodity = 'USD'", "household {household}"),
    changed("rates", MINE, "rate = '2'", "rates: USD EUR 2026-11-01"),
    changed("imports", "import_id = {booked}", "new_count = new_count + 1", "import {booked}"),
    changed("imports", "import_id = {booked}", "status = 'preview'", "import {booked}"),
    deleted("a posting", SAYS, ("postings", ENTRY + " AND line = 1")),
    deleted("a tag of an entry", SAYS, ("entry_tags", ENTRY)),
    deleted("an entry", SAYS, ("entry_tags", ENTRY), ("postings", ENTRY), ("entries", ENTRY)),
    deleted("a balance", "account {account}", ("balances", ACCOUNT)),
    deleted("totals", "entry_totals: 2026-11", ("entry_totals", MINE + " AND month = '2026-11'")),
    deleted("an event", "is missing", ("events", POSTED)),
    deleted("the last event", "household {household}", ("events", MINE + " AND {last_event}")),
    deleted("the head", "household {household}", ("event_heads", MINE)),
    deleted("trash", "trash: entry {deleted}", ("trash", "entry_id = {deleted}")),
    deleted("a rate", "rates: USD EUR 2026-11-01", ("rates", MINE)),
    deleted("an account", "account {other_account}", ("accounts", "account_id = {other_account}")),
    deleted("a remembered row", "entry {from_file}", ("import_rows", "entry_id = {from_file}")),
    deleted(
        "a document",
        "monthly_summaries ('2026-11'",
        ("monthly_summaries", MINE + " AND period = '2026-11'"),
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def names(house: House) -> dict[str, str]:
    """Return what the corruptions name, after adding a rate and a committed import."""
    ann = house.ann
    rate = {"commodity": "USD", "quote": "EUR", "date": "2026-11-01", "rate": "0.9"}
    await ann.done("PUT", "/api/rates", rate)
    preview = await ann.upload(b"Date,Amount,Payee\n2026-09-01,-7.00,Kiosk\n", "other.csv")
    booked = await ann.done("POST", f"/api/imports/{preview['id']}/commit")
    assert booked["status"] == "committed"
    await house.settled()
    rows = await house.rows("SELECT entry_id FROM import_rows")
    return {
        **ann.owned,
        "household": str(ann.household_id),
        "booked": booked["id"],
        "from_file": str(rows[0][0]),
        "last_event": "household_seq = (SELECT MAX(household_seq) FROM events e"
        f" WHERE e.household_id = {ann.household_id})",
    }


async def proof(house: House, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the command's work and return its exit code and every fault."""
    capsys.readouterr()
    code = await verify_all(house.services, as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is (code == 0)
    return code, "\n".join(fault for faults in report["checks"].values() for fault in faults)


@asynccontextmanager
async def corrupted(
    house: House, steps: Sequence[Step], names: dict[str, str]
) -> AsyncIterator[None]:
    """Take the steps, and put every row back as it was afterwards."""
    kept: list[tuple[Table, bool, list[tuple[Any, ...]]]] = []
    for step in steps:
        table, where = metadata.tables[step.table], step.where.format(**names)
        columns = ", ".join(column.name for column in table.columns)
        rows = await house.rows(f"SELECT {columns} FROM {step.table} WHERE {where}")
        assert rows, f"nothing to corrupt in {step.table}"
        kept.append((table, step.sets is not None, rows))
        if step.sets is None:
            await house.change(f"DELETE FROM {step.table} WHERE {where}")
        else:
            sets = step.sets.format(**names)
            await house.change(f"UPDATE {step.table} SET {sets} WHERE {where}")
    try:
        yield
    finally:
        for table, is_there, rows in reversed(kept):
            for row in rows:
                await _put_back(house, table, row, is_there=is_there)


async def _put_back(house: House, table: Table, row: tuple[Any, ...], *, is_there: bool) -> None:
    columns = [column.name for column in table.columns]
    places = [f"${number}" for number in range(1, len(columns) + 1)]
    if is_there:
        sets = ", ".join(f"{name} = {place}" for name, place in zip(columns, places, strict=True))
        keys = [column.name for column in table.primary_key]
        where = " AND ".join(f"{key} = {places[columns.index(key)]}" for key in keys)
        if table.name == "postings":
            sets = ", ".join(part for part in sets.split(", ") if not part.startswith("entry_id"))
        done = await house.change(f"UPDATE {table.name} SET {sets} WHERE {where}", *row)
        assert done == 1
        return
    over = " OVERRIDING SYSTEM VALUE" if table.name == "events" else ""
    if house.services.database.dialect == "sqlite":
        over = ""
    await house.change(
        f"INSERT INTO {table.name} ({', '.join(columns)}){over} VALUES ({', '.join(places)})", *row
    )


async def test_books_as_the_program_left_them_are_proven(
    house: House, names: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await proof(house, capsys) == (0, "")


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.name)
async def test_one_changed_row_is_named(
    house: House,
    names: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    corruption: Corruption,
) -> None:
    async with corrupted(house, corruption.steps, names):
        code, faults = await proof(house, capsys)
    assert code == 1
    assert corruption.told.format(**names) in faults
    # The test itself left nothing behind, or the next one would find this one's fault.
    assert await proof(house, capsys) == (0, "")
