"""The words of a letter: one text a kind and language, from which plain and HTML are made.

A letter's file begins with `Subject: `; then come paragraphs with an empty line between them, of
which one may be `[Label]`, the link. Each paragraph is a template of its own and is cut before
anything is put in, so that no name can add a paragraph, a link or a header.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import Environment

LANGUAGES: Final = ("en", "de")
DEFAULT_LANGUAGE: Final = "en"
KINDS: Final = (
    "verify_email", "password_reset", "password_changed", "email_changed", "session_stolen",
    "backup_failed", "backup_old",
)  # fmt: skip
_FOLDER: Final = Path(__file__).resolve().parent / "letters"
_SUBJECT: Final = "Subject: "
_LINK: Final = re.compile(r"\[(?P<label>[^\]\n]+)\]")
_SPACE: Final = re.compile(r"\s+")
_NAME_LENGTH_MAX: Final = 40
_LANGUAGE_RANGES_MAX: Final = 20


class UnknownLetter(Exception):
    """There is no letter of this kind here; a newer hub may know it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it is sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    paragraphs: tuple[str, ...]


def language_of(accept_language: str) -> str:
    """Return the first language of an `Accept-Language` header that letters exist in, else English.

    Quality values are not weighed: browsers write what is wanted most first.
    """
    for wanted in accept_language.split(",")[:_LANGUAGE_RANGES_MAX]:
        primary = wanted.partition(";")[0].strip().partition("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return DEFAULT_LANGUAGE


def greeting_name(name: str) -> str:
    """Return a name that may stand in a letter, or nothing.

    Anybody can sign up with somebody else's address and with an advertisement as their name: what
    is not made of letters, spaces, hyphens and apostrophes is left out.
    """
    plain = all(
        unicodedata.category(character)[0] in "LM" or character in " -'’" for character in name
    )
    return name if plain and len(name) <= _NAME_LENGTH_MAX else ""


def render_letter(kind: str, language: str, *, name: str, link: str, hub: str) -> Rendered:
    """Return a letter with its values put in; `hub` is the address of the installation.

    Raises:
        UnknownLetter: there is no such kind.
    """
    words = _words(kind, language if language in LANGUAGES else DEFAULT_LANGUAGE)
    values = {"name": _one_line(name), "hub": hub}
    paragraphs: list[dict[str, str | bool]] = []
    for source in words.paragraphs:
        label = _LINK.fullmatch(source)
        text = label["label"] if label else _filled(source, values)
        paragraphs.append({"text": text, "is_link": label is not None})
    plain = "\n\n".join(
        f"{shown['text']}:\n{link}" if shown["is_link"] else str(shown["text"])
        for shown in paragraphs
    )
    layout = _environment().get_template("layout.html")
    subject = _one_line(_filled(words.subject, values))
    html = layout.render(
        language=language, subject=subject, paragraphs=paragraphs, link=link, hub=hub
    )
    return Rendered(subject=subject, text=f"{plain}\n", html=html)


def _filled(source: str, values: dict[str, str]) -> str:
    return _environment().overlay(autoescape=False).from_string(source).render(values)


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", "".join(c if c.isprintable() else " " for c in text)).strip()


@cache
def _words(kind: str, language: str) -> _Words:
    if kind not in KINDS:
        raise UnknownLetter(kind)
    text = (_FOLDER / language / f"{kind}.txt").read_text(encoding="utf-8").strip()
    first, *paragraphs = text.split("\n\n")
    return _Words(
        subject=first.removeprefix(_SUBJECT),
        paragraphs=tuple(_one_line(paragraph) for paragraph in paragraphs),
    )


@cache
def _environment() -> Environment:
    # Loaded at the first letter, like everything that a start need not wait for.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
