"""One HTTP exchange with a third party: bounded in size, no redirects, failures in one vocabulary.

httpx is loaded at the first exchange: a hub without third parties does not pay for it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from pfh.adapters.dependencies.dependency import DependencyFailed

if TYPE_CHECKING:
    import httpx

ANSWER_BYTES_MAX: Final = 1 << 20
PHASE_SECONDS_MAX: Final = 300.0
_THROTTLED: Final = 429
_UNAVAILABLE: Final = 503
_SERVER_FAULT: Final = 500
_REQUEST_TIMEOUT: Final = 408
_KEY_REFUSED: Final = frozenset({401, 403})
_REDIRECTS: Final = range(300, 400)
_RETRY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A status below 500 that is for the caller to judge, and the whole body."""

    status: int
    body: bytes


class HttpExchange:
    """Requests to one base address with the same headers; connections are kept."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        """Take an address without a final slash; nothing is opened yet."""
        self._base_url = base_url
        self._headers = dict(headers)
        self._client: httpx.AsyncClient | None = None

    async def request(self, method: str, path: str, json: Any = None) -> HttpAnswer:  # noqa: ANN401 -- whatever JSON can say
        """Send a request and return the answer; the caller limits the time.

        Raises:
            DependencyFailed: no connection, a broken or endless answer, 401, 403, 408, 429, 5xx, a
                redirect (which could lead a key to another host, ASVS 15.3.2).
        """
        import httpx  # noqa: PLC0415 -- see above

        if self._client is None:
            # The caller limits each exchange as a whole; no phase of one may outlast any limit.
            self._client = httpx.AsyncClient(
                headers=self._headers, follow_redirects=False, timeout=PHASE_SECONDS_MAX
            )
        try:
            async with self._client.stream(method, self._base_url + path, json=json) as response:
                _refuse_failure(response)
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        raise DependencyFailed("the answer does not end")
                return HttpAnswer(response.status_code, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # The text of such an error may hold the address, never a header.
            raise DependencyFailed(f"no answer: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close the kept connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _refuse_failure(response: httpx.Response) -> None:
    status = response.status_code
    if status == _THROTTLED:
        seconds = retry_after(response.headers)
        raise DependencyFailed("answered 429", retry_after_seconds=seconds or _RETRY_SECONDS)
    if status == _UNAVAILABLE:
        raise DependencyFailed("answered 503", retry_after_seconds=retry_after(response.headers))
    if status in _KEY_REFUSED:
        raise DependencyFailed(f"answered {status}: the key is refused")
    if status >= _SERVER_FAULT or status == _REQUEST_TIMEOUT or status in _REDIRECTS:
        raise DependencyFailed(f"answered {status}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a `Retry-After` asks for, in either of its forms (RFC 9110), or None.

    SendGrid tells the instant instead, in `X-RateLimit-Reset`.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        instant = parsedate_to_datetime(text).timestamp()
    except ValueError:
        reset = headers.get("x-ratelimit-reset", "").strip()
        if not (reset.isascii() and reset.isdigit()):
            return None
        instant = float(reset[:12])
    return max(instant - time.time(), 1.0)
