"""The dashboard shows the journal: from the read model when it is there, else from the books."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from pfh.core.period import PeriodInvalid
from pfh.features.dashboard import consumers
from pfh.features.dashboard.compare import HOUSEHOLDS_AT_ONCE, rebuild, rebuild_each
from pfh.features.ledger.change_transaction import change_transaction
from pfh.features.ledger.delete_transaction import delete_transaction, restore_transaction
from pfh.features.ledger.schemas import TransactionPatch
from pfh.features.ledger.undo_transaction import undo_transaction
from pfh.ports.documents import DocumentsUnavailable
from tests.integration.dashboard.conftest import Home


async def test_month_at_a_glance_has_the_figures_of_the_journal(home: Home) -> None:
    groceries, salary = home.categories["Groceries"], home.categories["Salary"]
    await home.post("income", "2500", "2026-11-01", category_id=salary)
    await home.post("expense", "40.10", "2026-11-03", category_id=groceries)
    await home.post("income", "5.10", "2026-11-04", category_id=groceries)
    await home.post("expense", "9.90", "2026-10-31", category_id=groceries)
    await home.post("transfer", "100", "2026-11-05", transfer_account_id=home.card)
    await home.project()
    found = await home.look("2026-11")
    assert found["summary"] == {
        "totalIncome": "2500.00",
        "totalExpenses": "35.00",
        "netIncome": "2465.00",
        "transactionCount": 4,
    }
    assert found["categoryBreakdown"] == [
        {
            "categoryId": groceries,
            "category": "Groceries",
            "amount": "35.00",
            "percentage": 100.0,
        }
    ]
    assert len(found["dailyTrends"]) == 30
    assert found["dailyTrends"][2] == {"date": "2026-11-03", "income": "0.00", "expenses": "40.10"}
    balances = {item["name"]: item["balance"] for item in found["accounts"]}
    assert balances == {"Bank": "2355.10", "Card": "100.00", "Dollars": "0.00"}
    assert found["netWorth"] == "2455.10"
    assert found["missingRates"] == []


async def test_earlier_month_shows_the_balances_of_its_end(home: Home) -> None:
    await home.post("income", "10", "2026-09-10")
    await home.post("income", "5", "2026-11-10")
    await home.project()
    assert (await home.look("2026-09"))["netWorth"] == "10.00"
    assert (await home.look("2026-10"))["netWorth"] == "10.00"
    assert (await home.look("2026-11"))["netWorth"] == "15.00"


async def test_first_month_of_all_is_shown_though_none_is_before(home: Home) -> None:
    await home.post("income", "10", "1900-01-01")
    await home.project()
    first = await home.look("1900-01")
    assert (first["netWorth"], first["period"]) == ("10.00", "1900-01")
    assert (await home.look())["period"] == "1900-01"
    assert await home.faults() == []


async def test_default_month_is_the_last_with_data_up_to_today(home: Home) -> None:
    assert (await home.look())["period"] == "2026-11"
    await home.post("income", "10", "2026-04-10")
    await home.post("income", "10", "2027-01-10")
    await home.project()
    assert (await home.look())["period"] == "2026-04"


async def test_missing_rate_makes_totals_partial_and_a_rate_completes_them(home: Home) -> None:
    await home.post("expense", "10", "2026-11-02")
    await home.post("expense", "20", "2026-11-02", account_id=home.dollars)
    await home.project()
    partial = await home.look("2026-11")
    assert partial["summary"]["totalExpenses"] == "10.00"
    assert partial["missingRates"] == ["USD"]
    # An exchange of the household's own implies a rate: 100 EUR for 125 USD.
    await home.post(
        "transfer",
        "100",
        "2026-11-03",
        transfer_account_id=home.dollars,
        transfer_amount=Decimal(125),
    )
    await home.project()
    whole = await home.look("2026-11")
    assert whole["missingRates"] == []
    assert whole["summary"]["totalExpenses"] == "26.00"


async def test_read_that_names_a_write_sees_it_before_the_projection(home: Home) -> None:
    await home.project()
    first = await home.look("2026-11")
    posted = await home.post("expense", "12.34", "2026-11-02")
    assert (await home.look("2026-11"))["householdSeq"] == first["householdSeq"]
    seen = await home.look("2026-11", at_least=posted["householdSeq"])
    assert seen["summary"]["totalExpenses"] == "12.34"
    assert seen["householdSeq"] >= posted["householdSeq"]


async def test_books_answer_while_there_is_no_read_model(home: Home) -> None:
    posted = await home.post("expense", "12.34", "2026-11-02")
    await home.project()
    made = await home.look("2026-11")
    await home.services.documents.forget(home.actor.household_id)
    assert await home.look("2026-11") == made
    assert made["householdSeq"] == posted["householdSeq"]


async def test_same_answer_comes_from_the_books_and_from_the_read_model(home: Home) -> None:
    await _live(home, random.Random(7), steps=40)
    head = await home.services.event_log.head(home.actor.household_id)
    for period in ("2026-10", "2026-11"):
        from_books = await home.look(period, at_least=head.household_seq)
        await home.project()
        assert await home.look(period) == from_books
        await home.services.documents.forget(home.actor.household_id)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_read_model_equals_the_journal_after_any_history(home: Home, seed: int) -> None:
    await _live(home, random.Random(seed), steps=60)
    assert await home.faults() == []
    kept = await home.look("2026-11")
    await rebuild(home.services, home.actor.household_id)
    await home.services.cache.forget("")
    assert await home.look("2026-11") == kept
    assert await home.faults() == []


async def test_several_households_are_rebuilt_at_once(home: Home) -> None:
    for day in range(1, 6):
        await home.post("expense", "12.34", f"2026-11-{day:02d}")
    await home.project()
    kept = await home.look("2026-11")
    done: list[int] = []
    nobody = range(1, 9)
    await rebuild_each(home.services, [*nobody, home.actor.household_id], done.append)
    await home.services.cache.forget("")
    assert await home.look("2026-11") == kept
    assert await home.faults() == []
    head = await home.services.documents.head(home.actor.household_id)
    assert sum(done) == head.household_seq


async def test_failure_of_a_household_ends_the_rebuild_of_the_others(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def fail(_: object, household_id: int) -> None:
        asked.append(household_id)
        raise DocumentsUnavailable("away")

    monkeypatch.setattr(type(home.services.documents), "forget", fail)
    with pytest.raises(DocumentsUnavailable):
        await rebuild_each(home.services, range(1, 100))
    assert len(asked) <= HOUSEHOLDS_AT_ONCE


async def test_read_model_changed_by_hand_is_named(home: Home) -> None:
    await home.post("expense", "12.34", "2026-11-02")
    await home.project()
    await home.services.database.write(
        lambda connection: connection.execute(
            "UPDATE monthly_summaries SET second_minor = second_minor + 1 WHERE household_id = $1",
            home.actor.household_id,
        )
    )
    [fault] = await home.faults()
    assert "monthly_summaries" in fault
    assert "2026-11" in fault


async def test_malformed_month_is_a_problem(home: Home) -> None:
    with pytest.raises(PeriodInvalid):
        await home.look("November")


async def _live(home: Home, dice: random.Random, *, steps: int) -> None:
    """Create, change, delete, restore and undo at random."""
    live: list[int] = []
    dead: list[int] = []
    categories = sorted(home.categories.values())
    for _ in range(steps):
        action = dice.choice(["post", "post", "post", "change", "delete", "restore", "undo"])
        date = f"2026-{dice.choice(['10', '11'])}-{dice.randint(1, 28):02}"
        if action == "post" or not live:
            live.append(int((await _post(home, dice, date, categories))["id"]))
        elif action == "change":
            patch = TransactionPatch(transaction_date=date, amount=Decimal(dice.randint(1, 9_999)))
            await change_transaction(home.services, home.actor, dice.choice(live), patch)
        elif action == "delete":
            entry_id = live.pop(dice.randrange(len(live)))
            await delete_transaction(home.services, home.actor, entry_id)
            dead.append(entry_id)
        elif action == "restore" and dead:
            entry_id = dead.pop(dice.randrange(len(dead)))
            await restore_transaction(home.services, home.actor, entry_id)
            live.append(entry_id)
        elif action == "undo" and dead:
            entry_id = dead.pop()
            await undo_transaction(home.services, home.actor, entry_id)
            live.append(entry_id)


async def _post(
    home: Home, dice: random.Random, date: str, categories: list[str]
) -> dict[str, Any]:
    amount = f"{dice.randint(1, 99_999) / 100:.2f}"
    kind = dice.choice(["income", "expense", "transfer"])
    if kind == "transfer":
        return await home.post(kind, amount, date, transfer_account_id=home.card)
    return await home.post(kind, amount, date, category_id=dice.choice(categories))


async def test_projects_the_same_when_batches_are_cut_by_their_bytes(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 8):
        await home.post("expense", "1.25", f"2026-11-0{day}")
    monkeypatch.setattr(consumers, "BATCH_BYTES", 600)
    assert not await consumers.project(home.services, home.actor.household_id)
    await home.project()
    assert (await home.look("2026-11"))["summary"]["totalExpenses"] == "8.75"
    assert await home.faults() == []
