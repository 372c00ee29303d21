"""A tokenizer for OFX: SGML with unclosed leaf tags and XML alike, from a stream of text.

It exists because real files are neither valid SGML nor valid XML. It knows no document type and
expands no entity that a file declares, so a small file cannot become a large one; it holds one
chunk in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Final, NamedTuple, TextIO

from pfh.features.imports.formats.errors import FileUnsafe

_CHUNK: Final = 128 * 1024
_TOKEN_MAX: Final = 1024 * 1024
_VALUE_MAX: Final = 10_000
_TOKEN: Final = re.compile(
    r"<(?P<name>/?[A-Za-z][A-Za-z0-9._:\-]*)(?P<rest>[^<>]*)>"
    r"(?P<value>[^<]*(?:<(?!/?[A-Za-z]|/?\Z|[!?])[^<]*)*)"
)
# What looks like a tag and is not closed before the next one is text, too: "<NAME>Bed <b Bath".
_TEXT: Final = re.compile(r"(?:[^<]+|<(?!/?[A-Za-z]|/?\Z|[!?])|<(?![!?])[^<>]+(?=<))+")
_MARKUP: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<data>.*?)\]\]>|<\?.*?\?>|<![A-Za-z][^<>\[]*>", re.DOTALL
)
_DECLARATION: Final = re.compile(r"<!(?:ENTITY|ELEMENT|ATTLIST|DOCTYPE[^<>]*\[)", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_UNICODE_MAX: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)


class Token(NamedTuple):
    """A tag in capitals (`/STMTTRN` closes), the text after it, and the line where it starts."""

    name: str
    value: str
    line: int


class LineCount:
    """Where the tokenizer is, so that the end of a cut file has a line number."""

    def __init__(self) -> None:
        self.line = 1


def tokens(stream: TextIO, position: LineCount) -> Iterator[Token]:
    """Yield the tags of a stream in order.

    Raises:
        FileUnsafe: the file declares entities, or one tag or value is longer than 1 MiB.
    """
    rest, held, ended = "", None, False
    match = _TOKEN.match
    while not ended:
        chunk = stream.read(_CHUNK)
        ended = not chunk
        buffer = rest + chunk
        at, size = 0, len(buffer)
        while at < size:
            found = match(buffer, at)
            kind = found or _MARKUP.match(buffer, at) or _TEXT.match(buffer, at)
            end = size if kind is None else kind.end()
            if end == size and not ended:
                # More of the file may belong to it.
                _check_rest(buffer, at)
                break
            if found is not None:
                if held is not None:
                    yield held
                held = _token(found, position.line)
            elif kind is None:
                # At the end of the file this is no tag: it is where the file was cut.
                _check_rest(buffer, at)
            elif held is not None:
                held = _joined(held, kind)
            position.line += buffer.count("\n", at, end)
            at = end
        rest = buffer[at:]
    if held is not None:
        yield held


def _check_rest(buffer: str, at: int) -> None:
    if _DECLARATION.match(buffer, at):
        raise FileUnsafe(
            "The file declares entities of its own; statements never do.",
            field="file",
            fix="Download the statement again from the bank.",
        )
    if len(buffer) - at > _TOKEN_MAX:
        raise FileUnsafe(
            "A tag or a value is longer than 1 MiB: this is not a statement.",
            field="file",
            fix="Download the statement again from the bank.",
        )


def _token(found: re.Match[str], line: int) -> Token:
    name, rest, value = found.groups()
    if rest and rest[-1] == "/":
        value = ""
    elif value:
        value = value.strip()
        if "&" in value:
            value = unescape(value[: _VALUE_MAX * 2])
        if len(value) > _VALUE_MAX:
            value = value[:_VALUE_MAX]
    if ":" in name:
        # The tags of an XML file may carry a prefix: <ofx:STMTTRN>. A colon at the end is no
        # prefix but damage, and no tag may be left without a name.
        name = name[: name[0] == "/"] + (name.rpartition(":")[2] or name.lstrip("/"))
    # The class of a named tuple is slow to call; a file has eight tokens a row.
    return tuple.__new__(Token, (name.upper(), value, line))


def _joined(held: Token, found: re.Match[str]) -> Token:
    data = found.groupdict().get("data")
    text = data if data is not None else "" if found[0].startswith("<") else unescape(found[0])
    value = f"{held.value} {text.strip()}".strip() if text.strip() else held.value
    return held._replace(value=value[:_VALUE_MAX])


def unescape(text: str) -> str:
    """Replace the character references of HTML, twice: banks escape what is escaped already.

    Unknown references and bare ampersands stay as they are.

    Example: "B.C. HYDRO &amp; POWER" → "B.C. HYDRO & POWER"; "&amp;lt;" → "<"; "A & B" → "A & B".
    """
    if "&" not in text:
        return text
    once = _ENTITY.sub(_character, text)
    return _ENTITY.sub(_character, once) if "&" in once else once


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return html5.get(f"{name};", found[0])
    number = int(f"0{name[1:]}", 16) if name[1] in "xX" else int(name[1:])
    usable = 0 < number <= _UNICODE_MAX and number not in _SURROGATES
    return chr(number) if usable else found[0]
