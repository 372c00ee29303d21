"""Closing one's account leaves nothing behind, and nobody else notices."""

from __future__ import annotations

import inspect
import re
from datetime import date

import pytest

from pfh.features.admin.api import all_households
from pfh.features.demo.api import fill_demo
from pfh.features.households.api import erase_households
from pfh.features.identity import store
from pfh.features.identity.api import (
    SignInFailed,
    authenticate,
    close_account,
    current_user,
    usual_founders,
)
from pfh.features.identity.errors import CurrentPasswordWrong, LastAdministrator, SessionEnded
from pfh.migrations.metadata import metadata
from pfh.persistence import erase_household
from tests.integration.identity.hub import PASSWORD, Hub, caller

TODAY = date(2026, 11, 23)
ADAM, ANN = "adam@example.org", "ann@example.org"
# Of the installation and not of a person; or read models, which the documents port forgets.
OF_NOBODY = {
    "relays", "language_model_usage", "schema_revisions", "backup_records",
    "audit_log", "address_blocks", "maintenance", "sign_in_refusals",
    "monthly_summaries", "daily_category_spend", "balance_history", "document_heads",
    "admin_jobs",
}  # fmt: skip


async def counts(hub: Hub) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: (await hub.rows(f"SELECT count(*) FROM {name}"))[0][0]
        for name in sorted(metadata.tables)
    }


async def test_nothing_of_a_full_household_is_left(hub: Hub) -> None:
    hub.founders = usual_founders(hub.services)
    await hub.register(ADAM)
    before = await counts(hub)
    actor = (await hub.register(ANN)).actor("c")
    await fill_demo(hub.services, actor, TODAY)
    filled = await counts(hub)
    assert sum(filled[name] > before[name] for name in before) >= 12
    await close_account(actor, PASSWORD, caller(), hub.services)
    assert await hub.rows("SELECT email FROM users") == [(ADAM,)]
    assert actor.household_id not in await all_households(hub.services)
    assert await erase_households(hub.services) == 1
    assert await counts(hub) == before
    assert await erase_households(hub.services) == 0


async def test_person_is_gone_at_once_and_the_address_is_free(hub: Hub) -> None:
    await hub.register(ADAM)
    signed_in = await hub.register(ANN)
    actor = signed_in.actor("c")
    await hub.sign_in(ANN)
    await close_account(actor, PASSWORD, caller(), hub.services)
    with pytest.raises(SessionEnded):
        await authenticate(signed_in.access_token, hub.services, caller())
    with pytest.raises(SessionEnded):
        await current_user(actor, hub.services)
    with pytest.raises(SignInFailed):
        await hub.sign_in(ANN)
    again = await hub.register(ANN)
    assert again.user.user_id != actor.user_id


async def test_wrong_password_changes_nothing(hub: Hub) -> None:
    actor = (await hub.register(ANN)).actor("c")
    before = await counts(hub)
    with pytest.raises(CurrentPasswordWrong):
        await close_account(actor, "another password", caller(), hub.services)
    assert await counts(hub) == before
    await current_user(actor, hub.services)


async def test_only_administrator_stays_while_others_are_there(hub: Hub) -> None:
    admin = (await hub.register(ADAM)).actor("c")
    other = (await hub.register(ANN)).actor("c")
    before = await counts(hub)
    with pytest.raises(LastAdministrator):
        await close_account(admin, PASSWORD, caller(), hub.services)
    assert await counts(hub) == before
    await close_account(other, PASSWORD, caller(), hub.services)
    await close_account(admin, PASSWORD, caller(), hub.services)
    assert await hub.rows("SELECT * FROM users") == []
    assert (await hub.register(ANN)).user.role == "admin"


async def test_household_of_others_is_never_erased(hub: Hub) -> None:
    await hub.register(ADAM)
    before = await counts(hub)
    assert await erase_households(hub.services) == 0
    assert await counts(hub) == before


async def test_erasing_goes_on_where_it_was_cut_off(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.founders = usual_founders(hub.services)
    before = await counts(hub)
    actor = (await hub.register(ANN)).actor("c")
    await fill_demo(hub.services, actor, TODAY)
    await close_account(actor, PASSWORD, caller(), hub.services)
    whole = erase_household._REST
    monkeypatch.setattr(erase_household, "BATCH_ROWS", 300)
    monkeypatch.setattr(erase_household, "_REST", ("DELETE FROM no_such_table",))
    with pytest.raises(Exception, match="no_such_table"):
        await erase_households(hub.services)
    assert await all_households(hub.services) == []
    monkeypatch.setattr(erase_household, "_REST", whole)
    assert await erase_households(hub.services) == 1
    assert await counts(hub) == before


def test_every_table_is_thought_of() -> None:
    text = inspect.getsource(erase_household) + inspect.getsource(store)
    removed = set(re.findall(r"DELETE FROM (\w+)", text))
    assert removed | OF_NOBODY == metadata.tables.keys()
