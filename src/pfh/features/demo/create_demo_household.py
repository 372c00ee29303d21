"""Make a person with a filled household, so that a first look needs no bank file.

It exists for `pfh run`: the password is random and told once, since a known one on a machine that
others can reach would be an open door.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pfh.features.demo.fill_demo import write_plan
from pfh.features.demo.household import CURRENCY
from pfh.features.demo.plan_demo import plan_demo
from pfh.features.households.api import Founding
from pfh.features.identity.api import Client, RegisterUser, register_user, sign_out, usual_founders
from pfh.ports.database import Connection
from pfh.ports.services import Services

EMAIL: Final = "demo@example.org"
# 16 bytes are 128 bits, in 22 letters that can be typed.
_PASSWORD_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class DemoHousehold:
    """Who may sign in, and how much there is to see."""

    email: str
    password: str = field(repr=False)
    transaction_count: int


async def create_demo_household(services: Services) -> DemoHousehold:
    """Sign the demo person up and fill their household up to today.

    Raises:
        EmailTaken: the demo exists already.
    """
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    wish = RegisterUser(
        email=EMAIL,
        password=password,
        confirm_password=password,
        first_name="Maya",
        last_name="Lind",
        accept_terms=True,
        currency=CURRENCY,
        is_sample=True,
    )
    client = Client(address=None, user_agent="pfh run", correlation_id="demo")

    plan = plan_demo(date.fromisoformat(services.clock.today()))
    identifiers = services.identifiers

    async def demo(connection: Connection, founding: Founding) -> None:
        await write_plan(connection, founding.household_id, founding.origin, identifiers, plan)

    # The founders run in the unit of the sign-up: the person is there with the books or not at all.
    signed_in = await register_user(
        wish, client, services, founders=(*usual_founders(services), demo)
    )
    await sign_out(signed_in.actor(client.correlation_id), services)
    return DemoHousehold(EMAIL, password, len(plan.transactions))
