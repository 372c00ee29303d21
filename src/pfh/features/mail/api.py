"""What others may ask of mail: put a letter into the outbox, check its code, look after both."""

from __future__ import annotations

from pfh.features.mail.consumers import forget_mail
from pfh.features.mail.letters import DEFAULT_LANGUAGE, LANGUAGES, language_of
from pfh.features.mail.link_codes import code_hash, link_code
from pfh.features.mail.manage_outbox import retry_letters, waiting_letters
from pfh.features.mail.post_letter import Letter, hint_letter, post_letter
from pfh.features.mail.store import was_posted

__all__ = (
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Letter",
    "code_hash",
    "forget_mail",
    "hint_letter",
    "language_of",
    "link_code",
    "post_letter",
    "retry_letters",
    "waiting_letters",
    "was_posted",
)
