"""Filling a household with the demo: all of it in one commit, and the books agree with the plan."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pfh.core.errors import Problem
from pfh.features.demo.api import create_demo_household, fill_demo
from pfh.features.demo.plan_demo import plan_demo
from pfh.features.demo.settlement import balances_at
from pfh.features.identity.api import EmailTaken, authenticate, usual_founders
from pfh.ports.actor import Actor
from pfh.ports.database import Database
from tests.integration.identity.hub import Hub, caller, make_hub

TODAY = date(2026, 11, 23)


@pytest.fixture
async def hub(books: Database, tmp_path: Path) -> Hub:
    made = make_hub(books, tmp_path, exclusive=books.dialect == "sqlite")
    made.founders = usual_founders(made.services)
    return made


@pytest.fixture
async def actor(hub: Hub) -> Actor:
    signed_in = await hub.register()
    return await authenticate(signed_in.access_token, hub.services, caller())


async def test_books_agree_with_the_plan_when_the_demo_is_filled(hub: Hub, actor: Actor) -> None:
    plan = plan_demo(TODAY)
    started = time.process_time()
    assert await fill_demo(hub.services, actor, TODAY) == len(plan.transactions)
    seconds = time.process_time() - started
    [(count,)] = await hub.rows(
        "SELECT COUNT(*) FROM entries WHERE transaction_type <> $1", "opening"
    )
    assert count == len(plan.transactions)
    balances = await hub.rows(
        "SELECT a.name, b.amount_minor FROM balances b JOIN accounts a USING (account_id)"
        " WHERE a.account_class IN ($1, $2)",
        "asset",
        "liability",
    )
    assert dict(balances) == balances_at(plan.accounts, plan.transactions, TODAY)
    [(unbalanced,)] = await hub.rows(
        "SELECT COUNT(*) FROM (SELECT 1 FROM postings GROUP BY entry_id, commodity"
        " HAVING SUM(amount_minor) <> 0) AS wrong"
    )
    assert unbalanced == 0
    assert seconds < 10  # A guard against a cost that grows, not a benchmark.


async def test_uses_the_default_categories_when_they_fit(hub: Hub, actor: Actor) -> None:
    [(before,)] = await hub.rows("SELECT COUNT(*) FROM accounts WHERE account_type = 'category'")
    await fill_demo(hub.services, actor, TODAY)
    made = await hub.rows(
        "SELECT name FROM accounts WHERE account_type = 'category' ORDER BY account_id"
    )
    assert [name for (name,) in made[before:]] == [
        "Electricity",
        "Heating",
        "Water",
        "Hairdresser",
        "Activities",
        "Loan interest",
    ]


async def test_keeps_currencies_tags_and_reviews_when_filled(hub: Hub, actor: Actor) -> None:
    await fill_demo(hub.services, actor, TODAY)
    exchanged = await hub.rows(
        "SELECT p.commodity, p.amount_minor FROM postings p JOIN entries e USING (entry_id)"
        " WHERE e.description = 'Dollars for Boston' ORDER BY p.line"
    )
    assert len(exchanged) == 4
    assert {("EUR", -80_000), ("USD", 85_120)} <= set(exchanged)
    [(tags,)] = await hub.rows("SELECT COUNT(*) FROM tags")
    assert tags >= 5
    [(pending,)] = await hub.rows("SELECT COUNT(*) FROM entries WHERE status = 'pending'")
    assert pending >= 2
    [(to_review,)] = await hub.rows(
        "SELECT COUNT(*) FROM postings p JOIN accounts a USING (account_id)"
        " WHERE a.account_type = 'uncategorised_expense'"
    )
    assert to_review == 6


async def test_writes_nothing_when_it_fails_in_the_middle(
    hub: Hub, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_demo(TODAY)
    last = replace(plan.transactions[-1], description="too long " * 100)
    broken = replace(plan, transactions=(*plan.transactions[:-1], last))
    monkeypatch.setattr("pfh.features.demo.fill_demo.plan_demo", lambda _: broken)
    with pytest.raises(Problem):
        await fill_demo(hub.services, actor, TODAY)
    assert await hub.rows("SELECT COUNT(*) FROM entries") == [(0,)]
    [(accounts,)] = await hub.rows("SELECT COUNT(*) FROM accounts WHERE account_type = 'checking'")
    assert accounts == 0


async def test_signs_a_person_up_with_everything_when_the_books_are_empty(hub: Hub) -> None:
    made = await create_demo_household(hub.services)
    assert made.transaction_count == len(plan_demo(TODAY).transactions)
    assert made.password not in repr(made)
    signed_in = await hub.sign_in(made.email, made.password)
    assert signed_in.user.role == "admin"
    [(live,)] = await hub.rows("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL")
    assert live == 1  # The one of the line above: signing up left none behind.
    with pytest.raises(EmailTaken):
        await create_demo_household(hub.services)


async def test_leaves_nobody_behind_when_the_demo_cannot_be_written(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_demo(TODAY)
    broken = replace(plan, transactions=(replace(plan.transactions[0], amount_minor=0),))
    monkeypatch.setattr("pfh.features.demo.create_demo_household.plan_demo", lambda _: broken)
    with pytest.raises(Problem):
        await create_demo_household(hub.services)
    assert await hub.rows("SELECT COUNT(*) FROM users") == [(0,)]


async def test_refuses_when_the_actor_may_only_look(hub: Hub, actor: Actor) -> None:
    viewer = Actor(
        user_id=actor.user_id,
        household_id=actor.household_id,
        household_role="viewer",
        role="user",
        session_id=actor.session_id,
        correlation_id="demo",
    )
    with pytest.raises(Problem) as caught:
        await fill_demo(hub.services, viewer, TODAY)
    assert caught.value.code == "forbidden"
