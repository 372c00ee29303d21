"""Reading what the settings page shows, from the features whose settings they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pfh.features.accounts import api as accounts
from pfh.features.forms.api import FormView, commodity_choices
from pfh.features.identity import api as identity
from pfh.features.rates import api as rates
from pfh.features.settings.device_name import device_name
from pfh.features.settings.page_views import RateRow, SessionRow, SettingsPage
from pfh.ports.actor import Actor
from pfh.ports.database import Connection
from pfh.ports.services import Services

_RATES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class TypedForms:
    """The forms that come back as they were typed, by their names in `SettingsPage`."""

    forms: Mapping[str, FormView] = field(default_factory=dict)


async def read_settings_page(
    services: Services,
    actor: Actor,
    *,
    typed: TypedForms | None = None,
    facts: Sequence[tuple[str, str]] = (),
) -> SettingsPage:
    """Return the whole page; a form that was typed is shown instead of the stored values."""
    person = await identity.current_user(actor, services)
    household = person.membership.household
    found = await rates.list_rates(services, actor, cursor=None, limit=_RATES_SHOWN)
    known = {one.commodity for one in found.in_use} | {household.base_commodity}
    stored = {
        "profile": FormView(
            values={
                "firstName": person.user.first_name,
                "language": person.user.language or "en",
                "lastName": person.user.last_name,
                "email": person.user.email,
            }
        ),
        "password": FormView(),
        "household": FormView(
            values={"name": household.name, "baseCurrency": household.base_commodity}
        ),
        "rate": FormView(values={"date": services.clock.today()}),
        "closing": FormView(),
    }
    forms = {**stored, **(typed.forms if typed else {})}
    return SettingsPage(
        profile=forms["profile"],
        password=forms["password"],
        household=forms["household"],
        rate=forms["rate"],
        closing=forms["closing"],
        currencies=commodity_choices(household.base_commodity),
        rates=_rates(found),
        sessions=await _sessions(services, actor),
        missing_rates=sorted(await _commodities(services, actor) - known),
        facts=facts,
    )


def _rates(found: rates.RateList) -> list[RateRow]:
    entered = [
        RateRow(
            commodity=one.commodity, quote=one.quote, date=one.date, rate=one.rate, source="entered"
        )
        for one in found.items
    ]
    implied = [
        RateRow(
            commodity=one.commodity,
            quote=found.base_currency,
            date=one.date,
            rate=one.rate,
            source="exchange",
        )
        for one in found.in_use
        if one.source == "exchange"
    ]
    return sorted([*entered, *implied], key=lambda row: row.date, reverse=True)


async def _sessions(services: Services, actor: Actor) -> list[SessionRow]:
    return [
        SessionRow(
            session_id=str(one.session_id),
            device=device_name(one.user_agent),
            address=one.address,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            is_current=one.session_id == actor.session_id,
        )
        for one in await identity.list_sessions(actor, services)
    ]


async def _commodities(services: Services, actor: Actor) -> set[str]:
    """Return what the household's open accounts hold."""

    async def unit(connection: Connection) -> set[str]:
        tree = await accounts.all_accounts(connection, actor.household_id)
        return {
            record.commodity for record in tree if record.commodity and record.closed_at is None
        }

    return await services.database.read(unit)
