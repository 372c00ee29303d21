"""Putting somebody else's mail server and language model in the place of the embedded adapters.

None of them must be there when the hub starts, or stay.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from pfh.ports.services import Services
from pfh.runtime.settings import Settings
from pfh.runtime.third_party_settings import (
    FolderSettings,
    ModelSettings,
    SendGridSettings,
    SmtpSettings,
)

if TYPE_CHECKING:
    from pfh.adapters.language_model.openai_compatible import ModelOptions
    from pfh.adapters.mailer.sendgrid import SendGridOptions
    from pfh.adapters.mailer.smtp import SmtpOptions
    from pfh.ports.mailer import Mailer


def around(services: Services, settings: Settings, stack: AsyncExitStack) -> Services:
    """Return the services with every third party that is set; the stack closes them."""
    services = replace(services, mailer=_mailer(settings, stack))
    if settings.third_parties.model is not None:
        services = _with_model(services, settings.third_parties.model, stack)
    return services


def sendgrid_options(settings: SendGridSettings) -> SendGridOptions:
    """Return the settings as the adapter takes them."""
    from pfh.adapters.mailer.sendgrid import SendGridOptions

    return SendGridOptions(url=settings.url, key=settings.key, sender=settings.sender)


def smtp_options(settings: SmtpSettings) -> SmtpOptions:
    """Return the settings as the adapter takes them."""
    from pfh.adapters.mailer.smtp import SmtpOptions

    return SmtpOptions(
        host=settings.host,
        port=settings.port,
        sender=settings.sender,
        tls=settings.tls,
        user=settings.user,
        password=settings.password,
        ca_file=None if settings.ca_file is None else str(settings.ca_file),
    )


def model_options(settings: ModelSettings) -> ModelOptions:
    """Return the settings as the adapter takes them."""
    from pfh.adapters.language_model.openai_compatible import ModelOptions

    return ModelOptions(
        url=settings.url,
        model=settings.model,
        key=settings.key,
        timeout_seconds=float(settings.timeout_seconds),
    )


def _mailer(settings: Settings, stack: AsyncExitStack) -> Mailer:
    match settings.third_parties.mail:
        case SendGridSettings() as mail:
            from pfh.adapters.mailer.sendgrid import SendGridMailer

            mailer = SendGridMailer(sendgrid_options(mail))
            stack.push_async_callback(mailer.close)
            return mailer
        case SmtpSettings() as mail:
            from pfh.adapters.mailer.smtp import SmtpMailer

            return SmtpMailer(smtp_options(mail))
        case FolderSettings(sender=sender):
            from pfh.adapters.mailer.folder import FolderMailer
            from pfh.adapters.mailer.mime import FOLDER_SENDER

            return FolderMailer(settings.data_dir / "mail", sender or FOLDER_SENDER)


def _with_model(services: Services, settings: ModelSettings, stack: AsyncExitStack) -> Services:
    from pfh.adapters.language_model.budget import TokenBudget
    from pfh.adapters.language_model.openai_compatible import OpenAICompatibleModel

    budget = TokenBudget(services.database, services.clock, tokens_per_day=settings.tokens_per_day)
    model = OpenAICompatibleModel(model_options(settings), budget)
    stack.push_async_callback(model.close)
    return replace(services, language_model=model)
