"""Writing an answer: the headers that never change are lines already, and a body goes with them.

It exists because the server looks at every header of every answer anew, with two regular
expressions each, and sends head and body apart. An answer of ours has a dozen headers, and all but
three are always the same: 10 µs of each request, and 5 µs of sending twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent, HTTPResponseBodyEvent

Header = tuple[bytes, bytes]

# By these the server frames what follows, or closes the connection: it decides about them itself.
_FRAMING: Final = frozenset({b"transfer-encoding", b"connection"})
# A larger body is not copied for the sake of one message less.
_BODY_BYTES_MAX: Final = 64 << 10
_LINES: Final[dict[Header, bytes]] = {}


def never_changes(headers: Iterable[Header]) -> None:
    """Remember the lines of headers that many answers have; names are in lower case.

    Raises:
        ValueError: it is no header, or one that frames the body.
    """
    for header in headers:
        line = None if header[0] == b"content-length" else _line(header)
        if line is None:
            message = f"{header[0]!r} cannot be remembered"
            raise ValueError(message)
        _LINES[header] = line


class Answer(RequestResponseCycle):
    """The server's own cycle of request and answer, with a shorter way for a known length."""

    # Of an answer that has begun, until the first piece of its body.
    _head = b""

    async def send(self, message: ASGISendEvent) -> None:
        """Send the head, or a piece of the body."""
        if message["type"] == "http.response.start":
            headers = [*self.default_headers, *message["headers"]]
            if self._begin(message["status"], headers):
                return
        elif self._head and message["type"] == "http.response.body":
            message = self._with_head(message)
        await super().send(message)

    def _begin(self, status: int, headers: Iterable[Header]) -> bool:
        """Make the head of an answer with a known length; False leaves any other to the server."""
        if self.response_started or self.disconnected or self.access_log or not self.keep_alive:
            return False
        head = [STATUS_LINE[status]]
        length = -1
        for header in headers:
            line = _LINES.get(header)
            if line is None:
                line = _line(header)
                if line is None:
                    return False
                if header[0] == b"content-length":
                    length = int(header[1])
            head.append(line)
        if length < 0:
            return False
        head.append(b"\r\n")
        self.response_started = True
        self.waiting_for_100_continue = False
        self.chunked_encoding = False
        self.expected_content_length = length
        self._head = b"".join(head)
        return True

    def _with_head(self, message: HTTPResponseBodyEvent) -> HTTPResponseBodyEvent:
        """Put the head before the first piece of the body, or send it ahead of a large one."""
        head, self._head = self._head, b""
        body = message.get("body", b"")
        if self.scope["method"] == "HEAD" or len(body) > _BODY_BYTES_MAX:
            if not self.disconnected:
                self.transport.write(head)
            return message
        # The server counts what it sends as a part of the body.
        self.expected_content_length += len(head)
        return {**message, "body": head + body}


def _line(header: Header) -> bytes | None:
    """Return a header as it is sent; None for one that the server has to look at itself."""
    name, value = header
    if name in _FRAMING or not name.islower():
        return None
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        return None
    if name == b"content-length" and not value.isdigit():
        return None
    return b"%b: %b\r\n" % header
