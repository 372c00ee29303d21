"""Mail servers and the language model are set whole or not at all."""

from __future__ import annotations

import pytest

from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import load_settings
from pfh.runtime.third_party_settings import (
    FolderSettings,
    ModelSettings,
    SendGridSettings,
    SmtpSettings,
    ThirdPartySettings,
)

SENDGRID = {"SENDGRID_API_KEY": "SG.secret", "MAIL_FROM": "hub@example.org"}
SMTP = {"SMTP_HOST": "mail.example.org", "MAIL_FROM": "The Hub <hub@example.org>"}
MODEL = {"OPENAI_MODEL": "small", "OPENAI_API_KEY": "sk-secret"}


def mistakes(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(environment)
    return list(caught.value.mistakes)


def test_sends_nothing_anywhere_when_nothing_is_set() -> None:
    assert load_settings({}).third_parties == ThirdPartySettings()
    mail = load_settings({"MAIL_FROM": "hub@example.org"}).third_parties.mail
    assert mail == FolderSettings(sender="hub@example.org")


def test_takes_each_alone() -> None:
    assert load_settings(SENDGRID).third_parties.mail == SendGridSettings(
        sender="hub@example.org", key="SG.secret", url="https://api.sendgrid.com"
    )
    signed_in = {**SMTP, "SMTP_USER": "hub", "SMTP_PASSWORD": "correct horse", "SMTP_TLS": "tls"}
    assert load_settings(signed_in).third_parties.mail == SmtpSettings(
        sender="The Hub <hub@example.org>",
        host="mail.example.org",
        port=465,
        user="hub",
        password="correct horse",
        tls="tls",
        ca_file=None,
    )
    in_house = {"OPENAI_MODEL": "small", "OPENAI_BASE_URL": "http://localhost:11434/v1/"}
    assert load_settings(in_house).third_parties.model == ModelSettings(
        model="small",
        url="http://localhost:11434/v1",
        key=None,
        timeout_seconds=20,
        tokens_per_day=200_000,
    )


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SENDGRID_API_KEY": "k"}, "MAIL_FROM is missing"),
        ({"SMTP_HOST": "h"}, "MAIL_FROM is missing"),
        ({**SMTP, "SMTP_USER": "u"}, "SMTP_PASSWORD is missing"),
        ({**SMTP, "SMTP_PASSWORD": "p"}, "SMTP_USER is missing"),
        ({"SMTP_PORT": "25"}, "SMTP_HOST is missing"),
        ({"SENDGRID_URL": "https://api.eu.sendgrid.com"}, "SENDGRID_API_KEY is missing"),
        ({**SMTP, **SENDGRID}, "both set"),
        ({"OPENAI_API_KEY": "k"}, "OPENAI_MODEL is missing"),
        ({"OPENAI_MODEL": "m"}, "OPENAI_API_KEY is missing"),
        (
            {**SMTP, "SMTP_TLS": "off", "SMTP_USER": "u", "SMTP_PASSWORD": "secret horse"},
            "cross the network readable",
        ),
        ({**MODEL, "OPENAI_BASE_URL": "http://model.example.org/v1"}, "cross the network readable"),
        ({**MODEL, "OPENAI_BASE_URL": "https://u:p@model.example.org"}, "no user or password"),
        ({**SENDGRID, "MAIL_FROM": "nobody"}, "MAIL_FROM must be an address"),
        ({**SENDGRID, "MAIL_FROM": "a@b.c\r\nBcc: d@e.f"}, "MAIL_FROM must be an address"),
    ],
)
def test_names_the_half_that_is_missing_or_dangerous(
    environment: dict[str, str], words: str
) -> None:
    found = mistakes(environment)
    assert any(words in sentence for sentence in found), found
    assert "secret" not in " ".join(found)


def test_keeps_secrets_out_of_its_own_words() -> None:
    password = {"SMTP_USER": "hub", "SMTP_PASSWORD": "correct horse"}
    for environment in (SENDGRID | MODEL, SMTP | password):
        shown = repr(load_settings(environment))
        assert "secret" not in shown.replace("secret_key", "")
        assert "correct horse" not in shown
