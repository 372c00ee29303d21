"""A message in RFC 5322, as every mail server reads it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate, parseaddr

from pfh.ports.mailer import Message, MessageRefused

FOLDER_SENDER = "Personal Finance Hub <hub@pfh.invalid>"


def mime_of(message: Message, sender: str) -> EmailMessage:
    """Return the message from `sender` (`Name <address>`).

    Raises:
        MessageRefused: an address or the subject would add a header.
    """
    refuse_injection(message)
    is_ascii = message.to.isascii() and sender.isascii()
    mail = EmailMessage(policy=SMTP if is_ascii else SMTPUTF8)
    try:
        mail["From"] = sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
    except (ValueError, IndexError) as error:
        raise MessageRefused("an address is none") from error
    if len(mail["To"].addresses) != 1:
        raise MessageRefused("a message goes to one address")
    mail["Message-ID"] = message_id_of(message, sender)
    mail["Date"] = formatdate()
    # No answer of a machine is wanted (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    return mail


def message_id_of(message: Message, sender: str) -> str:
    """Return the `Message-ID`, always the same for a message."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "pfh.invalid"
    return f"<{message.message_id}@{domain}>"


def refuse_injection(message: Message) -> None:
    """Raise MessageRefused when the address or the subject holds a control character (1.3.11)."""
    if not (message.to.isprintable() and message.subject.isprintable()):
        raise MessageRefused("an address or a subject holds a line break")
