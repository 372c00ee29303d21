"""Looking into the outbox and trying dead letters again: for operators."""

from __future__ import annotations

from typing import Final

from pfh.features.mail import store
from pfh.features.mail.errors import MailNotDead, MailNotFound
from pfh.features.mail.post_letter import hint_letter
from pfh.features.mail.store import MailRecord
from pfh.ports.services import Services

STATES: Final = ("due", "sent", "dead")


async def list_letters(services: Services, states: tuple[str, ...], limit: int) -> list[MailRecord]:
    """Return the newest letters in any of the states."""
    return await services.database.read(
        lambda connection: store.list_mail(connection, states, limit=limit)
    )


async def waiting_letters(services: Services) -> dict[str, tuple[int, int]]:
    """Return state → how many letters, and when the oldest was written; for due and dead."""
    return await services.database.read(store.count_waiting)


async def retry_letters(services: Services, mail_id: int | None) -> int:
    """Make one dead letter due again, or all of them with None; return how many.

    Raises:
        MailNotFound, MailNotDead: the one letter cannot be tried again.
    """
    now = services.clock.now()
    revived = await services.database.write(
        lambda connection: store.revive(connection, mail_id, now=now)
    )
    if revived == 0 and mail_id is not None:
        found = await services.database.read(
            lambda connection: store.find_mail(connection, mail_id)
        )
        if found is None:
            raise MailNotFound(
                f"There is no letter {mail_id}.", fix="`pfh mail list` shows which there are."
            )
        raise MailNotDead(
            f"The letter {mail_id} is {found.state}, or its link has expired.",
            fix="Only dead letters can be tried again; an expired one is asked for anew.",
        )
    hint_letter(services)
    return revived
