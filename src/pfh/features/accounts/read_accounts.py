"""Listing accounts and reading one."""

from __future__ import annotations

from pfh.features.accounts.account_views import account_list, account_view
from pfh.features.accounts.find_account import real_account
from pfh.features.accounts.schemas import AccountList, AccountView
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def list_accounts(services: Services, actor: Actor) -> AccountList:
    """Return the accounts of the actor's household with balances, totals and net worth."""
    today = services.clock.today()

    async def unit(connection: Connection) -> AccountList:
        return await account_list(connection, actor.household_id, today)

    return await services.database.read_to_show(unit, actor.household_id)


async def read_account(services: Services, actor: Actor, account_id: int) -> AccountView:
    """Return one account; raises AccountNotFound when it is not there, not yours or a category."""
    today = services.clock.today()

    async def unit(connection: Connection) -> AccountView:
        await real_account(connection, actor.household_id, account_id, field=None)
        return await account_view(connection, actor.household_id, account_id, today)

    return await services.database.read(unit)
