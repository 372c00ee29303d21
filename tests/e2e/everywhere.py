"""Looking at every page and every GET endpoint of a hub, as one person and as the operator.

The addresses are the route table's, so a new one is looked at without anybody remembering it; one
with a part that `Places` does not know fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import httpx
from litestar.handlers import HTTPRouteHandler

from pfh.entry.web.routes import all_routes
from tests.e2e.program import bearer
from tests.waiting import PATIENCE_SECONDS

# What tells of the process itself, or of the very looks at it, so that two answers always differ.
VOLATILE: Final = re.compile(
    r"/api/(health(/detailed)?|metrics|auth/sessions|admin/(audit|overview))|/readyz|/settings"
    r"|/admin/operations(/parts)?"
)
# Drawn anew for each page: the key of a form's request, the nonce of its scripts.
_DRAWN: Final = re.compile(
    r'nonce="[^"]*"|(?:idempotency[_-]key|csrf[_-]token)"\s+value="[^"]*"', re.IGNORECASE
)
_PART: Final = re.compile(r"{(\w+):str}")
Answer = tuple[int, str, str]
"""Status, media type, and the text without what is drawn anew; no text where it is volatile."""


def addresses(places: Mapping[str, str]) -> Iterator[str]:
    """Yield every address that GET takes, with `places` (part → value) filled in.

    Raises:
        KeyError: an address has a part that is not among them.
    """
    for handler in all_routes():
        assert isinstance(handler, HTTPRouteHandler)
        if "GET" in handler.http_methods:
            for path in sorted(handler.paths):
                yield _PART.sub(lambda found: places[found[1]], path)


def look_everywhere(
    url: str, token: str, operator: str, places: Mapping[str, str]
) -> dict[str, Answer]:
    """Return the answer of every address."""
    found: dict[str, Answer] = {}
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        for path in addresses(places):
            headers = {"cookie": f"pfh_access={token}", "accept": "text/html"}
            if path.startswith("/api/"):
                headers = bearer(operator if path == "/api/health/detailed" else token)
            answer = client.get(path, headers=headers)
            text = "" if VOLATILE.fullmatch(path) else _DRAWN.sub("", answer.text)
            found[path] = (answer.status_code, answer.headers.get("content-type", ""), text)
    return found
