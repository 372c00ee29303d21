"""Every letter exists in every language, says what it must, and escapes what it is given."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pfh.features.mail import letters
from pfh.features.mail.letters import (
    KINDS,
    LANGUAGES,
    Rendered,
    UnknownLetter,
    greeting_name,
    language_of,
    render_letter,
)
from pfh.features.mail.link_codes import CODE_LENGTH, code_hash, link_code

LINK = "https://hub.example.org/reset-password#code"
HUB = "https://hub.example.org"
HOSTILE = '<script>alert(1)</script> & "O\'Neil"\r\nBcc: all@example.org\n\n[Click]'


def rendered(kind: str, language: str, name: str = "Ann") -> Rendered:
    return render_letter(kind, language, name=name, link=LINK, hub=HUB)


class Words(HTMLParser):
    """Collects the tags, the links and the text of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_letter_exists_in_every_language_as_text_and_html(kind: str, language: str) -> None:
    letter = rendered(kind, language)
    assert letter.subject
    assert f'<html lang="{language}">' in letter.html
    assert "{" not in letter.text + letter.html.replace("{margin", "")
    words = Words(letter.html)
    assert letter.subject in words.text
    for paragraph in letter.text.strip().split("\n\n"):
        assert paragraph.partition(":\n")[0] in words.text
    assert HUB in letter.text
    assert set(words.links) <= {LINK}
    assert (LINK in letter.text) == (LINK in words.links)


def test_no_letter_lies_about_unknown_and_none_is_missing() -> None:
    folder = Path(letters.__file__).parent / "letters"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.txt")}
    assert found == {f"{language}/{kind}.txt" for language in LANGUAGES for kind in KINDS}


def test_languages_differ() -> None:
    for kind in KINDS:
        assert len({rendered(kind, language).subject for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_adds_no_tag_no_line_and_no_link(kind: str, language: str) -> None:
    plain, hostile = rendered(kind, language), rendered(kind, language, HOSTILE)
    assert Words(hostile.html).tags == Words(plain.html).tags
    assert "<script" not in hostile.html
    assert hostile.text.count("\n") == plain.text.count("\n")
    assert "\n" not in hostile.subject
    assert hostile.subject.isprintable()


@pytest.mark.parametrize("name", ["Ann", "Jörg-Peter", "O'Neil", "María José", "Nguyễn", "李"])
def test_greets_people_by_their_names(name: str) -> None:
    assert greeting_name(name) == name
    assert name in rendered("password_changed", "en", name).text


@pytest.mark.parametrize(
    "name",
    ["Win at evil.example", "http://e", "a/b", "Ann\nBcc: x", "x" * 41, "5 € for you", "<b>"],
)
def test_leaves_out_a_name_that_could_be_an_advertisement(name: str) -> None:
    assert greeting_name(name) == ""


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR,de;q=0.5", "de"),
        ("fr,es", "en"),
        ("EN-ie", "en"),
        ("\x00;;,,--" + ",x" * 10_000 + ",de", "en"),
    ],
)
def test_takes_the_first_language_that_there_is(header: str, language: str) -> None:
    assert language_of(header) == language


def test_refuses_a_letter_that_it_does_not_know() -> None:
    with pytest.raises(UnknownLetter):
        rendered("../../etc/passwd", "en")


def test_a_code_belongs_to_one_letter_of_one_hub() -> None:
    code = link_code(b"a" * 32, 7)
    assert re.fullmatch(rf"[\w-]{{{CODE_LENGTH}}}", code)
    assert len({code, link_code(b"b" * 32, 7), link_code(b"a" * 32, 8)}) == 3
    assert code_hash(code) == code_hash(link_code(b"a" * 32, 7))
    for wrong in ("", code[:-1], f"{code}x", "ü" * CODE_LENGTH, "../" * 14 + "x"):
        assert code_hash(wrong) is None
