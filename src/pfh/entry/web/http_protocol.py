"""HTTP/1.1 with a bound on the head of a request.

It exists because the parser keeps whatever a header brings until its end, and the server has no
limit of its own: a client could fill the memory before any layer of ours sees the request.
"""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pfh.entry.web.problem_details import MEDIA_TYPE, failure
from pfh.observability.correlation import correlation_id, new_correlation_id
from pfh.observability.logging import get_logger

# Cookies, a token and a long address fit in a tenth of it.
HEAD_BYTES_MAX: Final = 64 << 10
_LOGGER: Final = get_logger(__name__)


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 and closes the connection when address and headers are larger than 64 KiB."""

    _in_head = False
    _head_bytes = 0
    _unread_bytes = 0
    _is_refused = False

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the request was refused already."""
        if self._is_refused:
            return
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            # The parser is still inside of a header, which it tells of only when it is whole.
            self._unread_bytes += len(data)
            if self._unread_bytes > HEAD_BYTES_MAX:
                self._refuse()

    def on_message_begin(self) -> None:
        """Count anew."""
        self._in_head, self._head_bytes, self._unread_bytes = True, 0, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the address."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header; one costs 4 bytes beside its texts."""
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes <= HEAD_BYTES_MAX:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request when its head is not too large."""
        self._in_head = False
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refuse()
        if not self._is_refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self._is_refused:
            super().on_message_complete()

    def _refuse(self) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        correlation_id.set(new_correlation_id())
        made = failure(
            431,
            "head_too_large",
            f"Address and headers have more than {HEAD_BYTES_MAX} bytes.",
            fix="Send fewer or shorter headers; delete the cookies of this address.",
        )
        _LOGGER.info("request_refused", status=431, code=made.details.code, route="unmatched")
        body = made.json()
        head = (
            f"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\n"
            f"x-content-type-options: nosniff\r\nconnection: close\r\n"
            f"x-correlation-id: {made.details.correlation_id}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
