"""Writing the head of an answer: the headers that never change are lines already.

It exists because the server looks at every header of every answer anew, with two regular
expressions each. An answer of ours has a dozen, and all but three are always the same: 10 µs of
each request.
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
    from uvicorn._types import ASGISendEvent

Header = tuple[bytes, bytes]

# By these the server frames what follows, or closes the connection: it decides about them itself.
_FRAMING: Final = frozenset({b"transfer-encoding", b"connection"})
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
    """The server's own cycle of request and answer, with a shorter way to the usual head."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send the head, or a piece of the body."""
        if message["type"] == "http.response.start" and self._begin(
            message["status"], [*self.default_headers, *message["headers"]]
        ):
            return
        await super().send(message)

    def _begin(self, status: int, headers: Iterable[Header]) -> bool:
        """Write the head of an answer with a known length; False leaves any other to the server."""
        if self.response_started or self.disconnected or self.access_log or not self.keep_alive:
            return False
        if self.flow.write_paused:
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
        self.transport.write(b"".join(head))
        return True


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
