"""HTTP/1.1 with bounds on the head of a request: how large it is, and how long it takes to come.

It exists because the parser keeps whatever a header brings until its end, and the server has no
limit of its own: a client could fill the memory, or hold connections for ever by sending a byte now
and then, before any layer of ours sees the request.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pfh.entry.web.http_answer import Answer
from pfh.entry.web.problem_details import MEDIA_TYPE, failure
from pfh.observability.correlation import correlation_id, new_correlation_id
from pfh.observability.logging import get_logger

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

# Cookies, a token and a long address fit in a tenth of it.
HEAD_BYTES_MAX: Final = 64 << 10
# From the open connection, or the first byte of a further request, to the end of its head. A phone
# on a bad line needs a few seconds.
HEAD_SECONDS_MAX: Final = 30.0
_LOGGER: Final = get_logger(__name__)


class BoundedHttp(HttpToolsProtocol):
    """Answers and closes the connection when a head breaks a bound: 431 at 64 KiB, 408 at 30 s."""

    _in_head = False
    _heads_begun = 0
    _late: asyncio.TimerHandle | None = None
    _unread_bytes = 0
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the request was refused already."""
        if self._is_refused:
            return
        begun = self._heads_begun
        super().data_received(data)
        if not self._in_head:
            return
        if self._heads_begun == begun:
            # The parser is still inside of a header, which it tells of only when it is whole.
            self._unread_bytes += len(data)
            if self._unread_bytes > HEAD_BYTES_MAX:
                self._refuse_size()
        elif self._late is None:
            # Only of a head that did not come in one piece, which next to none is.
            self._expect_head()

    def on_message_begin(self) -> None:
        """Count anew."""
        self._in_head, self._unread_bytes = True, 0
        self._heads_begun += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin the request when its head is not too large; a header costs 4 bytes beside texts."""
        self._in_head = False
        self._stop_waiting()
        length = len(self.url)
        for name, value in self.headers:
            length += len(name) + len(value) + 4
        if length > HEAD_BYTES_MAX:
            self._refuse_size()
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

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # The server makes its cycle by name; it has not begun yet.
        cycle.__class__ = Answer
        super()._start_asgi_task(cycle, app)

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS_MAX, self._refuse_slowness)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse_size(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            "head_too_large",
            f"Address and headers have more than {HEAD_BYTES_MAX} bytes.",
            fix="Send fewer or shorter headers; delete the cookies of this address.",
        )

    def _refuse_slowness(self) -> None:
        self._late = None
        if not self._in_head:
            # A browser opens connections ahead of need; there is nothing to answer to.
            self.transport.close()
            return
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            "head_too_slow",
            f"Address and headers did not come within {HEAD_SECONDS_MAX:.0f} seconds.",
            fix="Send the request again on a better line.",
        )

    def _refuse(self, status: HTTPStatus, code: str, detail: str, *, fix: str) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        self._stop_waiting()
        correlation_id.set(new_correlation_id())
        made = failure(status, code, detail, fix=fix)
        _LOGGER.info("request_refused", status=int(status), code=code, route="unmatched")
        before: RequestResponseCycle | None = self.cycle
        if before is not None and not before.response_complete:
            # It was sent ahead. Said now, this would be taken for the answer to what was before.
            before.keep_alive = False
            return
        body = made.json()
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\n"
            f"x-content-type-options: nosniff\r\nconnection: close\r\n"
            f"x-correlation-id: {made.details.correlation_id}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
