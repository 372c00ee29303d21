"""Listing categories and reading one."""

from __future__ import annotations

from pfh.features.accounts.category_views import category_list, category_view
from pfh.features.accounts.find_account import category
from pfh.features.accounts.schemas import CategoryList, CategoryView
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services


async def list_categories(services: Services, actor: Actor) -> CategoryList:
    """Return the categories of the actor's household as a tree, and those merged away."""

    async def unit(connection: Connection) -> CategoryList:
        return await category_list(connection, actor.household_id)

    return await services.database.read_to_show(unit, actor.household_id)


async def read_category(services: Services, actor: Actor, category_id: int) -> CategoryView:
    """Return one category; raises CategoryNotFound when it is not there or not yours."""

    async def unit(connection: Connection) -> CategoryView:
        await category(connection, actor.household_id, category_id, field=None)
        return await category_view(connection, actor.household_id, category_id)

    return await services.database.read(unit)
